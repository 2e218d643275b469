from typing import Any

import pytest

from tests.simulator.caller import API_VERSION, Caller, function

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
USER = {"role": "user", "content": "hi"}
PNG_URL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgoAAAAN"}}


def refused(caller: Caller, model: str = "gpt-4o", **body: Any) -> dict[str, Any]:
    got = caller.infer(model, f"/chat/completions{API_VERSION}", {"messages": [USER], **body})
    assert got.status == 400, got.text
    error: dict[str, Any] = got.json["error"]
    return error


def test_missing_api_version_is_not_found(caller: Caller) -> None:
    assert caller.infer("gpt-4o", "/chat/completions", {"messages": [USER]}).status == 404


def test_unknown_field_is_named(caller: Caller) -> None:
    error = refused(caller, reasoning={"effort": "high"})

    assert error == {
        "message": "Unknown parameter: 'reasoning'.",
        "type": "invalid_request_error",
        "param": "reasoning",
        "code": "unknown_parameter",
    }


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": [{**USER, "cache_control": {"type": "ephemeral"}}]}, "messages[0].cache_control"),
        (
            {"messages": [USER, {"role": "assistant", "content": "a", "reasoning_content": "b"}]},
            "messages[1].reasoning_content",
        ),
        ({"stream": True, "stream_options": {"x": 1}}, "stream_options.x"),
        ({"tools": [{**function("f"), "cache_control": {}}]}, "tools[0].cache_control"),
    ],
)
def test_unknown_nested_field_is_named_by_its_path(caller: Caller, body: dict[str, Any], param: str) -> None:
    error = refused(caller, **body)

    assert (error["code"], error["param"]) == ("unknown_parameter", param)


def test_broken_json_is_refused_in_openais_words(caller: Caller) -> None:
    got = caller.infer("gpt-4o", f"/chat/completions{API_VERSION}", b'{"messages":')

    assert got.status == 400
    assert got.json["error"]["message"].startswith("We could not parse the JSON body")


def test_missing_messages_are_named(caller: Caller) -> None:
    got = caller.infer("gpt-4o", f"/chat/completions{API_VERSION}", {})

    assert got.json["error"]["code"] == "missing_required_parameter"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"messages": []}, "empty_array"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "invalid_value"),
        ({"messages": [{"role": "user", "content": {"a": 1}}]}, "invalid_type"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "invalid_value"),
        ({"stream": "yes"}, "invalid_type"),
        ({"temperature": 3}, "decimal_above_max_value"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "array_above_max_length"),
        ({"tools": []}, "empty_array"),
        ({"tools": [function("bad name")]}, "invalid_value"),
        ({"tools": [function("n" * 65)]}, "string_above_max_length"),
        ({"tools": [function("f", description="d" * 1025)]}, "string_above_max_length"),
        ({"tools": [function(f"f{number}") for number in range(129)]}, "array_above_max_length"),
        ({"tools": [function("f", {"type": "string"})]}, "invalid_function_parameters"),
        ({"tools": [function("f", strict=True)]}, "invalid_function_parameters"),
    ],
)
def test_shape_fault_has_its_code(caller: Caller, body: dict[str, Any], code: str) -> None:
    assert refused(caller, **body)["code"] == code


def test_wrong_type_is_told_with_both_types(caller: Caller) -> None:
    error = refused(caller, stream="yes")

    assert error["message"] == "Invalid type for 'stream': expected a boolean, but got a string instead."


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"max_tokens": 5}, "unsupported_parameter"),
        ({"temperature": 0.2}, "unsupported_value"),
        ({"presence_penalty": 1}, "unsupported_value"),
        ({"logprobs": True}, "unsupported_parameter"),
        ({"reasoning_effort": "none"}, "unsupported_value"),
    ],
)
def test_reasoning_models_refuse(caller: Caller, body: dict[str, Any], code: str) -> None:
    error = refused(caller, "gpt-5", **body)

    assert (error["code"], error["param"]) == (code, next(iter(body)))


