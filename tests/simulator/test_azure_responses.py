import json
from typing import Any

import pytest

from tests.simulator.caller import Caller

TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}


def create(caller: Caller, text: Any = "hello", model: str = "gpt-5", **body: Any) -> dict[str, Any]:
    got = caller.infer(model, "/responses", {"input": text, **body})
    assert got.status == 200, got.text
    made: dict[str, Any] = got.json
    return made


def refused(caller: Caller, text: Any = "hello", model: str = "gpt-5", **body: Any) -> dict[str, Any]:
    got = caller.infer(model, "/responses", {"input": text, **body})
    assert got.status == 400, got.text
    error: dict[str, Any] = got.json["error"]
    return error


def stream(caller: Caller, text: Any = "hello", **body: Any) -> list[Any]:
    return caller.infer("gpt-5", "/responses", {"input": text, "stream": True, **body}).events


def kinds(response: dict[str, Any]) -> list[str]:
    return [item["type"] for item in response["output"]]


def test_answer_has_reasoning_and_message(caller: Caller) -> None:
    made = create(caller)

    assert kinds(made) == ["reasoning", "message"]
    assert made["status"] == "completed"
    assert made["usage"]["total_tokens"] == made["usage"]["input_tokens"] + made["usage"]["output_tokens"]


def test_api_version_is_optional(caller: Caller) -> None:
    assert caller.infer("gpt-5", "/responses?api-version=2025-04-01-preview", {"input": "hi"}).status == 200


def test_answer_has_content_filters(caller: Caller) -> None:
    assert [entry["source_type"] for entry in create(caller)["content_filters"]] == ["prompt", "completion"]


def test_events_count_up_and_end_completed(caller: Caller) -> None:
    events = stream(caller)

    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events[:3]] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
    ]
    assert events[-1]["type"] == "response.completed"


def test_stream_has_no_event_lines_and_no_done(caller: Caller) -> None:
    got = caller.infer("gpt-5", "/responses", {"input": "hi", "stream": True})

    assert "event:" not in got.text
    assert "[DONE]" not in got.text


def test_deltas_join_to_the_text(caller: Caller) -> None:
    events = stream(caller)

    text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    assert text == events[-1]["response"]["output"][-1]["content"][0]["text"]


def test_summary_comes_when_asked(caller: Caller) -> None:
    events = stream(caller, reasoning={"effort": "high", "summary": "auto"})

    text = "".join(event["delta"] for event in events if event["type"] == "response.reasoning_summary_text.delta")
    assert text == events[-1]["response"]["output"][0]["summary"][0]["text"]


def test_function_call_streams_its_arguments(caller: Caller) -> None:
    events = stream(caller, "weather in Paris?", tools=[TOOL])

    pieces = [event["delta"] for event in events if event["type"] == "response.function_call_arguments.delta"]
    done = next(event for event in events if event["type"] == "response.function_call_arguments.done")
    assert len(pieces) > 1
    assert "".join(pieces) == done["arguments"]
    assert json.loads(done["arguments"]) == {"city": "Paris"}


def test_tools_come_back_strict(caller: Caller) -> None:
    (tool,) = create(caller, tools=[TOOL])["tools"]

    assert tool["strict"] is True
    assert tool["parameters"]["additionalProperties"] is False
    assert tool["parameters"]["required"] == ["city"]


def test_tool_output_is_quoted(caller: Caller) -> None:
    first = create(caller, "weather in Paris?", tools=[TOOL], store=False, include=["reasoning.encrypted_content"])
    call = first["output"][-1]
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "15 C"}
    history = [{"role": "user", "content": "weather in Paris?"}, *first["output"], output]

    made = create(caller, history, tools=[TOOL])

    assert made["output"][-1]["content"][0]["text"] == "The tool answered: 15 C"


def test_a_sealed_thought_may_come_back_without_its_id_but_not_with_another(caller: Caller) -> None:
    first = create(caller, "weather in Paris?", tools=[TOOL], store=False, include=["reasoning.encrypted_content"])
    thought, *rest = first["output"]
    output = {"type": "function_call_output", "call_id": rest[-1]["call_id"], "output": "15 C"}
    bare = {key: value for key, value in thought.items() if key != "id"}

    made = create(caller, [{"role": "user", "content": "weather?"}, bare, *rest, output], tools=[TOOL])

    assert made["status"] == "completed"
    foreign = [{"role": "user", "content": "weather?"}, {**thought, "id": "rs_other"}, *rest, output]
    assert refused(caller, foreign)["code"] == "invalid_encrypted_content"


def test_previous_response_holds_the_conversation(caller: Caller) -> None:
    first = create(caller, "weather in Paris?", tools=[TOOL])
    output = {"type": "function_call_output", "call_id": first["output"][-1]["call_id"], "output": "15 C"}

    made = create(caller, [output], previous_response_id=first["id"], tools=[TOOL])

    assert "15 C" in made["output"][-1]["content"][0]["text"]


