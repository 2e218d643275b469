"""The simulated Bedrock Converse for Claude and Nova."""

import base64
import json
from typing import Any

import pytest

from proxy_core.simulator.bedrock import converse as bedrock_converse
from proxy_core.simulator.exchange import Answer
from tests.simulator.awkward import awkward_bodies
from tests.simulator.bedrock_calls import (
    NOVA,
    OPUS_48,
    PNG,
    SONNET_45,
    binary_messages,
    call,
    converse,
    conversed_stream,
    repr_events,
)

HELLO = {"role": "user", "content": [{"text": "Hello"}]}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"toolSpec": {"name": "weather", "description": "Weather", "inputSchema": {"json": SCHEMA}}}
TOOLS = {"tools": [TOOL]}
USE = {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "Berlin"}}}
RESULT = {"toolResult": {"toolUseId": "tooluse_1", "content": [{"text": "15 C"}]}}
THINK = {"thinking": {"type": "enabled", "budget_tokens": 2000}}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def asking(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [user({"text": text})], **more}


def with_tool(**changes: Any) -> dict[str, Any]:
    return {"toolConfig": {"tools": [{"toolSpec": {**TOOL["toolSpec"], **changes}}]}}


def with_config(**config: Any) -> dict[str, Any]:
    return {"inferenceConfig": config}


def conversed(body: Any, model: str = NOVA) -> dict[str, Any]:
    answer = converse(body, model)
    assert answer.status == 200, answer.body
    parsed: dict[str, Any] = json.loads(answer.body)
    return parsed


def refusal(body: Any, model: str = NOVA) -> str:
    answer = converse(body, model)
    assert answer.status == 400, answer.body
    assert answer.headers["x-amzn-errortype"].startswith("ValidationException:")
    return str(json.loads(answer.body)["message"])


FAILED = "Parameter validation failed:\n"
DETECTED = "1 validation error detected: Value "
SAYS = "The model returned the following errors: "
REFUSED = [
    (NOVA, {"messages": None}, f'{FAILED}Missing required parameter in input: "messages"'),
    (NOVA, {"modelId": "x"}, f'{FAILED}Unknown parameter in input: "modelId", must be one of: messages, system, '),
    (
        NOVA,
        {"messages": [{"role": "user", "content": "Hello"}]},
        f"{FAILED}Invalid type for parameter messages[0].content, value: Hello, type: <class 'str'>, valid types: ",
    ),
    (
        NOVA,
        {"messages": [user({"text": "a", "cachePoint": {"type": "default"}})]},
        f"{FAILED}Invalid number of parameters set for tagged union structure messages[0].content[0].",
    ),
    (
        NOVA,
        {"messages": [{"role": "system", "content": [{"text": "x"}]}]},
        f"{DETECTED}'system' at 'messages.1.member.role' failed to satisfy constraint: Member must",
    ),
    (NOVA, with_config(maxTokens=0), f"{FAILED}Invalid range for parameter inferenceConfig.maxTokens, value: 0"),
    (
        NOVA,
        with_config(temperature=2),
        f"{DETECTED}'2' at 'inferenceConfig.temperature' failed to satisfy constraint",
    ),
    (
        NOVA,
        with_tool(name="my tool"),
        f"{DETECTED}'my tool' at 'toolConfig.tools.1.member.toolSpec.name' failed to",
    ),
    (
        NOVA,
        with_tool(description=""),
        f"{FAILED}Invalid length for parameter toolConfig.tools[0].toolSpec.description",
    ),
    (NOVA, {"messages": [assistant({"text": "hi"})]}, "A conversation must start with a user message."),
    (NOVA, {"messages": [HELLO, HELLO]}, "A conversation must alternate between user and assistant roles."),
    (
        NOVA,
        {"messages": [user({"text": "  "})]},
        "The text field in the ContentBlock object at messages.0.content.0 is",
    ),
    (NOVA, {"messages": [user()]}, "The content field in the Message object at messages.0 is empty."),
    (
        NOVA,
        {"messages": [HELLO, assistant(USE), user(RESULT)]},
        "The toolConfig field must be defined when using toolUse",
    ),
    (
        NOVA,
        {"messages": [HELLO, assistant(USE), HELLO], "toolConfig": TOOLS},
        "Expected toolResult blocks at messages.2.content for the following Ids: tooluse_1",
    ),
    (
        NOVA,
        {"messages": [HELLO, assistant({"text": "x"}), user(RESULT)], "toolConfig": TOOLS},
        "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks",
    ),
    (NOVA, with_config(maxTokens=9000), "The maximum tokens you requested exceeds the model limit of 8192."),
    (
        NOVA,
        {"messages": [user({"text": "word " * 250_000})]},
        f"{SAYS}Input Tokens Exceeded: Number of input tokens",
    ),
    (SONNET_45, {"messages": [user({"text": "word " * 250_000})]}, "Input is too long for requested model."),
    (
        NOVA,
        with_tool(inputSchema={"json": {**SCHEMA, "$schema": "x"}}),
        "Malformed input request: #/toolConfig/tools/0/toolSpec/inputSchema/json: extraneous key [$schema]",
    ),
    (NOVA, {"additionalModelRequestFields": THINK}, "Malformed input request: #: extraneous key [thinking] is not"),
    (SONNET_45, {"additionalModelRequestFields": {"foo": 1}}, f"{SAYS}foo: Extra inputs are not permitted"),
    (OPUS_48, {"additionalModelRequestFields": THINK}, f'{SAYS}"thinking.type.enabled" is not supported'),
    (
        SONNET_45,
        {"additionalModelRequestFields": THINK, "toolConfig": {**TOOLS, "toolChoice": {"any": {}}}},
        f"{SAYS}Thinking may not be enabled when tool_choice forces tool use.",
    ),
    (OPUS_48, {"messages": [HELLO, assistant({"text": "It is"})]}, f"{SAYS}This model does not support assistant"),
    (
        NOVA,
        {"messages": [user({"image": {"format": "jpeg", "source": {"bytes": PNG}}})]},
        f"{SAYS}messages.0.content.0.image.source.base64: The image was specified using the image/jpeg media type",
    ),
    (
        NOVA,
        {"messages": [user({"document": {"format": "txt", "name": "a", "source": {"bytes": "YQ=="}}})]},
        "Include at least one text block beside the documents",
    ),
    (
        NOVA,
        {"messages": [user({"text": "x"}, {"document": {"name": "a.txt", "source": {"bytes": "YQ=="}}})]},
        "The document file name can only contain alphanumeric characters",
    ),
]


