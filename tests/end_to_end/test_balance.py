"""Measured at SAP: how evenly requests are spread, and that conversations stay together."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from proxy_core.simulator.server import Simulator
from tests.end_to_end.four_dialects import EMBEDDINGS, WAYS, Way, calls_of, text_of
from tests.end_to_end.measuring import (
    MODEL,
    SAID,
    ask_many,
    limited_stand,
    sub_account_of,
    world_with_long_log,
)
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_fault_reach import account, proxy_for
from tests.processes import wait_until

CHAT, STREAM = WAYS[:2]
LATENCY = Fault("stall", seconds=0.02)
"""What every call takes, so that the spread does not come from this computer's other work."""


# --- spread


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("balance"), world=world_with_long_log()) as stand:
        yield stand


@pytest.fixture
def stand(running: Stand) -> Stand:
    running.reset()
    return running


def test_a_thousand_requests_of_sixteen_clients_are_spread_evenly(stand: Stand) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, LATENCY)
    assert set(ask_many(stand, CHAT, 500, 16)) == {200}
    assert set(ask_many(stand, STREAM, 500, 16)) == {200}

    calls = calls_of(stand)
    assert sum(calls.values()) == 1000
    assert len(calls) == 4
    assert all(abs(count - 250) <= 0.05 * 250 for count in calls.values()), calls


def test_vectors_are_spread_evenly_too(stand: Stand) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, LATENCY)
    assert set(ask_many(stand, EMBEDDINGS, 400, 16)) == {200}

    assert all(abs(count - 100) <= 10 for count in calls_of(stand).values()), calls_of(stand)


@contextmanager
def unequal_stand(home: Path, near: Mapping[str, int], far: Mapping[str, int]) -> Iterator[Stand]:
    with Simulator(world_with_long_log()) as sap:
        accounts = account(sap, "near", **near), account(sap, "far", **far)
        with proxy_for(home, *accounts) as engine:
            yield Stand(sap.world, engine)


def by_sub_account(stand: Stand) -> Counter[str]:
    calls: Counter[str] = Counter()
    for item, count in calls_of(stand).items():
        calls[sub_account_of(stand, item)] += count
    return calls


def test_weights_decide_the_shares(tmp_path: Path) -> None:
    with unequal_stand(tmp_path, {"weight": 3}, {"weight": 1}) as stand:
        stand.world.faults.set(ANY_DEPLOYMENT, LATENCY)
        assert set(ask_many(stand, CHAT, 400, 16)) == {200}
        calls = by_sub_account(stand)

    assert abs(calls["near"] - 300) <= 30, calls  # equal shares were 200


def test_priorities_decide_who_is_asked_at_all(tmp_path: Path) -> None:
    with unequal_stand(tmp_path, {"priority": 2}, {"priority": 1}) as stand:
        assert set(ask_many(stand, CHAT, 40, 8)) == {200}
        before = by_sub_account(stand)
        for item in stand.deployments(MODEL):
            if sub_account_of(stand, item) == "far":
                stand.world.faults.set(item, Fault("status", retry_after="50"))
        assert set(ask_many(stand, CHAT, 40, 8)) == {200}
        after = by_sub_account(stand)

    assert before == {"far": 40}
    assert after["near"] == 40


# --- conversations


Conversation = Callable[[int], tuple[dict[str, str], dict[str, Any], str]]
"""By number: headers and fields of each of its requests, and how it begins."""


def by_head(number: int) -> tuple[dict[str, str], dict[str, Any], str]:
    return {}, {}, f"This is talk {number}."


def by_header(name: str) -> Conversation:
    return lambda number: ({name: f"0000-session-{number}"}, {}, "Hello.")


def by_cache_key(number: int) -> tuple[dict[str, str], dict[str, Any], str]:
    return {}, {"prompt_cache_key": f"cache-{number}"}, "Hello."


def by_user_id(number: int) -> tuple[dict[str, str], dict[str, Any], str]:
    user = json.dumps({"device_id": "d", "session_id": f"5d0e84d1-0000-session-{number}"})
    return {}, {"metadata": {"user_id": user}}, "Hello."


