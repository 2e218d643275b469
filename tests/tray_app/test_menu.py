"""The menu, the icon and the status line from snapshots."""

from dataclasses import replace

import pytest

from proxy_core.client_settings import Client
from tray_app.menu import build_menu, describe_refresh, describe_status, icon_state
from tray_app.menu_items import ActionId, IconState, MenuItem
from tray_app.snapshot import AccountState, Problem, ProblemKind, RefreshResult, Snapshot, State
from tray_app.texts import ENGLISH, GERMAN, Texts

STOPPED = Snapshot(State.STOPPED, "http://127.0.0.1:3001", version="1.2.3")
RUNNING = replace(
    STOPPED,
    state=State.RUNNING,
    models=("gpt-5", "claude-sonnet-4-5"),
    accounts=(AccountState("eu", "default", 2), AccountState("us", "default", 1)),
)
PORT_TAKEN = replace(
    STOPPED,
    state=State.FAILED,
    problem=Problem(ProblemKind.PORT_IN_USE, port=3001, holder="nginx (process 7)", free_port=3002),
)


def row(snapshot: Snapshot, action: ActionId) -> MenuItem:
    return next(item for item in build_menu(snapshot, ENGLISH) if item.action is action)


def labels(items: tuple[MenuItem, ...]) -> list[str]:
    return [item.label for item in items if not item.separator]


def test_the_menu_of_a_running_proxy() -> None:
    assert labels(build_menu(RUNNING, ENGLISH)) == [
        "Running on 127.0.0.1:3001 · 2 models",
        "Stop",
        "Copy base URL",
        "Copy API key",
        "Copy settings for",
        "Refresh deployments",
        "Models",
        "Open settings…",
        "Open logs",
        "Start at login",
        "About AI Core Proxy 1.2.3",
        "Quit",
    ]


def test_the_menu_of_a_stopped_proxy_starts_it_and_has_no_models() -> None:
    menu = build_menu(STOPPED, ENGLISH)

    assert labels(menu)[:2] == ["Stopped", "Start"]
    assert not next(item for item in menu if item.label == "Models").enabled
    assert not row(STOPPED, ActionId.REFRESH).enabled


def test_the_status_line_cannot_be_clicked() -> None:
    status = build_menu(RUNNING, ENGLISH)[0]

    assert (status.action, status.enabled) == (None, False)


def test_nothing_can_be_started_while_it_stops() -> None:
    assert not row(replace(RUNNING, state=State.STOPPING), ActionId.START).enabled


def test_a_start_that_is_under_way_can_be_stopped() -> None:
    assert row(replace(STOPPED, state=State.STARTING), ActionId.STOP).enabled


def test_a_double_click_opens_the_settings() -> None:
    defaults = [item.action for item in build_menu(RUNNING, ENGLISH) if item.default]

    assert defaults == [ActionId.OPEN_SETTINGS]


def test_a_port_in_use_is_named_and_the_free_one_offered() -> None:
    starts = [item for item in build_menu(PORT_TAKEN, ENGLISH) if item.action is ActionId.START]

    assert describe_status(PORT_TAKEN, ENGLISH) == "Port 3001 is used by nginx (process 7)"
    assert [(item.label, item.argument) for item in starts] == [
        ("Start", None),
        ("Start on port 3002 instead", "3002"),
    ]


def test_an_unknown_holder_is_another_program() -> None:
    problem = Problem(ProblemKind.PORT_IN_USE, port=3001)

    assert describe_status(replace(PORT_TAKEN, problem=problem), ENGLISH) == "Port 3001 is used by another program"


def test_each_client_has_a_row() -> None:
    menu = build_menu(RUNNING, ENGLISH)
    rows = next(item for item in menu if item.label == "Copy settings for").submenu

    assert [item.argument for item in rows] == [client.value for client in Client]
    assert all(item.action is ActionId.COPY_CLIENT for item in rows)
    assert labels(rows)[0] == "Claude Code"


def test_a_click_on_a_model_copies_its_id() -> None:
    rows = next(item for item in build_menu(RUNNING, ENGLISH) if item.label == "Models").submenu

    assert [(item.label, item.action, item.argument) for item in rows] == [
        ("gpt-5", ActionId.COPY_MODEL, "gpt-5"),
        ("claude-sonnet-4-5", ActionId.COPY_MODEL, "claude-sonnet-4-5"),
    ]


