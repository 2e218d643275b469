"""Counts by key and day, and the file they stand in."""

import itertools
import json
import logging
import stat
import threading
from pathlib import Path

import pytest

from proxy_core.server.token_ledger import TokenLedger
from tests.clock import Clock

LOG = logging.getLogger("tests.token_ledger")
NOON = 1_764_072_000.0
"""2025-11-25 12:00 UTC."""
HALF_A_DAY = 43_200


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "token_counts.json"


@pytest.fixture
def ledger(path: Path, clock: Clock) -> TokenLedger:
    return TokenLedger(path, LOG, clock)


def test_tokens_of_a_key_add_up(ledger: TokenLedger) -> None:
    ledger.add("a", 3)
    ledger.add("a", 4)

    assert (ledger.used("a"), ledger.used("b")) == (7, 0)


def test_nothing_is_written_for_nothing(ledger: TokenLedger, path: Path) -> None:
    ledger.add("a", 0)
    ledger.used("a")
    ledger.save()

    assert not path.parent.exists()


def test_day_begins_at_midnight_utc(ledger: TokenLedger, clock: Clock) -> None:
    ledger.add("a", 5)
    clock.now += HALF_A_DAY - 1
    before = ledger.used("a")
    clock.now += 1

    assert (before, ledger.used("a")) == (5, 0)


def test_time_until_the_next_day_is_told(ledger: TokenLedger, clock: Clock) -> None:
    assert ledger.seconds_left() == HALF_A_DAY
    assert ledger.next_day().isoformat() == "2025-11-26T00:00:00+00:00"

    clock.now += HALF_A_DAY - 0.5
    assert ledger.seconds_left() == 1


def test_counts_survive_a_restart(ledger: TokenLedger, path: Path, clock: Clock) -> None:
    ledger.add("a", 5)
    ledger.add("a", 6)
    ledger.save()

    assert TokenLedger(path, LOG, clock).used("a") == 11


def test_counts_of_yesterday_are_not_those_of_today(ledger: TokenLedger, path: Path, clock: Clock) -> None:
    ledger.add("a", 5)
    ledger.save()
    clock.now += HALF_A_DAY

    assert TokenLedger(path, LOG, clock).used("a") == 0


def test_file_is_for_this_user_only_and_says_the_day(ledger: TokenLedger, path: Path) -> None:
    ledger.add("a", 5)

    assert json.loads(path.read_text()) == {"day": "2025-11-25", "tokens": {"a": 5}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_file_is_written_every_few_seconds_at_most(ledger: TokenLedger, path: Path, clock: Clock) -> None:
    ledger.add("a", 1)
    ledger.add("a", 1)
    soon = json.loads(path.read_text())["tokens"]["a"]
    clock.now += 5
    ledger.add("a", 1)

    assert (soon, json.loads(path.read_text())["tokens"]["a"]) == (1, 3)


def test_two_programs_add_up_in_one_file(path: Path, clock: Clock) -> None:
    """Such as the tray application and a server beside it, or the engine before and after a changed setting."""
    one, two = TokenLedger(path, LOG, clock), TokenLedger(path, LOG, clock)
    one.add("a", 100)
    two.add("a", 10)
    one.add("a", 1)
    one.save()
    two.add("a", 1)
    two.save()

    assert json.loads(path.read_text())["tokens"]["a"] == 112
    assert two.used("a") == 112


@pytest.mark.parametrize("text", ["", "{", "[]", '{"day": "2025-11-25"}', '{"day": 5, "tokens": {"a": 5}}'])
def test_file_that_cannot_be_read_counts_as_none(ledger: TokenLedger, path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    ledger.add("a", 2)

    assert ledger.used("a") == 2
    assert json.loads(path.read_text())["tokens"] == {"a": 2}


def test_folder_that_cannot_be_written_is_told_once_and_stops_nobody(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    ledger = TokenLedger(tmp_path / "file" / "token_counts.json", LOG, clock)
    ledger.add("a", 2)
    clock.now += 10
    ledger.add("a", 3)

    assert ledger.used("a") == 5
    [record] = caplog.records
    assert "cannot be kept" in record.getMessage()


def test_nothing_is_lost_among_many_threads(path: Path) -> None:
    ledger = TokenLedger(path, LOG, itertools.count(NOON, 0.01).__next__)

    def count() -> None:
        for _ in range(500):
            ledger.add("a", 1)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.save()

    assert ledger.used("a") == 4000
    assert json.loads(path.read_text())["tokens"]["a"] == 4000
