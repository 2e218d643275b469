"""Mistakes in bodies of the OpenAI dialects: a 400 that names the field, and SAP never hears of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.stand import Stand
from tests.end_to_end.test_bad_input import CHAT_BODY, PICTURE, Place, changed, places, written
from tests.end_to_end.test_conversations import PDF

RESPONSES_BODY: dict[str, Any] = {
    "instructions": "be brief",
    "input": [
        {"type": "message", "role": "developer", "content": "s"},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "hi"},
                {"type": "input_image", "image_url": PICTURE, "detail": "low"},
                {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
            ],
        },
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "ok", "annotations": [], "logprobs": []}],
        },
        {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "15"},
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "b", "name": "patch", "input": "x"},
        {"type": "custom_tool_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "y"}]},
        {"role": "user", "content": "x"},
    ],
    "tools": [
        {
            "type": "function",
            "name": "weather",
            "description": "d",
            "parameters": {"type": "object"},
            "strict": False,
        },
        {"type": "custom", "name": "patch", "description": "d"},
        {
            "type": "namespace",
            "name": "agents",
            "tools": [{"type": "function", "name": "spawn", "description": "d"}],
        },
    ],
    "tool_choice": {"type": "function", "name": "weather"},
    "parallel_tool_calls": True,
    "max_output_tokens": 3000,
    "temperature": 1,
    "top_p": 1,
    "stream": False,
    "store": False,
    "background": False,
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "text": {"format": {"type": "json_schema", "name": "p", "schema": {"type": "object"}}, "verbosity": "low"},
    "truncation": "auto",
    "metadata": {"a": "b"},
    "user": "u",
    "safety_identifier": "s",
    "prompt_cache_key": "k",
    "service_tier": "auto",
    "max_tool_calls": 3,
    "top_logprobs": 0,
}
COMPACT_BODY = {key: RESPONSES_BODY[key] for key in ("instructions", "input", "tools", "stream")}
BODIES = {
    "/v1/chat/completions": CHAT_BODY,
    "/v1/responses": RESPONSES_BODY,
    "/v1/responses/compact": COMPACT_BODY,
}
BROKEN = {"type": "object", "properties": None}
MODELS = ("gpt-5", "anthropic--claude-4.6-opus", "gemini-2.5-pro", "mistralai--mistral-medium-instruct")
WRONG: tuple[Any, ...] = (7, 7.5, "x", True, [7], {"a": 7})
SCHEMAS = ("parameters", "schema")


def mistakes(template: dict[str, Any]) -> Iterator[tuple[Place, Any]]:
    """Each place with values of another type than the right one; not within schemas, which are the client's own."""
    for place in places(template):
        right: Any = template
        for key in place:
            right = right[key]
        if not any(word in place[:-1] for word in SCHEMAS):
            yield from ((place, wrong) for wrong in WRONG if type(wrong) is not type(right))


@pytest.mark.parametrize("model", MODELS[:3])
@pytest.mark.parametrize("path", BODIES)
def test_a_wrong_type_is_named_and_never_reaches_sap(stand: Stand, path: str, model: str) -> None:
    body = {"model": model, **BODIES[path]}
    assert stand.request("POST", path, body).status == 200
    for place, wrong in mistakes(BODIES[path]):
        stand.world.requests.clear()
        answer = stand.request("POST", path, changed(body, place, wrong))
        said = f"{written(place)} = {wrong!r}: {answer.status} {answer.body[:300]!r}"
        if answer.status == 200:
            continue
        assert answer.status == 400, said
        param = answer.json()["error"]["param"] or "?"
        assert param.startswith(written(place)) or written(place).startswith(param), said
        assert stand.inference_bodies() == [], said


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("path", "wrong", "param"),
    [
        ("/v1/chat/completions", {"temperature": 3}, "temperature"),
        ("/v1/chat/completions", {"top_p": -1}, "top_p"),
        ("/v1/chat/completions", {"n": 0}, "n"),
        ("/v1/chat/completions", {"metadata": {"a": 1}}, "metadata.a"),
        ("/v1/chat/completions", {"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ("/v1/chat/completions", {"response_format": {"type": "xml"}}, "response_format.type"),
        (
            "/v1/chat/completions",
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": BROKEN}}]},
            "tools[0].function.parameters.properties",
        ),
        (
            "/v1/responses",
            {"tools": [{"type": "function", "name": "f", "parameters": BROKEN}]},
            "tools[0].parameters.properties",
        ),
        ("/v1/responses", {"temperature": 3}, "temperature"),
        ("/v1/responses", {"max_output_tokens": 0}, "max_output_tokens"),
        ("/v1/responses", {"truncation": "sometimes"}, "truncation"),
        ("/v1/responses", {"include": "all"}, "include"),
        (
            "/v1/responses",
            {"input": [{"role": "user", "content": [{"type": "video"}]}]},
            "input[0].content[0].type",
        ),
        (
            "/v1/responses",
            {"input": [{"role": "user", "content": [{"type": "input_image"}]}]},
            "input[0].content[0].image_url",
        ),
        ("/v1/responses", {"input": [{"content": "x"}]}, "input[0].role"),
        ("/v1/responses", {"input": [{"type": "function_call", "name": "f"}]}, "input[0].call_id"),
        ("/v1/responses", {"input": [], "instructions": "x"}, "input"),
        ("/v1/responses", {"text": {"format": {"type": "json_schema", "name": "p"}}}, "text.format.schema"),
        ("/v1/responses/compact", {"instructions": 7}, "instructions"),
        ("/v1/responses/compact", {"input": 7}, "input"),
        ("/v1/responses/compact", {"stream": True}, "stream"),
    ],
)
def test_a_wrong_value_is_named_and_never_reaches_sap(
    stand: Stand, model: str, path: str, wrong: dict[str, Any], param: str
) -> None:
    body = {"input": "a"} if "responses" in path else {"messages": [{"role": "user", "content": "a"}]}
    answer = stand.request("POST", path, {"model": model, **body, **wrong})

    assert (answer.status, answer.json()["error"]["param"]) == (400, param)
    assert stand.inference_bodies() == []


@pytest.mark.parametrize("model", MODELS[:3])
@pytest.mark.parametrize("path", BODIES)
def test_a_null_in_an_optional_field_is_no_mistake(stand: Stand, path: str, model: str) -> None:
    body = {"model": model, **BODIES[path]}
    needed = {"messages", "input"}
    answer = stand.request("POST", path, {**body, **dict.fromkeys(body.keys() - needed - {"model"})})

    assert answer.status == 200, answer.body


@pytest.mark.parametrize("model", MODELS[:3])
@pytest.mark.parametrize("identity", [None, 7, "nonsense"])
def test_an_id_that_is_none_stays_behind(stand: Stand, model: str, identity: Any) -> None:
    said = {"type": "message", "id": identity, "status": None, "role": "assistant", "content": "ok"}
    body = {"model": model, "input": [{"role": "user", "content": "a"}, said, {"role": "user", "content": "b"}]}

    assert stand.request("POST", "/v1/responses", body).status == 200
