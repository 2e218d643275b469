"""Mistral on vLLM and Titan embeddings."""

import base64
import json
import struct
from typing import Any

import pytest

from tests.simulator.caller import API_VERSION, Caller, function

MISTRAL = "mistralai--mistral-small"
TITAN = "amazon--titan-embed-text"
USER = {"role": "user", "content": "hi"}


def mistral(caller: Caller, **body: Any) -> Any:
    return caller.infer(MISTRAL, "/chat/completions", {"model": MISTRAL, "messages": [USER], **body})


def call(call_id: str) -> dict[str, Any]:
    calls = [{"id": call_id, "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def test_plain_answer_has_empty_tool_calls(caller: Caller) -> None:
    message = mistral(caller).json["choices"][0]["message"]

    assert message["tool_calls"] == []
    assert message["content"].startswith("I am the simulated mistralai--mistral-small")


def test_tool_call_finishes_with_stop(caller: Caller) -> None:
    body = {"messages": [{"role": "user", "content": "weather?"}], "tools": [function("get_weather")]}

    choice = mistral(caller, **body).json["choices"][0]

    assert choice["finish_reason"] == "stop"
    assert len(choice["message"]["tool_calls"][0]["id"]) == 9


def test_stream_holds_the_call(caller: Caller) -> None:
    body = {
        "messages": [{"role": "user", "content": "weather?"}],
        "tools": [function("get_weather")],
        "stream": True,
    }

    events = mistral(caller, **body).events

    pieces = [
        piece["function"]["arguments"]
        for event in events[:-1]
        for choice in event["choices"]
        for piece in choice["delta"].get("tool_calls", [])
    ]
    assert json.loads("".join(pieces)) == {"city": "Berlin"}
    assert events[-1] == "[DONE]"


def test_other_model_name_does_not_exist(caller: Caller) -> None:
    got = mistral(caller, model="gpt-5")

    assert got.status == 404
    assert got.json["message"] == "The model `gpt-5` does not exist."


def test_missing_model_is_refused(caller: Caller) -> None:
    got = caller.infer(MISTRAL, "/chat/completions", {"messages": [USER]})

    assert (got.status, got.json["object"]) == (400, "error")


def test_unknown_fields_are_ignored(caller: Caller) -> None:
    assert mistral(caller, something=1).status == 200


@pytest.mark.parametrize(
    "messages",
    [
        [USER, USER],
        [{"role": "assistant", "content": "x"}],
        [USER, {"role": "assistant", "content": "x"}],
        [USER, {"role": "system", "content": "x"}, USER],
        [{"role": "developer", "content": "x"}, USER],
    ],
)
def test_wrong_order_of_roles_is_refused(caller: Caller, messages: list[dict[str, Any]]) -> None:
    assert mistral(caller, messages=messages).status == 400


def test_foreign_call_id_is_refused(caller: Caller) -> None:
    messages = [USER, call("call_123456"), {"role": "tool", "tool_call_id": "call_123456", "content": "x"}]

    assert "with a length of 9" in mistral(caller, messages=messages).json["message"]


def test_mistral_call_id_is_taken(caller: Caller) -> None:
    messages = [USER, call("abcdef123"), {"role": "tool", "tool_call_id": "abcdef123", "content": "x"}]

    assert mistral(caller, messages=messages).json["choices"][0]["message"]["content"] == "The tool answered: x"


def test_titan_gives_one_vector(caller: Caller) -> None:
    got = caller.infer(TITAN, "/invoke", {"inputText": "Who am I?"})

    assert len(got.json["embedding"]) == 1_024
    assert got.json["inputTextTokenCount"] == 3


def test_titan_vector_has_the_asked_size(caller: Caller) -> None:
    assert len(caller.infer(TITAN, "/invoke", {"inputText": "x", "dimensions": 256}).json["embedding"]) == 256


@pytest.mark.parametrize("body", [{}, {"inputText": ""}, {"inputText": ["a"]}, {"inputText": "x", "input": 1}])
def test_titan_refuses_with_bedrocks_error(caller: Caller, body: dict[str, Any]) -> None:
    got = caller.infer(TITAN, "/invoke", body)

    assert got.status == 400
    assert got.json["message"].startswith("Malformed input request: ")
    assert got.headers["x-amzn-errortype"].startswith("ValidationException")


def embed(caller: Caller, **body: Any) -> Any:
    return caller.infer("text-embedding-3-small", f"/embeddings{API_VERSION}", body)


def test_embeddings_take_a_list(caller: Caller) -> None:
    body = embed(caller, input=["a", "b"]).json

    assert [entry["index"] for entry in body["data"]] == [0, 1]
    assert len(body["data"][0]["embedding"]) == 1_536


def test_embeddings_in_base64_are_the_same_floats(caller: Caller) -> None:
    floats = embed(caller, input="a", dimensions=8).json["data"][0]["embedding"]
    packed = embed(caller, input="a", dimensions=8, encoding_format="base64").json["data"][0]["embedding"]

    assert struct.unpack("<8f", base64.b64decode(packed)) == pytest.approx(floats, rel=1e-5)


def test_embeddings_take_tokens(caller: Caller) -> None:
    assert embed(caller, input=[[1, 2, 3], [4]]).json["usage"]["prompt_tokens"] == 4


@pytest.mark.parametrize("given", ["", [], [""], 5])
def test_wrong_embedding_input_is_refused(caller: Caller, given: Any) -> None:
    assert embed(caller, input=given).status == 400
