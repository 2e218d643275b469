"""Neutral requests to Azure's wire, and whole answers back."""

import json
from typing import Any

import pytest

from proxy_core.capabilities import Capabilities, capabilities_of
from proxy_core.errors import ClientError
from proxy_core.neutral.fold import fold
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    FinishKind,
    Message,
    Part,
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
)
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.base import RemoteFile, Target, UpstreamRequest

FAMILY = AzureOpenAI()
TOOL = ToolDefinition("f", "Does f.", {"type": "object", "properties": {}})
WIRE_TOOL = {
    "type": "function",
    "function": {"name": "f", "description": "Does f.", "parameters": {"type": "object", "properties": {}}},
}


def target(model: str) -> Target:
    return Target(model, "my-model", capabilities_of(model))


def fetch(url: str) -> RemoteFile:
    assert url == "https://example.org/a.pdf"
    return RemoteFile("application/pdf", b"%PDF")


def encode(*messages: Message, model: str = "gpt-4o", **fields: Any) -> UpstreamRequest:
    request = ChatRequest(model="x", messages=messages or (user(TextPart("hi")),), stream=False, **fields)
    return FAMILY.encode_request(request, target(model), fetch)


def user(*parts: Part) -> Message:
    return Message("user", parts)


def test_tool_results_go_first_and_their_pictures_follow() -> None:
    picture = FilePart("image", media_type="image/png", data="QQ==")
    sent = encode(
        Message("system", (TextPart("a"), TextPart("b"))),
        Message(
            "assistant",
            (ReasoningPart("t", Signature("anthropic", "s")), TextPart("ok"), ToolCallPart("c", "f", "")),
        ),
        user(
            TextPart("look"), ToolResultPart("c", (picture,)), ToolResultPart("d", (TextPart("no"),), is_error=True)
        ),
    )

    assert sent.body["messages"] == [
        {"role": "system", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {
            "role": "assistant",
            "content": "ok",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "The result is attached below."},
        {"role": "tool", "tool_call_id": "d", "content": "Error: no"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Attachments from tool call c:"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}},
                {"type": "text", "text": "look"},
            ],
        },
    ]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            FilePart("image", url="https://example.org/a.png", extras={"openai.detail": "low"}),
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}},
        ),
        (
            FilePart("document", media_type="application/pdf", data="QQ==", filename="a.pdf"),
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="}},
        ),
        (
            FilePart("document", url="https://example.org/a.pdf"),
            {
                "type": "file",
                "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERg=="},
            },
        ),
        (
            FilePart("audio", media_type="audio/mpeg", data="QQ=="),
            {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "mp3"}},
        ),
    ],
)
def test_files_are_encoded(part: FilePart, expected: Any) -> None:
    assert encode(user(TextPart("x"), part)).body["messages"][0]["content"][1] == expected


def test_nothing_stands_between_the_results_of_one_turn() -> None:
    """Anthropic's wire takes the results in several user messages, and joins them itself."""
    calls = Message("assistant", (ToolCallPart("c", "f", "{}"), ToolCallPart("d", "f", "{}")))
    first = user(ToolResultPart("c", (TextPart("1"),)), TextPart("go on"))
    second = user(ToolResultPart("d", (TextPart("2"),)))

    sent = encode(user(TextPart("hi")), calls, first, second)

    assert [message["role"] for message in sent.body["messages"]] == ["user", "assistant", "tool", "tool", "user"]


def test_a_text_document_goes_as_text() -> None:
    part = FilePart("document", media_type="text/csv", data="YTti", filename="a.csv")

    assert encode(user(TextPart("x"), part)).body["messages"][0]["content"][1] == {
        "type": "text",
        "text": "a.csv:\na;b",
    }


def test_a_document_in_another_format_is_refused() -> None:
    with pytest.raises(ClientError, match="application/msword"):
        encode(user(FilePart("document", media_type="application/msword", data="QQ==")))


def test_an_image_is_refused_by_a_model_without_eyes() -> None:
    target = Target("x", "my-model", Capabilities(images=False))
    request = ChatRequest(
        model="x", messages=(user(FilePart("image", url="https://example.org/a.png")),), stream=False
    )

    with pytest.raises(ClientError, match="does not read images"):
        FAMILY.encode_request(request, target, fetch)


def test_a_turn_of_empty_texts_is_an_empty_text() -> None:
    assert encode(user(TextPart(""), TextPart(""))).body["messages"] == [{"role": "user", "content": ""}]


def test_an_array_without_items_gets_some() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array"}, "b": {"anyOf": [{"type": "array"}]}}}
    sent = encode(tools=(ToolDefinition("f", "", schema),))

    assert sent.body["tools"][0]["function"]["parameters"]["properties"] == {
        "a": {"type": "array", "items": {}},
        "b": {"anyOf": [{"type": "array", "items": {}}]},
    }
    assert "items" not in schema["properties"]["a"]  # type: ignore[index]


