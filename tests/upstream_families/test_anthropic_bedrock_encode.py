"""Neutral requests to Claude's body. The simulated Bedrock judges every body that is sent."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ClientError
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    Message,
    Part,
    Reasoning,
    ReasoningPart,
    ResponseFormat,
    Role,
    Sampling,
    Signature,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolDefinition,
    ToolResultPart,
)
from proxy_core.simulator.bedrock import invoke as bedrock_invoke
from proxy_core.simulator.exchange import Answer, Call, SimDeployment
from proxy_core.upstream_families.anthropic_bedrock import AnthropicBedrock
from proxy_core.upstream_families.base import RemoteFile, Target, UpstreamRequest

SONNET_45 = "anthropic--claude-4.5-sonnet"
SONNET_46 = "anthropic--claude-4.6-sonnet"
OPUS_48 = "anthropic--claude-4.8-opus"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WEATHER = ToolDefinition(
    "weather", "Weather of a city", {"type": "object", "properties": {"city": {"type": "string"}}}
)
TIME = ToolDefinition("time", "", {})
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
FAMILY = AnthropicBedrock()


def message(role: Role, *parts: Part) -> Message:
    return Message(role, parts)


def request(*messages: Message, **fields: Any) -> ChatRequest:
    sent = messages or (message("user", TextPart("hi")),)
    return ChatRequest(model="m", messages=sent, stream=False, **fields)


def fetch(url: str) -> RemoteFile:
    return RemoteFile("image/png", base64.b64decode(PNG))


def encode(asked: ChatRequest, model: str = SONNET_45) -> UpstreamRequest:
    sent = FAMILY.encode_request(asked, Target(model, "public", capabilities_of(model)), fetch)
    deployment = SimDeployment("d1", "tenant", "default", model, "aws-bedrock")
    answer = bedrock_invoke.handle(Call(deployment, "POST", "/invoke", {}, {}, json.dumps(sent.body).encode(), {}))
    assert isinstance(answer, Answer)
    assert answer.status == 200, answer.body
    return sent


def body(asked: ChatRequest, model: str = SONNET_45) -> dict[str, Any]:
    return encode(asked, model).body


def test_system_message_goes_to_the_system_field() -> None:
    sent = body(request(message("system", TextPart("Be brief.")), message("user", TextPart("hi"))))

    assert sent["system"] == [{"type": "text", "text": "Be brief."}]
    assert sent["messages"] == [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]


def test_output_limit_defaults_to_what_the_model_can_write() -> None:
    assert body(request())["max_tokens"] == 64_000


def test_messages_of_one_role_become_one_turn() -> None:
    sent = body(request(message("user", TextPart("a")), message("user", TextPart("b"))))

    assert [block["text"] for block in sent["messages"][0]["content"]] == ["a", "b"]


def test_tool_calls_and_results_keep_their_pairs() -> None:
    sent = body(
        request(
            message("user", TextPart("weather?")),
            message("assistant", ToolCallPart("call.1", "weather", '{"city":"Rome"}')),
            message(
                "user", ToolResultPart("call.1", (TextPart("sunny"), FilePart("image", "image/jpeg", PNG)), True)
            ),
            tools=(WEATHER,),
        )
    )

    call, result = sent["messages"][1]["content"][0], sent["messages"][2]["content"][0]
    assert call["id"] == result["tool_use_id"] != "call.1"
    assert call["input"] == {"city": "Rome"}
    assert result["is_error"] is True
    assert result["content"][1]["source"]["media_type"] == "image/png"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [("", {}), ('{"a":1}', {"a": 1}), ("{bro", {"_raw": "{bro"}), ("[1]", {"value": [1]})],
)
def test_arguments_become_an_object(arguments: str, expected: dict[str, Any]) -> None:
    sent = body(
        request(
            message("user", TextPart("x")),
            message("assistant", ToolCallPart("c1", "weather", arguments)),
            message("user", ToolResultPart("c1", ())),
            tools=(WEATHER,),
        )
    )

    assert sent["messages"][1]["content"][0]["input"] == expected


def test_long_tool_name_is_shortened_everywhere_and_known_for_the_way_back() -> None:
    name = "mcp__" + "very_long_" * 8
    sent = encode(
        request(
            message("user", TextPart("x")),
            message("assistant", ToolCallPart("c1", name, "{}")),
            message("user", ToolResultPart("c1", (TextPart("done"),))),
            tools=(replace(WEATHER, name=name),),
            tool_choice=ToolChoice("one", name=name),
        )
    )

    wire = sent.body["tools"][0]["name"]
    assert len(wire) <= 64
    assert sent.body["messages"][1]["content"][0]["name"] == sent.body["tool_choice"]["name"] == wire
    assert sent.tool_names == {wire: name}


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, None),
        (ToolChoice("auto"), None, {"type": "auto"}),
        (ToolChoice("required"), True, {"type": "any"}),
        (ToolChoice("none"), False, {"type": "none"}),
        (
            ToolChoice("one", name="time"),
            False,
            {"type": "tool", "name": "time", "disable_parallel_tool_use": True},
        ),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
    ],
)
def test_tool_choice(choice: ToolChoice | None, parallel: bool | None, expected: dict[str, Any] | None) -> None:
    sent = body(request(tools=(WEATHER, TIME), tool_choice=choice, parallel_tool_calls=parallel))

    assert sent.get("tool_choice") == expected


def test_narrowed_choice_sends_only_the_allowed_tools() -> None:
    sent = body(request(tools=(WEATHER, TIME), tool_choice=ToolChoice("required", names=("time",))))

    assert [tool["name"] for tool in sent["tools"]] == ["time"]


def test_choice_of_an_unknown_tool_is_refused() -> None:
    with pytest.raises(ClientError, match="no tool named 'nope'"):
        encode(request(tools=(WEATHER,), tool_choice=ToolChoice("one", name="nope")))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, {"type": "object", "properties": {}}),
        (
            {"anyOf": [{"properties": {"a": {}, "b": {}}, "required": ["a", "b"]}, {"required": ["a"]}]},
            {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"]},
        ),
        (
            {
                "type": "object",
                "allOf": [{"required": ["a"]}, {"required": ["b"]}],
                "properties": {"a": {}, "b": {}},
            },
            {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]},
        ),
    ],
)
def test_schema_root_becomes_a_plain_object(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    sent = body(request(tools=(replace(WEATHER, parameters=schema),)))

    assert sent["tools"][0]["input_schema"] == expected


@pytest.mark.parametrize(
    ("model", "reasoning", "thinking", "config"),
    [
        (SONNET_45, Reasoning("off"), {"type": "disabled"}, None),
        (SONNET_45, Reasoning("effort", effort="none"), {"type": "disabled"}, None),
        (SONNET_45, Reasoning("effort", effort="minimal"), {"type": "enabled", "budget_tokens": 4096}, None),
        (SONNET_45, Reasoning("effort", effort="high"), {"type": "enabled", "budget_tokens": 16_384}, None),
        (SONNET_45, Reasoning("budget", budget_tokens=3000), {"type": "enabled", "budget_tokens": 3000}, None),
        (SONNET_46, Reasoning("effort", effort="minimal"), {"type": "adaptive"}, {"effort": "low"}),
        (SONNET_46, Reasoning("budget", budget_tokens=3000), {"type": "enabled", "budget_tokens": 3000}, None),
        (OPUS_48, Reasoning("budget", budget_tokens=3000), {"type": "adaptive"}, {"effort": "medium"}),
        (OPUS_48, Reasoning("adaptive", effort="xhigh"), {"type": "adaptive"}, {"effort": "xhigh"}),
        ("anthropic--claude-3-haiku", Reasoning("effort", effort="high"), None, None),
    ],
)
def test_reasoning_takes_the_form_of_the_model(
    model: str, reasoning: Reasoning, thinking: dict[str, Any] | None, config: dict[str, Any] | None
) -> None:
    sent = body(request(reasoning=reasoning), model)

    assert (sent.get("thinking"), sent.get("output_config")) == (thinking, config)


def test_only_thoughts_of_claude_go_back_to_claude() -> None:
    sent = FAMILY.encode_request(
        request(
            message("user", TextPart("x")),
            message(
                "assistant",
                ReasoningPart("mine", Signature("anthropic", "EpAC")),
                ReasoningPart("", redacted="secret"),
                ReasoningPart("gemini's", Signature("gemini", "sig")),
                ReasoningPart("unsigned"),
                TextPart("y"),
            ),
            message("user", TextPart("z")),
        ),
        Target(SONNET_45, "public", capabilities_of(SONNET_45)),
        fetch,
    )

    assert sent.body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "mine", "signature": "EpAC"},
        {"type": "redacted_thinking", "data": "secret"},
        {"type": "text", "text": "y"},
    ]


def test_json_schema_becomes_a_forced_tool() -> None:
    sent = encode(request(response_format=ResponseFormat("json_schema", schema=SCHEMA, name="session title")))

    assert sent.structured_output_tool == sent.body["tools"][0]["name"]
    assert sent.body["tool_choice"] == {"type": "tool", "name": sent.structured_output_tool}
    assert sent.body["tools"][0]["input_schema"] == SCHEMA


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": (WEATHER,), "response_format": ResponseFormat("json_schema", schema=SCHEMA)},
        {"reasoning": Reasoning("adaptive"), "response_format": ResponseFormat("json_schema", schema=SCHEMA)},
        {"response_format": ResponseFormat("json_schema", schema={"type": "array"})},
        {"response_format": ResponseFormat("json_object")},
    ],
)
def test_format_that_cannot_be_a_forced_tool_becomes_an_instruction(fields: dict[str, Any]) -> None:
    sent = encode(request(**fields))

    assert sent.structured_output_tool is None
    assert sent.body["system"].startswith("Answer with one JSON ")


def test_settings_without_counterpart_are_reported() -> None:
    sampling = Sampling(100, temperature=1.7, stop=("END", "\n"), seed=1, presence_penalty=0.5)

    sent = encode(request(sampling=sampling, user="u1"))

    assert sent.body["temperature"] == 1
    assert sent.body["stop_sequences"] == ["END"]
    assert sent.body["metadata"] == {"user_id": "u1"}
    assert {note.field for note in sent.diagnostics} >= {
        "seed",
        "presence_penalty",
        "stop_sequences",
        "temperature",
    }


def test_files_are_sent_as_bytes() -> None:
    pdf = base64.b64encode(b"%PDF-1.4").decode()
    sent = body(
        request(
            message(
                "user",
                FilePart("image", url="https://example.com/x"),
                FilePart("document", "application/pdf", pdf, filename="a.pdf"),
                FilePart("document", "text/csv", base64.b64encode(b"a,b").decode()),
                TextPart("read"),
            )
        )
    )

    image, paper, table = (block["source"] for block in sent["messages"][0]["content"][:3])
    assert image == {"type": "base64", "media_type": "image/png", "data": PNG}
    assert paper["media_type"] == "application/pdf"
    assert table == {"type": "text", "media_type": "text/plain", "data": "a,b"}


def test_audio_is_refused() -> None:
    with pytest.raises(ClientError, match="audio") as caught:
        encode(request(message("user", FilePart("audio", "audio/wav", "AAAA"))))

    assert caught.value.param == "messages[0].content[0]"


def test_cache_marks_survive_from_any_dialect() -> None:
    mark = {"type": "ephemeral"}
    sent = body(
        request(
            Message("user", (TextPart("a"), TextPart("b")), {"anthropic.cache_control": mark}),
            tools=(replace(WEATHER, extras={"anthropic.cache_control": mark}),),
        )
    )

    assert sent["messages"][0]["content"][-1]["cache_control"] == mark
    assert sent["tools"][0]["cache_control"] == mark
