"""Measured at SAP: how evenly requests are spread, that conversations stay together, and that limits are kept."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from proxy_core.settings.model import LimitSettings, ModelLimits
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from proxy_core.simulator.request_log import RequestLog, SeenRequest
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import World
from tests.end_to_end.four_dialects import EMBEDDINGS, WAYS, Way, calls_of, four_deployments, text_of
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_fault_reach import account, proxy_for
from tests.processes import wait_until

MODEL = "gpt-4o"
CHAT, STREAM = WAYS[:2]
SAID = "[[sim: say all is well]]"
LATENCY = Fault("stall", seconds=0.02)
"""What every call takes, so that the spread does not come from this computer's other work."""


class LongLog(RequestLog):
    """Keeps every request of a test, and when it came."""

    def __init__(self) -> None:
        super().__init__(most=10_000)
        self.came: list[tuple[str, float]] = []

    def add(self, request: SeenRequest) -> None:
        if request.deployment:
            self.came.append((request.deployment, time.monotonic()))
        super().add(request)


def world_with_long_log() -> World:
    world = four_deployments()
    world.requests = LongLog()
    return world


@contextmanager
def limited_stand(home: Path, queue: float = 15.0, **limits: int) -> Iterator[Stand]:
    settings = LimitSettings({MODEL: ModelLimits(**limits)}, learn=False, queue=queue)
    with running_stand(home, world=world_with_long_log(), limits=settings) as stand:
        yield stand


def ask_many(stand: Stand, way: Way, count: int, clients: int) -> list[int]:
    """The statuses of so many requests of so many clients; each says something of its own."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda number: way.ask(stand, f"{SAID} {number}").status, range(count)))


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

    assert abs(calls["near"] - 300) <= 15, calls


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


# --- limits


def sub_account_of(stand: Stand, deployment: str) -> str:
    found = stand.engine.router.table.models[MODEL].deployments
    return next(item.sub_account for item in found if item.id == deployment)


@pytest.mark.parametrize("way", [CHAT, STREAM], ids=str)
def test_no_more_than_so_many_are_at_sap_at_once_and_nobody_is_refused(tmp_path: Path, way: Way) -> None:
    """Two at once in each of two sub-accounts. A request is at SAP for as long as SAP holds its answer back."""
    held = 0.1
    with limited_stand(tmp_path, concurrency=2) as stand:
        stand.world.faults.set(ANY_DEPLOYMENT, Fault("stall", seconds=held))
        statuses = ask_many(stand, way, 32, 8)
        assert isinstance(stand.world.requests, LongLog)
        came = [(sub_account_of(stand, item), at) for item, at in stand.world.requests.came]

    assert statuses == [200] * 32
    for name in ("near", "far"):
        times = sorted(at for account, at in came if account == name)
        gaps = [third - first for first, third in zip(times, times[2:], strict=False)]
        assert len(times) >= 8
        assert min(gaps) >= held * 0.95


def early_in_the_minute() -> None:
    """SAP counts by the minute; a test must not see two."""
    left = 60 - time.time() % 60
    if left < 5:
        time.sleep(left)


def test_requests_per_minute_are_kept_before_sap_has_to_refuse(tmp_path: Path) -> None:
    with limited_stand(tmp_path, queue=0.0, requests_per_minute=5) as stand:
        early_in_the_minute()
        statuses = ask_many(stand, CHAT, 16, 4)
        refused = CHAT.ask(stand, SAID)
        calls = calls_of(stand)

    assert Counter(statuses) == {200: 10, 429: 6}
    assert sum(calls.values()) == 10
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.error["type"] == "rate_limit_error"


def test_each_call_that_a_list_of_texts_becomes_counts(tmp_path: Path) -> None:
    """Titan takes one text a call."""
    model, world = "amazon--titan-embed-text", world_with_long_log()
    world.deploy("near", model)
    limits = LimitSettings({model: ModelLimits(requests_per_minute=5)}, learn=False, queue=0.0)
    with running_stand(tmp_path, world=world, limits=limits) as stand:
        early_in_the_minute()
        asked = [stand.request("POST", "/v1/embeddings", {"model": model, "input": ["a"] * 3}) for _ in range(3)]
        calls = calls_of(stand)

    assert [answer.status for answer in asked] == [200, 200, 429]
    assert sum(calls.values()) == 6


def test_the_quota_that_sap_tells_is_kept(tmp_path: Path) -> None:
    world = world_with_long_log()
    world.switches.rate_limit = 4
    with running_stand(tmp_path, world=world, limits=LimitSettings(queue=0.0)) as stand:
        limits = stand.engine.dispatch.limits
        wait_until(lambda: limits.of("far", MODEL).requests_per_minute == 4, "the quota is learnt")
        wait_until(lambda: limits.of("near", MODEL).requests_per_minute == 4, "the quota is learnt")
        early_in_the_minute()
        statuses = ask_many(stand, CHAT, 12, 4)
        calls = calls_of(stand)

    assert Counter(statuses) == {200: 8, 429: 4}
    assert sum(calls.values()) == 8


def test_a_short_limit_is_waited_for_instead_of_a_refusal(tmp_path: Path) -> None:
    with limited_stand(tmp_path) as stand:
        stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", retry_after="1"))
        assert CHAT.ask(stand, SAID).status == 429
        stand.world.faults.clear()
        began = time.monotonic()
        statuses = ask_many(stand, CHAT, 8, 8)

    assert statuses == [200] * 8
    assert 0.5 < time.monotonic() - began < 10
