"""One streamed response, also when it moves to another deployment after the client had a sign of life."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from proxy_core.engine import EngineOptions
from proxy_core.settings.model import TimeoutSettings
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_responses import TWICE, WEATHER, ask, outputs, text_of
from tests.responses_grammar import events_of

SILENT = Fault("stall", where="middle", after_frames=2, seconds=2.5)
"""Two frames of Azure tell the id, and nothing yet of the answer; then the proxy loses patience."""


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    options = EngineOptions(keep_alive_seconds=0.2)
    limits = TimeoutSettings(connect=2.0, first_byte=1.0, idle=0.6)
    with running_stand(tmp_path_factory.mktemp("hasty"), options=options, timeouts=limits) as stand:
        yield stand


@pytest.fixture(autouse=True)
def healthy(hasty: Stand) -> None:
    hasty.reset()


def ids_of(events: list[Any]) -> set[str]:
    return {event["response"]["id"] for event in events if "response" in event}


def ask_moved(hasty: Stand, **body: Any) -> list[Any]:
    """The events of an answer whose first deployment failed after a sign of life."""
    hasty.world.faults.set(ANY_DEPLOYMENT, replace(SILENT, times=1))
    sent = {"model": "gpt-4o", "input": "[[sim: say hello there]]", "stream": True, **body}
    events = events_of(hasty.request("POST", "/v1/responses", sent).body)
    assert len(hasty.inference_bodies()) == 2
    assert [event["type"] for event in events].count("response.created") >= 2
    return events


def test_the_id_that_was_heard_first_stays(hasty: Stand) -> None:
    events = ask_moved(hasty)

    assert events[-1]["type"] == "response.completed"
    assert text_of(events[-1]["response"]) == "hello there"
    assert len(ids_of(events)) == 1


def test_a_client_goes_on_from_the_id_that_it_heard(hasty: Stand) -> None:
    call = '[[sim: call weather {"city": "Köln"}]]'
    response = ask_moved(hasty, input=call, tools=[WEATHER])[-1]["response"]

    after = ask(hasty, "gpt-4o", outputs(response, "15 C"), previous_response_id=response["id"], tools=[WEATHER])
    assert "15 C" in text_of(after)
    assert hasty.request("GET", f"/v1/responses/{response['id']}").json()["id"] == response["id"]


def test_the_sdk_gathers_a_response_that_moved(hasty: Stand) -> None:
    hasty.world.faults.set(ANY_DEPLOYMENT, replace(SILENT, times=1))
    with hasty.openai().responses.stream(model="gpt-4o", input="[[sim: say hello there]]") as stream:
        told = {event.response.id for event in stream if hasattr(event, "response")}

    assert len(told) == 1
    assert stream.get_final_response().output_text == "hello there"


def test_the_failure_of_all_deployments_is_told_of_the_response_that_was_heard(hasty: Stand) -> None:
    hasty.world.faults.set(ANY_DEPLOYMENT, SILENT)
    sent = {"model": "gpt-4o", "input": "hello", "stream": True}
    events = events_of(hasty.request("POST", "/v1/responses", sent).body)

    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert len(ids_of(events)) == 1


@pytest.mark.parametrize("model", TWICE[1:])
def test_a_response_that_goes_on_from_another_one_says_so(hasty: Stand, model: str) -> None:
    first = ask(hasty, model, "hello")
    second = ask(hasty, model, "more", previous_response_id=first["id"])

    assert second["previous_response_id"] == first["id"]
    assert "hello" in json.dumps(hasty.inference_bodies()[-1])


def test_a_mistake_in_the_conversation_is_told_of_the_input(hasty: Stand) -> None:
    result = {"type": "function_call_output", "call_id": "call_1", "output": "15 C"}
    answer = hasty.request("POST", "/v1/responses", {"model": "gemini-2.5-pro", "input": [result]})

    assert (answer.status, answer.json()["error"]["param"]) == (400, "input")
