"""Which changes are told."""

from dataclasses import replace

import pytest

from tray_app.notifications import Notifier
from tray_app.snapshot import AccountState, Problem, ProblemKind, Snapshot, State
from tray_app.texts import ENGLISH

RUNNING = Snapshot(State.RUNNING, "http://127.0.0.1:3001", accounts=(AccountState("eu", "default", 3),))
FAILED = replace(RUNNING, state=State.FAILED, problem=Problem(ProblemKind.SERVER_DIED))
FAILING = replace(RUNNING, accounts=(AccountState("eu", "default", 0, "SAP refused the key."),))
STARTING = replace(RUNNING, state=State.STARTING)
STOPPED = replace(RUNNING, state=State.STOPPED)


class Stand:
    def __init__(self) -> None:
        self.shown: list[str] = []
        self.now = 0.0
        self.notifier = Notifier(ENGLISH, lambda _title, text: self.shown.append(text), lambda: self.now)

    def see(self, *snapshots: Snapshot) -> None:
        for snapshot in snapshots:
            self.notifier(snapshot)


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_an_ordinary_start_and_stop_is_not_worth_a_word(stand: Stand) -> None:
    stand.see(STOPPED, STARTING, RUNNING, STOPPED)

    assert stand.shown == []


def test_a_failure_is_told_once_with_what_to_do(stand: Stand) -> None:
    stand.see(RUNNING, FAILED, replace(FAILED, start_at_login=True))

    assert stand.shown == ["The server stopped by itself. Start it again from the menu. The log tells more."]


def test_a_free_port_is_part_of_the_failure(stand: Stand) -> None:
    problem = Problem(ProblemKind.PORT_IN_USE, port=3001, holder="nginx", free_port=3002)
    stand.see(STARTING, replace(FAILED, problem=problem))

    assert stand.shown[0].startswith("Port 3001 is used by nginx.")
    assert stand.shown[0].endswith("Port 3002 is free.")


def test_what_failed_and_runs_again_is_told(stand: Stand) -> None:
    stand.see(RUNNING, FAILED, STARTING, RUNNING)

    assert stand.shown[-1] == "Running again"


def test_a_start_after_the_user_stopped_a_failure_is_an_ordinary_one(stand: Stand) -> None:
    stand.see(FAILED, STOPPED, STARTING, RUNNING)

    assert "Running again" not in stand.shown


def test_an_account_that_fails_is_named_and_its_return_told(stand: Stand) -> None:
    stand.see(RUNNING, FAILING, FAILING, RUNNING)

    assert stand.shown == ["eu: SAP refused the key.", "Running again"]


def test_switched_off_only_what_is_insisted_on_is_shown(stand: Stand) -> None:
    stand.see(replace(RUNNING, notifications=False), replace(FAILED, notifications=False))
    stand.notifier.tell("API key copied")
    stand.notifier.insist("Nothing was copied")

    assert stand.shown == ["Nothing was copied"]


def test_the_same_text_is_not_shown_twice_in_ten_seconds(stand: Stand) -> None:
    stand.notifier.tell("API key copied")
    stand.notifier.tell("API key copied")
    stand.now = 11
    stand.notifier.tell("API key copied")

    assert len(stand.shown) == 2


def test_at_most_six_are_shown_in_a_minute(stand: Stand) -> None:
    for number in range(20):
        stand.notifier.tell(f"text {number}")
    stand.now = 61
    stand.notifier.tell("later")

    assert stand.shown == [*(f"text {number}" for number in range(6)), "later"]