def test_a_kept_item_can_be_referred_to(caller: Caller) -> None:
    first = create(caller, "weather in Paris?", tools=[TOOL])
    references = [{"type": "item_reference", "id": item["id"]} for item in first["output"]]
    output = {"type": "function_call_output", "call_id": first["output"][-1]["call_id"], "output": "15 C"}

    made = create(caller, [{"role": "user", "content": "weather?"}, *references, output], tools=[TOOL])

    assert "15 C" in made["output"][-1]["content"][0]["text"]
    gone = caller.infer("gpt-5", "/responses", {"input": [{"type": "item_reference", "id": "msg_gone"}]})
    assert (gone.status, gone.json["error"]["message"]) == (404, "Item with id 'msg_gone' not found.")


def test_unstored_response_is_not_found_later(caller: Caller) -> None:
    first = create(caller, store=False)

    assert refused(caller, previous_response_id=first["id"])["code"] == "previous_response_not_found"


def test_stored_response_can_be_read_and_deleted(caller: Caller) -> None:
    path = f"/responses/{create(caller)['id']}"

    read = caller.infer("gpt-5", path, None, "GET")
    deleted = caller.infer("gpt-5", path, None, "DELETE")

    assert read.json["status"] == "completed"
    assert deleted.json["deleted"] is True
    assert caller.infer("gpt-5", path, None, "GET").status == 404


def test_background_is_queued_then_completed(caller: Caller) -> None:
    queued = create(caller, background=True)

    assert queued["status"] == "queued"
    assert caller.infer("gpt-5", f"/responses/{queued['id']}", None, "GET").json["status"] == "completed"


def test_synchronous_response_cannot_be_cancelled(caller: Caller) -> None:
    got = caller.infer("gpt-5", f"/responses/{create(caller)['id']}/cancel", None)

    assert got.status == 400
    assert got.json["error"]["message"] == "Cannot cancel a synchronous response."


def test_compaction_is_one_sealed_item_that_is_taken_back(caller: Caller) -> None:
    made = caller.infer("gpt-5", "/responses/compact", {"input": [{"role": "user", "content": "hi"}]}).json

    assert made["object"] == "response.compaction"
    assert [item.get("type") for item in made["output"]][-1] == "compaction"
    assert create(caller, [*made["output"], {"role": "user", "content": "on"}])["status"] == "completed"


def test_compaction_refuses_an_output_limit(caller: Caller) -> None:
    got = caller.infer("gpt-5", "/responses/compact", {"input": "hi", "max_output_tokens": 100})

    assert got.json["error"]["param"] == "max_output_tokens"


def test_limit_makes_it_incomplete(caller: Caller) -> None:
    events = stream(caller, "[[sim: words 200]]", max_output_tokens=40)

    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


def test_refusal_is_a_part_of_its_own(caller: Caller) -> None:
    assert create(caller, "[[sim: refuse]]")["output"][-1]["content"][0]["type"] == "refusal"


def test_foreign_tool_types_are_all_named(caller: Caller) -> None:
    tools = [TOOL, {"type": "web_search"}, {"type": "custom", "name": "x"}, {"type": "tool_search"}]

    assert refused(caller, tools=tools)["message"] == (
        "The following tool(s) are not allowed for model 'gpt-5': custom, tool_search and web_search."
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"client_metadata": {}}, "unknown_parameter"),
        ({"max_output_tokens": 5}, "integer_below_min_value"),
        ({"max_output_tokens": 200_000}, "integer_above_max_value"),
        ({"temperature": 0.2}, "unsupported_parameter"),
        ({"reasoning": {"effort": "xhigh"}}, "unsupported_value"),
        ({"include": ["everything"]}, "invalid_value"),
    ],
)
def test_rule_has_its_code(caller: Caller, body: dict[str, Any], code: str) -> None:
    assert refused(caller, **body)["code"] == code


def test_reasoning_is_unknown_to_other_models(caller: Caller) -> None:
    assert refused(caller, model="gpt-4o", reasoning={"summary": "auto"})["param"] == "reasoning.summary"


def test_assistant_text_must_be_output_text(caller: Caller) -> None:
    items = [
        {"role": "assistant", "content": [{"type": "input_text", "text": "x"}]},
        {"role": "user", "content": "hi"},
    ]

    assert "Supported values are: 'output_text' and 'refusal'." in refused(caller, items)["message"]


def test_call_without_output_is_refused(caller: Caller) -> None:
    items = [{"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}]

    assert refused(caller, items)["message"] == "No tool output found for function call call_1."


def test_output_without_call_is_refused(caller: Caller) -> None:
    items = [{"type": "function_call_output", "call_id": "call_1", "output": "x"}]

    assert refused(caller, items)["message"].startswith("No tool call found for function call output")


def test_altered_reasoning_is_refused(caller: Caller) -> None:
    items = [
        {"role": "user", "content": "a"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAforeign"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]

    assert refused(caller, items)["code"] == "invalid_encrypted_content"


def test_empty_tools_are_taken(caller: Caller) -> None:
    assert create(caller, tools=[])["tools"] == []