@pytest.mark.parametrize(("model", "changes", "words"), REFUSED)
def test_a_broken_rule_is_refused_in_the_services_words(model: str, changes: dict[str, Any], words: str) -> None:
    body = {key: value for key, value in {**asking("Hello"), **changes}.items() if value is not None}

    assert refusal(body, model).startswith(words)


def test_the_buffered_answer_has_converse_shape() -> None:
    answer = conversed(asking("[[sim: say Good day]]"))

    assert answer["output"]["message"] == {"role": "assistant", "content": [{"text": "Good day"}]}
    assert answer["stopReason"] == "end_turn"
    usage = answer["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]


@pytest.mark.parametrize("model", [NOVA, SONNET_45])
def test_the_stream_is_python_repr_and_metadata_follows_the_stop(model: str) -> None:
    frames = list(conversed_stream(asking("Hello"), model).frames)

    assert frames[0] == b"data: {'messageStart': {'role': 'assistant'}}\n\n"
    assert frames[-2].startswith(b"data: {'messageStop': {'stopReason': 'end_turn'}}")
    assert frames[-1].startswith(b"data: {'metadata': {'usage': {'inputTokens': ")


ESCAPES = [
    ("It's", b'"It\'s"'),
    ("a\nb", rb"'a\nb'"),
    ('"it\'s"', rb"""'"it\'s"'"""),
    ("x\u200by", rb"'x\u200by'"),
]


@pytest.mark.parametrize(("text", "printed"), ESCAPES)
def test_text_is_escaped_as_python_does(text: str, printed: bytes) -> None:
    frames = list(conversed_stream(asking(f"[[sim: say {text}]]")).frames)

    assert b"{'text': " + printed + b"}" in b"".join(frames)


def test_text_blocks_have_no_start_and_tool_blocks_have_one() -> None:
    body = asking('[[sim: say Let me look]] [[sim: call weather {"city": "Köln"}]]', toolConfig=TOOLS)
    events = repr_events(conversed_stream(body))
    starts = [event["contentBlockStart"] for event in events if "contentBlockStart" in event]
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]

    assert [start["contentBlockIndex"] for start in starts] == [1]
    assert starts[0]["start"]["toolUse"]["name"] == "weather"
    assert "".join(delta.get("text", "") for delta in deltas) == "Let me look"
    assert json.loads("".join(delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta)) == {
        "city": "Köln"
    }