def test_default_temperature_is_taken_by_reasoning_models(caller: Caller) -> None:
    assert caller.chat("gpt-5", "hi", temperature=1).status == 200


def test_effort_is_unknown_to_other_models(caller: Caller) -> None:
    assert refused(caller, reasoning_effort="low")["message"] == (
        "Unrecognized request argument supplied: reasoning_effort"
    )


def test_too_many_output_tokens_are_refused(caller: Caller) -> None:
    assert refused(caller, max_tokens=20_000)["message"].startswith("max_tokens is too large: 20000.")


def test_newest_models_refuse_tools_with_effort(caller: Caller) -> None:
    other = Caller(caller.simulator, "demo-us")

    error = refused(other, "gpt-5.4", tools=[function("f")], reasoning_effort="low")

    assert error["param"] == "reasoning_effort"
    assert "Please use /v1/responses instead." in error["message"]


def test_newest_models_take_tools_without_effort(caller: Caller) -> None:
    other = Caller(caller.simulator, "demo-us")

    assert other.chat("gpt-5.4", "hi", tools=[function("f")], reasoning_effort="none").status == 200


def test_lonely_tool_message_is_refused(caller: Caller) -> None:
    error = refused(caller, messages=[USER, {"role": "tool", "tool_call_id": "call_1", "content": "x"}])

    assert error["message"].startswith("Invalid parameter: messages with role 'tool' must be a response")


def test_call_without_result_is_refused(caller: Caller) -> None:
    error = refused(caller, messages=[USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}, USER])

    assert error["message"].endswith("did not have response messages: call_1")


def test_long_call_id_is_refused(caller: Caller) -> None:
    call = {**CALL, "id": "c" * 41}

    error = refused(caller, messages=[USER, {"role": "assistant", "content": None, "tool_calls": [call]}])

    assert error["param"] == "messages[1].tool_calls[0].id"


def test_image_outside_a_user_message_is_refused(caller: Caller) -> None:
    error = refused(caller, messages=[{"role": "system", "content": [PNG_URL]}, USER])

    assert "Image URLs are only allowed for messages with role 'user'" in error["message"]


def test_image_that_is_none_is_refused(caller: Caller) -> None:
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}

    assert refused(caller, messages=[{"role": "user", "content": [part]}])["code"] == "invalid_image_format"


def test_tool_choice_needs_tools(caller: Caller) -> None:
    assert refused(caller, tool_choice="auto")["param"] == "tool_choice"


def test_named_choice_must_exist(caller: Caller) -> None:
    choice = {"type": "function", "function": {"name": "other"}}

    assert refused(caller, tools=[function("f")], tool_choice=choice)["param"] == "tool_choice"


def test_stream_options_need_a_stream(caller: Caller) -> None:
    assert refused(caller, stream_options={"include_usage": True})["param"] == "stream_options"


def test_json_object_needs_the_word(caller: Caller) -> None:
    assert "must contain the word 'json'" in refused(caller, response_format={"type": "json_object"})["message"]


def test_strict_schema_needs_closed_objects(caller: Caller) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "out", "schema": schema, "strict": True}}

    assert "'additionalProperties' is required" in refused(caller, response_format=wanted)["message"]


def test_array_without_items_is_refused(caller: Caller) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array"}}}

    assert "array schema missing items" in refused(caller, tools=[function("f", schema)])["message"]


def test_too_long_prompt_has_the_known_code(caller: Caller) -> None:
    error = refused(caller, messages=[{"role": "user", "content": "x" * 600_000}])

    assert error["code"] == "context_length_exceeded"
    assert error["message"].startswith("This model's maximum context length is 128000 tokens.")


def test_embedding_model_does_not_chat(caller: Caller) -> None:
    assert refused(caller, "text-embedding-3-small")["code"] == "OperationNotSupported"


def test_deep_nesting_is_refused_as_broken_json(caller: Caller) -> None:
    got = caller.infer("gpt-4o", f"/chat/completions{API_VERSION}", b"[" * 100_000)

    assert got.status == 400
    assert got.json["error"]["message"].startswith("We could not parse the JSON body")