def test_a_sound_in_an_unknown_format_is_refused() -> None:
    with pytest.raises(ClientError, match="audio/ogg"):
        encode(user(FilePart("audio", media_type="audio/ogg", data="QQ==")))


def test_an_assistant_turn_of_thoughts_only_is_left_out() -> None:
    sent = encode(user(TextPart("x")), Message("assistant", (ReasoningPart("t"),)), user(TextPart("y")))

    assert [message["content"] for message in sent.body["messages"]] == ["x", "y"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ToolChoice("auto"), "auto"),
        (ToolChoice("none"), "none"),
        (ToolChoice("required"), "required"),
        (ToolChoice("one", name="f"), {"type": "function", "function": {"name": "f"}}),
        (ToolChoice("auto", names=("f",)), "auto"),
    ],
)
def test_tool_choices_are_encoded(choice: ToolChoice, expected: Any) -> None:
    other = ToolDefinition("g", "", {"type": "object"})
    sent = encode(tools=(TOOL, other), tool_choice=choice, parallel_tool_calls=False)

    assert sent.body["tool_choice"] == expected
    assert sent.body["parallel_tool_calls"] is False
    assert sent.body["tools"][0] == WIRE_TOOL
    assert len(sent.body["tools"]) == (1 if choice.names else 2)


@pytest.mark.parametrize(
    ("model", "reasoning", "effort"),
    [
        ("gpt-5", Reasoning("off"), "minimal"),
        ("gpt-5.2", Reasoning("off"), "none"),
        ("gpt-5", Reasoning("budget", budget_tokens=1024), "low"),
        ("gpt-5", Reasoning("budget", budget_tokens=4096), "medium"),
        ("gpt-5", Reasoning("budget", budget_tokens=31_999), "high"),
        ("gpt-5", Reasoning("adaptive"), None),
        ("gpt-5", Reasoning("adaptive", effort="max"), "high"),
        ("gpt-4o", Reasoning("budget", budget_tokens=1024), None),
    ],
)
def test_thinking_becomes_effort(model: str, reasoning: Reasoning, effort: str | None) -> None:
    assert encode(model=model, reasoning=reasoning).body.get("reasoning_effort") == effort


def test_sampling_is_encoded() -> None:
    sampling = Sampling(
        max_output_tokens=99_999_999, temperature=0.5, top_k=4, stop=("a", "b", "c", "d", "e"), seed=1
    )
    sent = encode(sampling=sampling, user="u" * 100)

    assert sent.body["max_completion_tokens"] == 16_384
    assert sent.body["stop"] == ["a", "b", "c", "d"]
    assert sent.body["temperature"] == 0.5
    assert len(sent.body["user"]) == 64
    assert [note.field for note in sent.diagnostics] == ["top_k", "stop", "max_completion_tokens"]


def test_a_schema_is_asked_for() -> None:
    wanted = ResponseFormat("json_schema", schema={"type": "object"}, name="out", strict=True)

    assert encode(response_format=wanted).body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "out", "schema": {"type": "object"}, "strict": True},
    }


def decode(message: Any, **choice: Any) -> Any:
    body = {"id": "chatcmpl-A", "choices": [{"message": message, **choice}], "usage": {"prompt_tokens": 1}}
    return FAMILY.decode_response(json.dumps(body).encode(), UpstreamRequest("", {}), target("gpt-4o"))


def test_an_answer_is_decoded() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    response = decode(
        {"role": "assistant", "content": "hi", "reasoning_content": "t", "tool_calls": [call]}, finish_reason="stop"
    )

    assert response.parts == (ReasoningPart("t"), TextPart("hi"), ToolCallPart("c", "f", "{}"))
    assert response.finish.kind is FinishKind.TOOL_CALLS
    assert response.model == "my-model"


def test_a_cut_call_counts_as_cut() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a'}}

    assert decode({"tool_calls": [call]}, finish_reason="length").finish.kind is FinishKind.LENGTH


def test_a_refusal_counts_as_filtered() -> None:
    response = decode({"content": None, "refusal": "No."}, finish_reason="stop")

    assert response.parts == (TextPart("No."),)
    assert response.finish.kind is FinishKind.CONTENT_FILTER


def test_a_folded_stream_equals_the_whole_answer() -> None:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "content": "hi", "tool_calls": [call]}
    body = {
        "id": "chatcmpl-A",
        "choices": [{"delta": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 1},
    }
    decoder = FAMILY.stream_decoder("", UpstreamRequest("", {}), target("gpt-4o"))

    events = [*decoder.feed(b"data: " + json.dumps(body).encode() + b"\n\ndata: [DONE]\n\n"), *decoder.close()]

    assert fold(events) == decode(message, finish_reason="tool_calls")