def test_arguments_keep_json_words_inside_the_repr() -> None:
    body = asking('[[sim: call weather {"city": null, "now": true}]]', toolConfig=TOOLS)
    events = repr_events(conversed_stream(body))
    pieces = [event["contentBlockDelta"]["delta"]["toolUse"]["input"] for event in events
              if "toolUse" in event.get("contentBlockDelta", {}).get("delta", {})]  # fmt: skip

    assert json.loads("".join(pieces)) == {"city": None, "now": True}


def sent_back(block: dict[str, Any]) -> dict[str, Any]:
    """A block of an answer as a request takes it."""
    if "toolUse" not in block:
        return block
    return {"toolUse": {key: block["toolUse"][key] for key in ("toolUseId", "name", "input")}}


def test_claude_thinks_with_a_signature_that_may_come_back() -> None:
    body = asking("weather in Berlin?", toolConfig=TOOLS, additionalModelRequestFields=THINK)
    content = conversed(body, SONNET_45)["output"]["message"]["content"]
    call_id = next(block["toolUse"]["toolUseId"] for block in content if "toolUse" in block)
    blocks = [sent_back(block) for block in content]
    result = {"toolResult": {**RESULT["toolResult"], "toolUseId": call_id}}
    history = [*body["messages"], assistant(*blocks), user(result)]

    assert content[0]["reasoningContent"]["reasoningText"]["signature"].startswith("EpAC")
    assert conversed({**body, "messages": history}, SONNET_45)["stopReason"] == "end_turn"
    blocks[0]["reasoningContent"]["reasoningText"]["text"] = "else"
    assert "Invalid `signature` in `thinking` block" in refusal({**body, "messages": history}, SONNET_45)


def test_streamed_thinking_ends_with_the_signature() -> None:
    events = repr_events(conversed_stream(asking("Hello", additionalModelRequestFields=THINK), SONNET_45))
    reasoning = [event["contentBlockDelta"]["delta"]["reasoningContent"] for event in events
                 if "reasoningContent" in event.get("contentBlockDelta", {}).get("delta", {})]  # fmt: skip

    assert set(reasoning[-1]) == {"signature"}
    assert all(set(piece) == {"text"} for piece in reasoning[:-1])


def test_redacted_thinking_is_bytes_in_repr_and_base64_in_json() -> None:
    body = asking("[[sim: redacted]]", additionalModelRequestFields=THINK)
    block = conversed(body, SONNET_45)["output"]["message"]["content"][0]
    frames = list(conversed_stream(body, SONNET_45).frames)
    history = [*body["messages"], assistant(block), user({"text": "And?"})]

    assert b"{'redactedContent': b'" in frames[1]
    assert base64.b64decode(block["reasoningContent"]["redactedContent"]).decode() in frames[1].decode()
    assert conversed({**body, "messages": history}, SONNET_45)["stopReason"] == "end_turn"


def test_accept_chooses_bare_objects_in_the_binary_stream() -> None:
    body = asking('[[sim: call weather {"city": "Berlin"}]]', toolConfig=TOOLS)
    stream = conversed_stream(body, accept="application/vnd.amazon.eventstream")
    messages = list(binary_messages(b"".join(stream.frames)))
    events = [{headers[":event-type"]: {key: payload[key] for key in payload if key != "p"}}
              for headers, payload in messages]  # fmt: skip

    assert stream.content_type == "application/vnd.amazon.eventstream"
    assert all(payload["p"] for _, payload in messages)
    assert events == repr_events(conversed_stream(body))


def test_a_blocked_prompt_is_answered_by_the_guardrail() -> None:
    assert conversed(asking("[[sim: filter prompt]]"))["stopReason"] == "guardrail_intervened"


def test_another_path_is_not_found() -> None:
    answer = bedrock_converse.handle(call({}, "/converse/"))
    assert isinstance(answer, Answer)

    assert answer.status == 404


GOOD = {
    "messages": [HELLO, assistant(USE), user(RESULT, {"text": "and"})],
    "toolConfig": {**TOOLS, "toolChoice": {"tool": {"name": "weather"}}},
    "system": [{"text": "s"}],
    "inferenceConfig": {"maxTokens": 100, "temperature": 1, "stopSequences": ["q"]},
    "additionalModelRequestFields": {},
}


@pytest.mark.parametrize("model", [NOVA, SONNET_45])
def test_every_awkward_body_is_answered_or_refused(model: str) -> None:
    statuses = {converse(body, model).status for body in awkward_bodies(GOOD)}

    assert statuses == {200, 400}
