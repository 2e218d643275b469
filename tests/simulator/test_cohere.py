"""Cohere v2 chat over the wire."""

import json
from typing import Any

import pytest

from tests.simulator.caller import Caller, Got, function

COMMAND = "cohere--command-a-reasoning"
USER = {"role": "user", "content": "weather in Rome?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
ASKED = {"role": "assistant", "tool_plan": "I look.", "tool_calls": [CALL]}


@pytest.fixture
def us(caller: Caller) -> Caller:
    return Caller(caller.simulator, "demo-us")


def chat(us: Caller, **body: Any) -> Got:
    return us.infer(COMMAND, "/v2/chat", {"model": COMMAND, "messages": [USER], **body})


def test_an_answer_thinks_and_speaks(us: Caller) -> None:
    body = chat(us).json

    assert [item["type"] for item in body["message"]["content"]] == ["thinking", "text"]
    assert body["finish_reason"] == "COMPLETE"
    assert body["usage"]["tokens"]["output_tokens"] > 0


def test_a_call_has_a_plan(us: Caller) -> None:
    body = chat(us, tools=[function("get_weather")], thinking={"type": "disabled"}).json

    assert body["finish_reason"] == "TOOL_CALL"
    assert body["message"]["tool_plan"] == "I use get_weather for that."
    assert json.loads(body["message"]["tool_calls"][0]["function"]["arguments"]) == {"city": "Rome"}


def test_the_events_of_a_stream_in_their_order(us: Caller) -> None:
    lines = chat(us, tools=[function("get_weather")], stream=True).text.split("\n\n")

    kinds = [json.loads(line[6:])["type"] for line in lines if line]
    assert list(dict.fromkeys(kinds)) == [
        "message-start", "content-start", "content-delta", "content-end", "tool-plan-delta", "tool-call-start",
        "tool-call-delta", "tool-call-end", "message-end",
    ]  # fmt: skip


def test_a_result_is_quoted(us: Caller) -> None:
    result = {
        "role": "tool",
        "tool_call_id": "c1",
        "content": [{"type": "document", "document": {"data": "sunny"}}],
    }

    body = chat(us, messages=[USER, ASKED, result], tools=[function("get_weather")]).json

    assert body["message"]["content"][-1]["text"] == "The tool answered: sunny"


@pytest.mark.parametrize(
    "changes",
    [
        {"messages": []},
        {"messages": [USER, {"role": "assistant", "content": "x"}]},
        {"messages": [USER, ASKED, USER]},
        {"messages": [USER, {"role": "tool", "tool_call_id": "c9", "content": "x"}]},
        {"messages": [USER, {"role": "assistant"}, USER]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]},
        {"tool_choice": "REQUIRED"},
        {"tool_choice": "auto", "tools": [function("a")]},
        {"tools": [function("a")], "response_format": {"type": "json_object"}},
        {"max_tokens": 99_000},
        {"p": 1.0},
        {"top_p": 0.5},
    ],
)
def test_what_is_wrong_is_refused(us: Caller, changes: dict[str, Any]) -> None:
    got = chat(us, **changes)

    assert got.status == 400
    assert got.json["message"].startswith("invalid request: ")


def test_another_model_is_not_found(us: Caller) -> None:
    assert chat(us, model="command-r").status == 404