CONVERSATIONS: Mapping[str, tuple[Way, Conversation]] = {
    "chat-head": (Way("chat", MODEL), by_head),
    "messages-head": (Way("messages", "anthropic--claude-4.5-sonnet", stream=True), by_head),
    "responses-head": (Way("responses", "gpt-5", stream=True), by_head),
    "gemini-head": (Way("gemini", "gemini-2.5-pro", stream=True), by_head),
    "claude-code-header": (
        Way("messages", "anthropic--claude-4.5-sonnet", stream=True),
        by_header("X-Claude-Code-Session-Id"),
    ),
    "claude-code-user-id": (Way("messages", "anthropic--claude-4.5-sonnet"), by_user_id),
    "opencode-header": (Way("chat", MODEL, stream=True), by_header("X-Session-Affinity")),
    "codex-header": (Way("responses", "gpt-5", stream=True), by_header("Session-Id")),
    "chat-cache-key": (Way("chat", MODEL, stream=True), by_cache_key),
    "responses-cache-key": (Way("responses", "gpt-5"), by_cache_key),
}


def talk(way: Way, head: str, turn: int, mark: str) -> dict[str, Any]:
    """The conversation's turns so far. A system prompt with the mark makes its calls known at SAP."""
    answer = "model" if way.dialect == "gemini" else "assistant"
    turns = [("user", f"{SAID} {head}")]
    for number in range(1, turn):
        turns += [(answer, "all is well"), ("user", f"{SAID} And {number}?")]
    messages = [{"role": role, "content": text} for role, text in turns]
    match way.dialect:
        case "gemini":
            contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
            return {"contents": contents, "systemInstruction": {"parts": [{"text": mark}]}}
        case "responses":
            return {"input": messages, "instructions": mark}
        case "messages":
            return {"messages": messages, "system": mark}
        case _:
            return {"messages": [{"role": "system", "content": mark}, *messages]}


def converse(stand: Stand, way: Way, conversation: Conversation, number: int, turns: range) -> None:
    headers, fields, head = conversation(number)
    for turn in turns:
        heard = way.ask(stand, "", headers, **talk(way, head, turn, mark_of(number)), **fields)
        assert (heard.status, text_of(heard)) == (200, "all is well")


def mark_of(number: int) -> str:
    return f"Mark {number} of the test."


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_twenty_conversations_stay_where_they_began(stand: Stand, name: str) -> None:
    way, conversation = CONVERSATIONS[name]
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: converse(stand, way, conversation, number, range(1, 7)), range(20)))

    homes = [calls_of(stand, mark_of(number)) for number in range(20)]
    assert [list(home.values()) for home in homes] == [[6]] * 20
    assert len({item for home in homes for item in home}) == 4


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation_moves_when_its_deployment_is_limited_and_stays_there(stand: Stand, name: str) -> None:
    way, conversation = CONVERSATIONS[name]
    converse(stand, way, conversation, 77, range(1, 3))
    [home] = calls_of(stand)
    stand.world.faults.set(home, Fault("status", retry_after="50", times=1))

    converse(stand, way, conversation, 77, range(3, 6))
    stand.engine.dispatch.reset()
    converse(stand, way, conversation, 77, range(6, 9))

    calls = calls_of(stand)
    assert calls.pop(home) == 3  # two good ones, and the one that met the limit
    assert list(calls.values()) == [6]


def test_a_conversation_goes_elsewhere_while_its_deployment_may_not_be_asked_more(tmp_path: Path) -> None:
    with limited_stand(tmp_path, concurrency=1) as stand:
        converse(stand, CHAT, by_head, 1, range(1, 3))
        [home] = calls_of(stand)
        stand.world.faults.set(home, Fault("stall", seconds=2.0, times=1))
        with ThreadPoolExecutor(2) as pool:
            slow = pool.submit(converse, stand, CHAT, by_head, 1, range(3, 4))
            wait_until(lambda: calls_of(stand)[home] == 3, "the home is busy")
            converse(stand, CHAT, by_head, 1, range(4, 5))
            assert not slow.done()

    assert len(calls_of(stand)) == 2
