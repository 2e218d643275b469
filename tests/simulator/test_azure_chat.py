import json
from typing import Any

from tests.simulator.caller import API_VERSION, Caller, function

SHELL = function("bash", {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]})


def deltas(events: list[Any]) -> list[dict[str, Any]]:
    return [choice["delta"] for event in events if event != "[DONE]" for choice in event["choices"]]


def arguments(events: list[Any], index: int = 0) -> str:
    pieces = [piece for delta in deltas(events) for piece in delta.get("tool_calls", []) if piece["index"] == index]
    return "".join(piece["function"]["arguments"] for piece in pieces)


def test_answer_introduces_itself(caller: Caller) -> None:
    got = caller.chat("gpt-5", "hello")

    assert got.json["choices"][0]["message"]["content"].startswith("I am the simulated gpt-5 of the demo")


def test_answer_reports_the_dated_model(caller: Caller) -> None:
    assert caller.chat("gpt-5", "hello").json["model"] == "gpt-5-2025-08-07-dz-std"


def test_answer_has_filter_results(caller: Caller) -> None:
    body = caller.chat("gpt-4o", "hello").json

    assert body["prompt_filter_results"][0]["content_filter_results"]["hate"] == {
        "filtered": False,
        "severity": "safe",
    }
    assert "content_filter_results" in body["choices"][0]


def test_first_frame_has_empty_id_and_prompt_filter_results(caller: Caller) -> None:
    first = caller.chat("gpt-4o", "hello", stream=True).events[0]

    assert (first["id"], first["object"], first["choices"]) == ("", "", [])
    assert "prompt_filter_results" in first


def test_stream_says_the_same_as_the_whole_answer(caller: Caller) -> None:
    whole = caller.chat("gpt-4o", "hello").json["choices"][0]["message"]["content"]

    events = caller.chat("gpt-4o", "hello", stream=True).events

    assert "".join(delta.get("content") or "" for delta in deltas(events)) == whole
    assert events[-1] == "[DONE]"


def test_usage_frame_comes_only_when_asked(caller: Caller) -> None:
    without = caller.chat("gpt-4o", "hello", stream=True).events
    asked = caller.chat("gpt-4o", "hello", stream=True, stream_options={"include_usage": True}).events

    assert all("usage" not in event for event in without[:-1])
    assert asked[-2]["choices"] == []
    assert asked[-2]["usage"]["total_tokens"] > 0
    assert asked[-3]["usage"] is None


def test_usage_adds_up(caller: Caller) -> None:
    usage = caller.chat("gpt-5", "hello").json["usage"]

    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 0 < usage["completion_tokens_details"]["reasoning_tokens"] < usage["completion_tokens"]


def test_usage_can_be_directed(caller: Caller) -> None:
    text = '[[sim: usage {"input": 100, "output": 20, "cached": 64}]]'

    usage = caller.chat("gpt-4o", text).json["usage"]

    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (100, 20)
    assert usage["prompt_tokens_details"]["cached_tokens"] == 64


def test_tool_is_called_when_asked(caller: Caller) -> None:
    choice = caller.chat("gpt-4o", "run echo please", tools=[SHELL]).json["choices"][0]

    (call,) = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert json.loads(call["function"]["arguments"]) == {"command": "echo please"}


def test_tool_arguments_come_in_pieces(caller: Caller) -> None:
    events = caller.chat("gpt-4o", "run `ls -la`", tools=[SHELL], stream=True).events

    openings = [call for delta in deltas(events) for call in delta.get("tool_calls", []) if "id" in call]
    assert [opening["function"]["arguments"] for opening in openings] == [""]
    assert json.loads(arguments(events)) == {"command": "ls -la"}


def test_parallel_calls_rise_by_index(caller: Caller) -> None:
    tools = [SHELL, function("get_weather")]

    events = caller.chat("gpt-4o", "[[sim: parallel]]", tools=tools, stream=True).events

    assert json.loads(arguments(events, 0))
    assert json.loads(arguments(events, 1)) == {"city": "Berlin"}


def test_parallel_calls_can_be_forbidden(caller: Caller) -> None:
    got = caller.chat("gpt-4o", "[[sim: parallel]]", tools=[SHELL, function("x")], parallel_tool_calls=False)

    assert len(got.json["choices"][0]["message"]["tool_calls"]) == 1