def test_very_many_models_end_with_a_way_to_the_page() -> None:
    many = replace(RUNNING, models=tuple(f"model-{number}" for number in range(100)))
    rows = next(item for item in build_menu(many, ENGLISH) if item.label == "Models").submenu

    assert len(rows) == 41
    assert (rows[-1].label, rows[-1].action) == ("60 more on the settings page", ActionId.OPEN_SETTINGS)


def test_the_refresh_row_tells_its_result() -> None:
    refreshed = replace(RUNNING, last_refresh=RefreshResult(models=7, new=1, gone=0))

    assert row(refreshed, ActionId.REFRESH).label == "Refresh deployments (7 models, 1 new)"


def test_the_refresh_row_waits_while_it_refreshes() -> None:
    item = row(replace(RUNNING, refreshing=True), ActionId.REFRESH)

    assert (item.label, item.enabled) == ("Refreshing deployments…", False)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (RefreshResult(0, 0, 2), "no models, 2 gone"),
        (RefreshResult(1, 1, 0), "1 model, 1 new"),
        (RefreshResult(7, 0, 0), "7 models"),
    ],
)
def test_a_refresh_in_words(result: RefreshResult, text: str) -> None:
    assert describe_refresh(result, ENGLISH) == text


@pytest.mark.parametrize("on", [True, False])
def test_start_at_login_has_a_check_mark(on: bool) -> None:
    assert row(replace(RUNNING, start_at_login=on), ActionId.START_AT_LOGIN).checked is on


@pytest.mark.parametrize(
    ("snapshot", "icon"),
    [
        (STOPPED, IconState.STOPPED),
        (replace(STOPPED, state=State.STARTING), IconState.STARTING),
        (RUNNING, IconState.RUNNING),
        (replace(RUNNING, accounts=(AccountState("eu", "default", 0, "refused"),)), IconState.WARNING),
        (PORT_TAKEN, IconState.ERROR),
        (replace(STOPPED, state=State.FAILED, problem=Problem(ProblemKind.NO_ACCOUNT)), IconState.WARNING),
    ],
)
def test_the_icon(snapshot: Snapshot, icon: IconState) -> None:
    assert icon_state(snapshot) is icon


def test_a_failing_account_is_named_and_several_are_counted() -> None:
    eu, us = AccountState("eu", "default", 0, "refused"), AccountState("us", "default", 1)

    one = describe_status(replace(RUNNING, accounts=(eu, us)), ENGLISH)
    two = describe_status(replace(RUNNING, accounts=(eu, replace(us, problem="gone"))), ENGLISH)
    assert one.endswith("· eu fails")
    assert two.endswith("· 2 accounts fail")


def test_a_model_at_its_limit_is_named_and_several_are_counted() -> None:
    one = describe_status(replace(RUNNING, limited=("gpt-5",)), ENGLISH)
    two = describe_status(replace(RUNNING, limited=("gpt-5", "gpt-4o")), GERMAN)

    assert one.endswith("2 models · gpt-5 at SAP's limit")
    assert two.endswith("2 Modelle · 2 Modelle am Limit von SAP")


def test_the_demo_says_so() -> None:
    assert describe_status(replace(STOPPED, demo=True), ENGLISH) == "Demo: Stopped"


def test_a_status_line_has_a_bound() -> None:
    account = AccountState("a" * 300, "default", 0, "refused")

    assert len(describe_status(replace(RUNNING, accounts=(account,)), ENGLISH)) == 80


@pytest.mark.parametrize("texts", [ENGLISH, GERMAN])
@pytest.mark.parametrize("kind", list(ProblemKind))
def test_every_problem_has_a_status_line(kind: ProblemKind, texts: Texts) -> None:
    snapshot = replace(PORT_TAKEN, problem=Problem(kind, port=3001))

    assert "{" not in describe_status(snapshot, texts)


def test_the_menu_speaks_german() -> None:
    assert labels(build_menu(RUNNING, GERMAN))[:3] == [
        "Läuft auf 127.0.0.1:3001 · 2 Modelle",
        "Stoppen",
        "Basis-URL kopieren",
    ]
