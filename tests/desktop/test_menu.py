"""The menu as a panel sees it over D-Bus, asked from outside the process; no panel and no screen are needed."""

from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any

import pytest
from jeepney import DBusErrorResponse

from tests.desktop.menu_driver import MenuDriver
from tests.desktop.tray_process import TrayProcess
from tests.session_bus import SessionBus

MODELS = ["gpt-5_mini", "claude-opus"]


@pytest.fixture
def tray(bus: SessionBus, start_tray: Callable[..., TrayProcess]) -> TrayProcess:
    return start_tray(bus.environ, models=MODELS, version="1.2")


@pytest.fixture
def menu(bus: SessionBus, tray: TrayProcess) -> Iterator[MenuDriver]:
    with MenuDriver(bus.address, tray.pid) as menu:
        yield menu


def test_menu_shows_its_rows_in_their_order(menu: MenuDriver) -> None:
    labels = menu.labels()

    assert labels[0] == "Running on 127.0.0.1:3001 · 2 models"
    assert labels[1:] == [
        "Stop",
        "Copy base URL",
        "Copy API key",
        "Copy settings for",
        "Refresh deployments",
        "Models",
        "Open settings…",
        "Open logs",
        "Start at login",
        "About AI Core Proxy 1.2",
        "Quit",
    ]


def test_groups_are_kept_apart_by_separators(menu: MenuDriver) -> None:
    kinds = [row.properties.get("type", "standard") for row in menu.rows()]

    assert kinds.count("separator") == 5
    assert kinds[1] == "separator"


def test_status_line_cannot_be_clicked(menu: MenuDriver) -> None:
    assert not menu.find("Running").enabled


def test_model_names_keep_their_underscores(menu: MenuDriver) -> None:
    """A single underscore would mark an access key and vanish."""
    rows = menu.find("Models").children

    assert [row.properties["label"] for row in rows] == ["gpt-5__mini", "claude-opus"]


def test_rows_with_more_below_say_so(menu: MenuDriver) -> None:
    assert menu.find("Copy settings for").properties["children-display"] == "submenu"


@pytest.mark.parametrize("checked", [True, False])
def test_start_at_login_has_a_check_mark(checked: bool, tray: TrayProcess, menu: MenuDriver) -> None:
    tray.publish(models=MODELS, start_at_login=checked, version="1.2")

    menu.wait_for(lambda m: m.find("Start at login").properties["toggle-state"] == int(checked), "the mark")
    assert menu.find("Start at login").properties["toggle-type"] == "checkmark"


def test_click_runs_the_action(tray: TrayProcess, menu: MenuDriver) -> None:
    menu.click("Copy base URL")

    assert tray.next_action() == ("copy_url", None)


def test_click_on_a_model_names_it(tray: TrayProcess, menu: MenuDriver) -> None:
    menu.click("Models", "gpt-5_mini")

    assert tray.next_action() == ("copy_model", "gpt-5_mini")


def test_clicks_may_come_in_groups(tray: TrayProcess, menu: MenuDriver) -> None:
    """The answer lists the rows that are not there."""
    quit_row, logs_row = menu.find("Quit").number, menu.find("Open logs").number
    events = [(number, "clicked", ("i", 0), 0) for number in (logs_row, 9999, quit_row)]

    assert menu.call_menu("EventGroup", "a(isvu)", (events,)) == ([9999],)
    assert [tray.next_action()[0] for _ in range(2)] == ["open_logs", "quit"]


def test_hovering_runs_nothing(tray: TrayProcess, menu: MenuDriver) -> None:
    menu.call_menu("Event", "isvu", (menu.find("Quit").number, "hovered", ("i", 0), 0))

    with pytest.raises(Empty):
        tray.next_line(0.3)


def test_click_on_a_disabled_row_runs_nothing(tray: TrayProcess, menu: MenuDriver) -> None:
    tray.publish(state="stopped", version="1.2")
    menu.wait_for(lambda m: not m.find("Refresh").enabled, "the disabled row")

    menu.click("Refresh")

    with pytest.raises(Empty):
        tray.next_line(0.3)