def test_tool_result_is_quoted_without_another_call(caller: Caller) -> None:
    first = caller.chat("gpt-4o", "run echo please", tools=[SHELL]).json["choices"][0]["message"]
    call_id = first["tool_calls"][0]["id"]
    messages = [
        {"role": "user", "content": "run echo please"},
        {"role": "assistant", "content": first["content"], "tool_calls": first["tool_calls"]},
        {"role": "tool", "tool_call_id": call_id, "content": "please"},
    ]

    got = caller.infer("gpt-4o", f"/chat/completions{API_VERSION}", {"messages": messages, "tools": [SHELL]})

    choice = got.json["choices"][0]
    assert choice["message"]["content"] == "The tool answered: please"
    assert choice["finish_reason"] == "stop"


def test_forced_tool_is_called_without_text(caller: Caller) -> None:
    choice = {"type": "function", "function": {"name": "get_weather"}}

    message = caller.chat("gpt-4o", "hello", tools=[SHELL, function("get_weather")], tool_choice=choice).json[
        "choices"
    ][0]["message"]

    assert message["content"] is None
    assert message["tool_calls"][0]["function"]["name"] == "get_weather"


def test_choice_none_calls_nothing(caller: Caller) -> None:
    got = caller.chat("gpt-4o", "run echo please", tools=[SHELL], tool_choice="none")

    assert got.json["choices"][0]["finish_reason"] == "stop"


def test_limit_cuts_the_answer(caller: Caller) -> None:
    choice = caller.chat("gpt-4o", "hello", max_tokens=3).json["choices"][0]

    assert choice["finish_reason"] == "length"
    assert len(choice["message"]["content"]) == 12


def test_limit_may_end_within_the_arguments(caller: Caller) -> None:
    text = '[[sim: call bash {"command": "a long command that does not fit"}]]'

    choice = caller.chat("gpt-4o", text, tools=[SHELL], max_tokens=12).json["choices"][0]

    assert choice["finish_reason"] == "length"
    arguments_text = choice["message"]["tool_calls"][0]["function"]["arguments"]
    assert arguments_text
    assert not arguments_text.endswith("}")


def test_reasoning_may_use_up_the_limit(caller: Caller) -> None:
    choice = caller.chat("gpt-5", "[[sim: think 500]] hello", max_completion_tokens=20).json["choices"][0]

    assert (choice["finish_reason"], choice["message"]["content"]) == ("length", "")


def test_stop_sequence_ends_the_answer(caller: Caller) -> None:
    choice = caller.chat("gpt-4o", "[[sim: say one two three]]", stop="two").json["choices"][0]

    assert (choice["finish_reason"], choice["message"]["content"]) == ("stop", "one ")


def test_filtered_prompt_is_azures_400(caller: Caller) -> None:
    got = caller.chat("gpt-4o", "[[sim: filter prompt]]")

    assert got.status == 400
    assert got.json["error"]["innererror"]["code"] == "ResponsibleAIPolicyViolation"


def test_filtered_answer_says_so(caller: Caller) -> None:
    events = caller.chat("gpt-4o", "[[sim: filter]]", stream=True).events

    assert events[-2]["choices"][0]["finish_reason"] == "content_filter"


def test_refusal_is_its_own_member(caller: Caller) -> None:
    message = caller.chat("gpt-4o", "[[sim: refuse]]").json["choices"][0]["message"]

    assert message["content"] is None
    assert message["refusal"].startswith("I am sorry")


def test_schema_is_answered_with_fitting_json(caller: Caller) -> None:
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "count": {"type": "integer", "minimum": 3}},
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "out", "schema": schema}}

    got = caller.chat("gpt-4o", "hello", response_format=wanted)

    assert json.loads(got.json["choices"][0]["message"]["content"])["count"] >= 3


def test_images_are_counted(caller: Caller) -> None:
    parts = [
        {"type": "text", "text": "what is here?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgoAAAAN"}},
    ]
    body = {"messages": [{"role": "user", "content": parts}]}

    got = caller.infer("gpt-4o", f"/chat/completions{API_VERSION}", body)

    assert "I see 1 image." in got.json["choices"][0]["message"]["content"]


def test_several_answers_can_be_asked(caller: Caller) -> None:
    assert [choice["index"] for choice in caller.chat("gpt-4o", "hi", n=2).json["choices"]] == [0, 1]


def test_half_of_an_emoji_does_not_break_the_stream(caller: Caller) -> None:
    events = caller.chat("gpt-4o", "cut \ud83d here", stream=True).events

    assert "cut ? here" in "".join(delta.get("content") or "" for delta in deltas(events))
