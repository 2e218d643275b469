"""What the proxy mends when orchestration refuses within a stream, or within an answer of status 200."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_conversations import ANTHROPIC_TOOL, chat, message, streamed_or_not

GPT, CLAUDE, NOVA = "gpt-5.5", "anthropic--claude-4.7-opus", "amazon--nova-pro"
HELLO: list[Any] = [{"role": "user", "content": "[[sim: say well]]"}]
OF_CONVERSE = (
    "The model returned the following errors: Malformed input request: #/inferenceConfig: extraneous key [topK] is "
    "not permitted, please reformat your input and try again."
)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stand]:
    """A stand of its own, for what the proxy remembers."""
    with running_stand(tmp_path) as stand:
        stand.reset()
        yield stand


def refuse(stand: Stand, message: str, *, stream: bool, times: int | None = 1) -> None:
    """SAP answers 200, and then the error."""
    body = json.dumps({"error": {"request_id": "1", "code": 400, "message": message, "location": "LLM Module"}})
    text = f"data: {body}\n\n" if stream else body
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=200, text=text, times=times))


def params(stand: Stand) -> list[Any]:
    return [body["config"]["modules"]["prompt_templating"]["model"]["params"] for body in stand.inference_bodies()]


@streamed_or_not
def test_a_field_that_is_refused_after_a_200_is_left_out(fresh: Stand, stream: bool) -> None:
    refuse(fresh, "400 - LLM Module: seed: Extra inputs are not permitted.", stream=stream)

    answers = [chat(fresh, stream, model=GPT, messages=HELLO, seed=7) for _ in range(2)]

    assert [answer.choices[0].message.content for answer in answers] == ["well", "well"]
    assert ["seed" in sent for sent in params(fresh)] == [True, False, False]


@pytest.mark.parametrize(
    "words", ["Unknown field for GenerationConfig: seed", "Unsupported parameter: 'seed' is unknown."]
)
def test_a_field_is_known_by_the_words_of_each_vendor(fresh: Stand, words: str) -> None:
    refuse(fresh, f"400 - LLM Module: {words}", stream=True)

    answer = chat(fresh, stream=True, model=GPT, messages=HELLO, seed=7)

    assert answer.choices[0].message.content == "well"
    assert ["seed" in sent for sent in params(fresh)] == [True, False]


def test_a_refused_value_is_left_out_of_this_request_only(fresh: Stand) -> None:
    refuse(fresh, "400 - LLM Module: Unsupported value: 'seed' does not support 7.", stream=True)

    for _ in range(2):
        chat(fresh, stream=True, model=GPT, messages=HELLO, seed=7)

    assert ["seed" in sent for sent in params(fresh)] == [True, False, True]


def test_a_field_that_converse_names_without_its_holder_is_left_out(fresh: Stand) -> None:
    fault = Fault("status", status=400, text=json.dumps({"message": OF_CONVERSE}), times=1)
    fresh.world.faults.set(ANY_DEPLOYMENT, fault)

    body = {"model": NOVA, "max_tokens": 99, "messages": HELLO, "top_k": 5}
    answer = fresh.request("POST", "/v1/messages", body)

    fields = [body.get("additionalModelRequestFields") for body in fresh.inference_bodies()]
    assert answer.json()["content"][0]["text"] == "well"
    assert fields == [{"inferenceConfig": {"topK": 5}}, {"inferenceConfig": {}}]


@streamed_or_not
def test_thoughts_whose_proof_is_refused_stay_behind(fresh: Stand, stream: bool) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Rom"}}
    thought = {"type": "thinking", "thinking": "Rome.", "signature": "signed-elsewhere"}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "15 C"}
    messages: list[Any] = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": [thought, call]},
        {"role": "user", "content": [result]},
    ]

    answer = message(fresh, stream, model=CLAUDE, max_tokens=4000, messages=messages, tools=[ANTHROPIC_TOOL])

    sent = [json.dumps(body) for body in fresh.inference_bodies()]
    assert "15 C" in answer.content[-1].text
    assert ["signed-elsewhere" in body for body in sent] == [True, False]


def test_a_model_that_may_not_stream_is_found_out_within_the_stream(fresh: Stand) -> None:
    refuse(fresh, "400 - LLM Module: Streaming is not supported for this model", stream=True)

    answer = chat(fresh, stream=True, model=GPT, messages=HELLO)

    assert answer.choices[0].message.content == "well"
    assert [body["config"].get("stream") for body in fresh.inference_bodies()] == [{"enabled": True}, None]


@streamed_or_not
def test_a_model_that_one_deployment_does_not_reach_is_asked_of_the_other(fresh: Stand, stream: bool) -> None:
    body = {"error": {"code": 400, "message": "400 - Request Body: Model gpt-5.5 not supported."}}
    fresh.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=400, text=json.dumps(body), times=1))

    answer = chat(fresh, stream, model=GPT, messages=HELLO)

    paths = [seen.path for seen in fresh.world.requests.inference()]
    assert answer.choices[0].message.content == "well"
    assert len(set(paths)) == 2


def test_a_model_that_no_deployment_reaches_is_not_found(fresh: Stand) -> None:
    refuse(fresh, "400 - LLM Module: Model gpt-5.5 in version 9 not found.", stream=True, times=None)

    with pytest.raises(openai.NotFoundError) as refused:
        chat(fresh, stream=True, model=GPT, messages=HELLO)

    assert refused.value.code == "model_not_found"


def test_a_field_that_is_refused_for_ever_is_told_with_the_model_s_words(fresh: Stand) -> None:
    refuse(fresh, "400 - LLM Module: seed: Extra inputs are not permitted.", stream=True, times=None)

    with pytest.raises(openai.BadRequestError) as refused:
        chat(fresh, stream=True, model=GPT, messages=HELLO, seed=7)

    assert "seed: Extra inputs are not permitted" in str(refused.value)
    assert len(fresh.inference_bodies()) == 2
