"""The simulated Claude answers in the wire of `/invoke` and its stream."""

import base64
import json
from typing import Any

from proxy_core.simulator.bedrock import invoke as bedrock_invoke
from proxy_core.simulator.exchange import Answer
from tests.simulator.bedrock_calls import TOOL, binary_messages, call, claude, invoked, invoked_stream, sse_events

BINARY = "application/vnd.amazon.eventstream"
THINK = {"type": "enabled", "budget_tokens": 2000}


def asking(text: str, **changes: Any) -> dict[str, Any]:
    return claude(messages=[{"role": "user", "content": text}], **changes)


def folded(events: list[Any]) -> list[dict[str, Any]]:
    """The content blocks that the events build."""
    blocks: list[dict[str, Any]] = []
    for event in events:
        if event["type"] == "content_block_start":
            blocks.append({**event["content_block"], "json": ""})
        if event["type"] == "content_block_delta":
            delta, block = event["delta"], blocks[event["index"]]
            for key in ("text", "thinking", "signature"):
                block[key] = block.get(key, "") + delta.get(key, "") if key in delta else block.get(key, "")
            block["json"] += delta.get("partial_json", "")
    return blocks


def test_a_plain_answer_has_the_shape_of_a_message() -> None:
    message = invoked(asking("[[sim: say Good day]]"))

    assert message["content"] == [{"type": "text", "text": "Good day"}]
    assert (message["stop_reason"], message["stop_sequence"], message["role"]) == ("end_turn", None, "assistant")
    assert message["id"].startswith("msg_bdrk_01")
    assert message["model"] == "claude-sonnet-4-5-20250929"
    assert message["usage"]["cache_creation"] == {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}


def test_equal_calls_give_equal_bytes() -> None:
    body = asking("weather?", tools=[TOOL], thinking=THINK)

    assert invoked(body) == invoked(body)
    assert list(invoked_stream(body).frames) == list(invoked_stream(body).frames)


def test_the_stream_has_no_event_lines_and_ends_with_the_metrics() -> None:
    frames = list(invoked_stream(asking("Hello")).frames)

    assert not any(b"event:" in frame for frame in frames)
    assert b'"amazon-bedrock-invocationMetrics"' in frames[-1]
    assert json.loads(frames[0][6:])["type"] == "message_start"


def test_the_stream_says_the_same_as_the_buffered_answer() -> None:
    body = asking('[[sim: say I look]] [[sim: call weather {"city": "Köln"}]]', tools=[TOOL], thinking=THINK)
    whole, streamed = invoked(body)["content"], folded(sse_events(invoked_stream(body)))

    assert [block["type"] for block in streamed] == ["thinking", "text", "tool_use"]
    assert (streamed[0]["thinking"], streamed[0]["signature"]) == (whole[0]["thinking"], whole[0]["signature"])
    assert streamed[1]["text"] == whole[1]["text"] == "I look"
    assert json.loads(streamed[2]["json"]) == whole[2]["input"] == {"city": "Köln"}


def test_tool_json_comes_in_small_pieces_after_an_empty_one() -> None:
    body = asking('[[sim: call weather {"city": "Berlin and Hamburg"}]]', tools=[TOOL])
    events = sse_events(invoked_stream(body))
    pieces = [event["delta"]["partial_json"] for event in events if "partial_json" in event.get("delta", {})]

    assert pieces[0] == ""
    assert len(pieces) > 3
    assert events[-2]["delta"]["stop_reason"] == "tool_use"


def test_parallel_calls_are_two_blocks_with_their_own_ids() -> None:
    message = invoked(asking("[[sim: parallel]]", tools=[TOOL, {**TOOL, "name": "clock"}]))
    calls = [block for block in message["content"] if block["type"] == "tool_use"]

    assert [block["name"] for block in calls] == ["weather", "clock"]
    assert calls[0]["id"] != calls[1]["id"]


def test_redacted_thinking_is_complete_in_its_start_event_and_may_come_back() -> None:
    body = asking("[[sim: redacted]]", thinking=THINK)
    start = next(event for event in sse_events(invoked_stream(body)) if event["type"] == "content_block_start")
    block = start["content_block"]
    history = [*body["messages"], {"role": "assistant", "content": [block]}, {"role": "user", "content": "And?"}]

    assert block["type"] == "redacted_thinking"
    assert invoked({**body, "messages": history})["type"] == "message"


def test_the_stop_sequence_is_named() -> None:
    message = invoked(asking("[[sim: say one two three]]", stop_sequences=["two"]))

    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "two")


def test_max_tokens_may_end_within_tool_json() -> None:
    body = asking(
        '[[sim: say x]] [[sim: call weather {"city": "Berlin and much more"}]]', tools=[TOOL], max_tokens=3
    )
    events = sse_events(invoked_stream(body))
    text = folded(events)[-1]["json"]

    assert text
    assert not text.endswith("}")
    assert events[-2]["delta"]["stop_reason"] == "max_tokens"


def test_a_refusal_is_a_stop_reason() -> None:
    assert invoked(asking("[[sim: refuse]]"))["stop_reason"] == "refusal"


def test_the_second_identical_call_reads_from_the_cache() -> None:
    memory: dict[str, int] = {}
    system = [{"type": "text", "text": "Be brief. " * 100, "cache_control": {"type": "ephemeral"}}]
    first = invoked(asking("Hello", system=system), memory=memory)["usage"]
    second = invoked(asking("Hello again", system=system), memory=memory)["usage"]

    assert first["cache_creation_input_tokens"] > 0
    assert first["cache_read_input_tokens"] == 0
    assert second["cache_read_input_tokens"] == first["cache_creation_input_tokens"]
    assert second["cache_creation_input_tokens"] == 0


def test_a_longer_conversation_reads_the_beginning_it_wrote() -> None:
    memory: dict[str, int] = {}
    mark = {"cache_control": {"type": "ephemeral"}}
    first = {"role": "user", "content": [{"type": "text", "text": "Hello " * 50, **mark}]}
    plain = {"role": "user", "content": [{"type": "text", "text": "Hello " * 50}]}
    more = [
        plain,
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": [{"type": "text", "text": "And?", **mark}]},
    ]
    written = invoked(claude(messages=[first]), memory=memory)["usage"]["cache_creation_input_tokens"]
    usage = invoked(claude(messages=more), memory=memory)["usage"]

    assert usage["cache_read_input_tokens"] == written
    assert usage["cache_creation_input_tokens"] > 0


def test_accept_chooses_the_binary_event_stream() -> None:
    body = asking("weather?", tools=[TOOL], thinking=THINK)
    stream = invoked_stream(body, accept=BINARY)
    messages = list(binary_messages(b"".join(stream.frames)))
    events = [json.loads(base64.b64decode(payload["bytes"])) for _, payload in messages]

    assert stream.content_type == BINARY
    assert events == sse_events(invoked_stream(body))
    assert {headers[":event-type"] for headers, _ in messages} == {"chunk"}
    assert len({payload["p"] for _, payload in messages}) > 3


def test_after_a_tool_result_the_model_answers_in_text() -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "15 C"}]}
    turns = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    message = invoked(claude(messages=turns, tools=[TOOL]))

    assert message["stop_reason"] == "end_turn"
    assert "15 C" in message["content"][0]["text"]


def test_another_path_is_not_found() -> None:
    answer = bedrock_invoke.handle(call(claude(), "/invoke/"))

    assert isinstance(answer, Answer)
    assert answer.status == 404
