"""Neutral requests that only the Responses API of a GPT model takes, and the whole answers to them."""

import json
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ClientError, UpstreamError
from proxy_core.neutral.messages import (
    ChatRequest,
    ChatResponse,
    FilePart,
    FinishKind,
    Message,
    Reasoning,
    ReasoningPart,
    ResponseFormat,
    Sampling,
    Signature,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolDefinition,
    ToolResultPart,
    Usage,
)
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.base import ChoosyRoute, RemoteFile, Target, UpstreamRequest

CODEX, NEWEST, OLDER = "gpt-5.3-codex", "gpt-5.4", "gpt-5"
HELLO = Message("user", (TextPart("hello"),))
WEATHER = ToolDefinition("weather", "W", {"type": "object", "properties": {"city": {"type": "string"}}})
HIGH = Reasoning("effort", effort="high")


def target(model: str = CODEX, *, lacking: frozenset[str] = frozenset()) -> Target:
    return Target(model, "my-gpt", capabilities_of(model), lacking=lacking)


def no_file(url: str) -> RemoteFile:
    raise AssertionError(url)


def encode(*messages: Message, to: Target | None = None, **fields: Any) -> UpstreamRequest:
    request = ChatRequest(model="m", messages=messages or (HELLO,), stream=fields.pop("stream", False), **fields)
    return AzureOpenAI().encode_request(request, to or target(), no_file)


def items(*messages: Message) -> Any:
    return encode(*messages).body["input"]


# --- which way a request goes


@pytest.mark.parametrize(
    ("model", "tools", "reasoning", "path"),
    [
        (CODEX, (), None, "/responses"),
        (NEWEST, (WEATHER,), HIGH, "/responses"),
        (NEWEST, (WEATHER,), Reasoning("budget", budget_tokens=9000), "/responses"),
        (NEWEST, (WEATHER,), Reasoning("off"), "/chat/completions"),
        (NEWEST, (WEATHER,), None, "/chat/completions"),
        (NEWEST, (), HIGH, "/chat/completions"),
        (OLDER, (WEATHER,), HIGH, "/chat/completions"),
    ],
)
def test_only_what_the_chat_path_refuses_goes_another_way(
    model: str, tools: Any, reasoning: Reasoning | None, path: str
) -> None:
    assert encode(to=target(model), tools=tools, reasoning=reasoning).path.partition("?")[0] == path


@pytest.mark.parametrize(
    ("model", "body", "served"),
    [
        (CODEX, {}, False),
        (NEWEST, {"tools": [1], "reasoning_effort": "low"}, False),
        (NEWEST, {"tools": [1], "thinking": {"type": "enabled", "budget_tokens": 9000}}, False),
        (NEWEST, {"tools": [1], "reasoning_effort": "none"}, True),
        (NEWEST, {"reasoning_effort": "low"}, True),
        (OLDER, {"tools": [1], "reasoning_effort": "low"}, True),
    ],
)
def test_a_chat_client_is_served_natively_where_the_chat_path_takes_it(model: str, body: Any, served: bool) -> None:
    route = AzureOpenAI().native["openai.chat"]

    assert isinstance(route, ChoosyRoute)
    assert route.serves(body, target(model)) is served


def test_a_deployment_without_the_responses_api_gets_a_chat() -> None:
    lacking = frozenset({"responses"})
    sent = encode(to=target(NEWEST, lacking=lacking), tools=(WEATHER,), reasoning=HIGH)

    assert sent.path.startswith("/chat/completions")
    assert "reasoning_effort" not in sent.body
    responses = AzureOpenAI().native["openai.responses"]
    assert isinstance(responses, ChoosyRoute)
    assert not responses.serves({}, target(OLDER, lacking=lacking))


# --- the body


def test_nothing_is_kept_at_the_vendor_and_thoughts_come_sealed() -> None:
    assert encode(stream=True).body == {
        "model": CODEX,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}],
        "stream": True,
    }


def test_a_conversation_with_calls_is_items() -> None:
    encoded = items(
        Message("system", (TextPart("be brief"),)),
        HELLO,
        Message(
            "assistant",
            (
                ReasoningPart("Hm.", Signature("openai", "rs_1 gAAA")),
                TextPart("a"),
                ToolCallPart("c", "weather", '{"city":"x"}'),
                ToolCallPart("d", "weather", ""),
            ),
        ),
        Message(
            "user",
            (
                ToolResultPart("c", (TextPart("1"),)),
                ToolResultPart("d", (TextPart("2"),), is_error=True),
                TextPart("b"),
            ),
        ),
    )

    assert encoded[0] == {
        "type": "message", "role": "system", "content": [{"type": "input_text", "text": "be brief"}]
    }  # fmt: skip
    assert encoded[2:] == [
        {
            "id": "rs_1",
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "gAAA",
        },
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
        {"type": "function_call", "call_id": "c", "name": "weather", "arguments": '{"city":"x"}'},
        {"type": "function_call", "call_id": "d", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "1"},
        {"type": "function_call_output", "call_id": "d", "output": "Error:\n2"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "b"}]},
    ]