def test_changed_text_reaches_an_open_menu_without_a_new_layout(tray: TrayProcess, menu: MenuDriver) -> None:
    status = menu.find("Running").number

    with menu.signals() as collect:
        tray.publish(models=MODELS, base_url="http://127.0.0.1:4000", version="1.2")
        signals = collect(0.5)

    members = [member for member, _ in signals]
    assert "LayoutUpdated" not in members
    updated = dict(signals)["ItemsPropertiesUpdated"][0]
    assert updated == [(status, {"label": ("s", "Running on 127.0.0.1:4000 · 2 models")})]


def test_nothing_is_told_where_nothing_changed(tray: TrayProcess, menu: MenuDriver) -> None:
    """Some panels close an open menu at each update."""
    menu.labels()

    with menu.signals() as collect:
        tray.publish(models=MODELS, version="1.2")
        signals = collect(0.5)

    assert not signals


def test_exchanged_rows_are_told_as_a_new_layout(tray: TrayProcess, menu: MenuDriver) -> None:
    before, _ = menu.call_menu("GetLayout", "iias", (0, 0, []))

    with menu.signals() as collect:
        tray.publish(state="stopped", version="1.2")
        signals = dict(collect(0.5))

    assert signals["LayoutUpdated"][0] > before
    assert "Start" in menu.labels()


def test_rows_keep_their_numbers_over_changes(tray: TrayProcess, menu: MenuDriver) -> None:
    quit_row, stop_row = menu.find("Quit").number, menu.find("Stop").number
    tray.publish(state="stopped", version="1.2")
    menu.wait_for(lambda m: "Start" in m.labels(), "the stopped menu")
    tray.publish(models=MODELS, version="1.2")
    menu.wait_for(lambda m: "Stop" in m.labels(), "the running menu")

    assert (menu.find("Quit").number, menu.find("Stop").number) == (quit_row, stop_row)


def test_late_click_never_runs_another_row(tray: TrayProcess, menu: MenuDriver) -> None:
    """The click on Stop arrives when Start has taken its place."""
    stop_row = menu.find("Stop").number
    tray.publish(state="stopped", version="1.2")
    menu.wait_for(lambda m: "Start" in m.labels(), "the stopped menu")

    with pytest.raises(DBusErrorResponse):
        menu.send_click(stop_row)


def test_layout_may_be_asked_level_by_level(menu: MenuDriver) -> None:
    _, (_, _, top) = menu.call_menu("GetLayout", "iias", (0, 1, ["label"]))
    models = next(row for _, row in top if row[1].get("label") == ("s", "Models"))
    _, (_, _, below) = menu.call_menu("GetLayout", "iias", (models[0], -1, []))

    assert models[2] == []
    assert len(below) == 2


def test_properties_may_be_asked_by_row(menu: MenuDriver) -> None:
    row = menu.find("Quit").number

    assert menu.call_menu("GetProperty", "is", (row, "label")) == (("s", "Quit"),)
    assert menu.call_menu("GetGroupProperties", "aias", ([row, 9999], ["label"])) == (
        [(row, {"label": ("s", "Quit")})],
    )


def test_about_to_show_says_that_the_menu_is_current(menu: MenuDriver) -> None:
    assert menu.call_menu("AboutToShow", "i", (0,)) == (False,)
    assert menu.call_menu("AboutToShowGroup", "ai", ([0, 9999],)) == ([], [9999])


@pytest.mark.parametrize(
    ("member", "signature", "body", "name"),
    [
        ("GetLayout", "iias", (9999, -1, []), "InvalidArgs"),
        ("GetLayout", "s", ("all",), "InvalidArgs"),
        ("AboutToShow", "i", (9999,), "InvalidArgs"),
        ("GetProperty", "is", (0, "colour"), "InvalidArgs"),
        ("Explode", "", (), "UnknownMethod"),
    ],
)
def test_calls_that_make_no_sense_are_refused(
    member: str, signature: str, body: tuple[Any, ...], name: str, menu: MenuDriver
) -> None:
    with pytest.raises(DBusErrorResponse) as refusal:
        menu.call_menu(member, signature, body)

    assert refusal.value.name == f"org.freedesktop.DBus.Error.{name}"
    assert menu.labels()


def test_menu_describes_itself(menu: MenuDriver) -> None:
    interface = "org.freedesktop.DBus.Introspectable"

    (text,) = menu.call(menu.item_property("Menu"), interface, "Introspect")

    assert '<interface name="com.canonical.dbusmenu">' in text
    assert '<signal name="LayoutUpdated">' in text
