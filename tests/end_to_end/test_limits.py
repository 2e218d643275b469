"""Limits, configured or learnt, measured at SAP: kept before SAP has to refuse, and without avoidable refusals."""

import time
from collections import Counter
from pathlib import Path

import pytest

from proxy_core.settings.model import LimitSettings, ModelLimits
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.four_dialects import WAYS, Way, calls_of
from tests.end_to_end.measuring import (
    MODEL,
    SAID,
    LongLog,
    ask_many,
    limited_stand,
    sub_account_of,
    world_with_long_log,
)
from tests.end_to_end.stand import running_stand
from tests.processes import wait_until

CHAT, STREAM = WAYS[:2]


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