def test_a_picture_in_a_tools_result_stays_there() -> None:
    picture = FilePart("image", media_type="image/png", data="QQ==")
    (_, result) = items(
        Message("assistant", (ToolCallPart("c", "look", "{}"),)),
        Message("user", (ToolResultPart("c", (picture,)),)),
    )

    assert result["output"] == [
        {"type": "input_image", "image_url": "data:image/png;base64,QQ==", "detail": "auto"}
    ]


def test_files_are_parts() -> None:
    (message,) = items(
        Message(
            "user",
            (
                FilePart("image", url="https://a.example/b.png", extras={"openai.detail": "low"}),
                FilePart("document", media_type="application/pdf", data="QQ==", filename="a.pdf"),
            ),
        )
    )

    assert message["content"] == [
        {"type": "input_image", "image_url": "https://a.example/b.png", "detail": "low"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="},
    ]


def test_sound_is_refused() -> None:
    with pytest.raises(ClientError, match="sound"):
        items(Message("user", (FilePart("audio", media_type="audio/wav", data="QQ=="),)))


@pytest.mark.parametrize(
    "thought",
    [ReasoningPart("Hm."), ReasoningPart("Hm.", Signature("anthropic", "s")), ReasoningPart("", redacted="x")],
)
def test_thoughts_of_others_stay_behind(thought: ReasoningPart) -> None:
    assert [item["type"] for item in items(HELLO, Message("assistant", (thought, TextPart("a"))))] == [
        "message",
        "message",
    ]


def test_a_thought_that_led_to_nothing_stays_behind() -> None:
    """Azure refuses a thought without the item that follows it."""
    assert len(items(HELLO, Message("assistant", (ReasoningPart("", Signature("openai", "rs_1 g")),)))) == 1


def test_tools_are_flat_and_not_strict_unless_asked() -> None:
    sent = encode(tools=(WEATHER,), tool_choice=ToolChoice("one", name="weather"), parallel_tool_calls=False)

    (tool,) = sent.body["tools"]
    assert (tool["type"], tool["name"], tool["strict"]) == ("function", "weather", False)
    assert sent.body["tool_choice"] == {"type": "function", "name": "weather"}
    assert sent.body["parallel_tool_calls"] is False


def test_a_wanted_format_is_flat() -> None:
    wanted = ResponseFormat("json_schema", {"type": "object"}, "n", strict=True)

    assert encode(response_format=wanted).body["text"] == {
        "format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    }


def test_parameters_are_fitted_and_the_rest_is_noted() -> None:
    sampling = Sampling(max_output_tokens=4, temperature=0.5, stop=("x",), seed=1, top_k=2)
    sent = encode(sampling=sampling, reasoning=HIGH, user="u" * 99)

    assert sent.body["max_output_tokens"] == 16
    assert sent.body["reasoning"] == {"effort": "high", "summary": "auto"}
    assert len(sent.body["user"]) == 64
    assert {note.field for note in sent.diagnostics} >= {"stop", "seed", "top_k", "temperature"}


# --- the answer


def decode(output: list[Any], **changes: Any) -> ChatResponse:
    body = {"id": "resp_1", "object": "response", "status": "completed", "output": output, "usage": None, **changes}
    return AzureOpenAI().decode_response(json.dumps(body).encode(), encode(tools=(WEATHER,)), target())


def test_an_answer_is_read_whole() -> None:
    response = decode(
        [
            {
                "id": "rs_1",
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "Hm."}],
                "encrypted_content": "gAAA",
            },
            {"type": "message", "content": [{"type": "output_text", "text": "a"}]},
            {"type": "function_call", "call_id": "c", "name": "weather", "arguments": "{}"},
            {"type": "of_the_future"},
        ],
        usage={"input_tokens": 3, "output_tokens": 4},
    )

    assert response.parts == (
        ReasoningPart("Hm.", Signature("openai", "rs_1 gAAA")),
        TextPart("a"),
        ToolCallPart("c", "weather", "{}"),
    )
    assert (response.finish.kind, response.usage, response.model) == (FinishKind.TOOL_CALLS, Usage(3, 4), "my-gpt")


@pytest.mark.parametrize(
    ("changes", "content", "kind"),
    [
        ({}, {"type": "output_text", "text": "a"}, FinishKind.STOP),
        ({}, {"type": "refusal", "refusal": "no"}, FinishKind.CONTENT_FILTER),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            {"type": "output_text", "text": "a"},
            FinishKind.LENGTH,
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            {"type": "output_text", "text": "a"},
            FinishKind.CONTENT_FILTER,
        ),
    ],
)
def test_the_finish_tells_how_it_ended(changes: Any, content: Any, kind: FinishKind) -> None:
    assert decode([{"type": "message", "content": [content]}], **changes).finish.kind is kind


def test_a_failed_response_is_an_error() -> None:
    with pytest.raises(UpstreamError, match="It broke"):
        decode([], status="failed", error={"code": "server_error", "message": "It broke."})
