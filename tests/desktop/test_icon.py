"""The icon over D-Bus: who gets it, what it shows, what a click on it does; and a tray that is not there."""

import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.desktop.desktop import wait_until
from tests.desktop.menu_driver import MenuDriver
from tests.desktop.toy_service import Answer, ToyService, serve_watcher
from tests.desktop.tray_process import TrayProcess
from tests.session_bus import SessionBus
from tray_app.tray import TrayAvailability, tray_available

PORTAL = "org.freedesktop.portal.Desktop"
PORTAL_PATH = "/org/freedesktop/portal/desktop"
SETTINGS = "org.freedesktop.portal.Settings"

StartTray = Callable[..., TrayProcess]
Drive = Callable[[dict[str, str], TrayProcess], MenuDriver]


def serve_portal(address: str, scheme: int) -> ToyService:
    def answer(member: str, arguments: tuple[object, ...]) -> Answer | None:
        if (member, arguments) == ("Read", ("org.freedesktop.appearance", "color-scheme")):
            return "v", (("v", ("u", scheme)),)
        return None

    return ToyService(address, PORTAL, answer)


def brightness(menu: MenuDriver) -> float:
    """The mean of red, green and blue over the solid pixels of the largest picture."""
    *_, data = menu.item_property("IconPixmap")[-1]
    solid = [data[i + 1 : i + 4] for i in range(0, len(data), 4) if data[i] > 200]
    return sum(map(sum, solid)) / (3 * len(solid))


def test_watcher_gets_the_icon(bus: SessionBus, start_tray: StartTray) -> None:
    with serve_watcher(bus.address) as watcher:
        tray = start_tray(bus.environ)
        wait_until(lambda: watcher.called("RegisterStatusNotifierItem"), "the registration")

    assert watcher.called("RegisterStatusNotifierItem") == [(f"org.kde.StatusNotifierItem-{tray.pid}-1",)]


def test_icon_is_offered_to_a_watcher_that_comes_later(
    bus: SessionBus, start_tray: StartTray, drive: Drive
) -> None:
    drive(bus.environ, start_tray(bus.environ))

    with serve_watcher(bus.address) as watcher:
        wait_until(lambda: watcher.called("RegisterStatusNotifierItem"), "the registration")


def test_icon_is_offered_again_to_the_next_watcher(bus: SessionBus, start_tray: StartTray) -> None:
    start_tray(bus.environ)
    for _ in range(3):
        with serve_watcher(bus.address) as watcher:
            wait_until(partial(watcher.called, "RegisterStatusNotifierItem"), "the registration")


def test_icon_shows_itself_as_the_draft_says(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    menu = drive(bus.environ, start_tray(bus.environ))
    wait_until(lambda: menu.item_property("Status") == "Active", "the visible icon")

    assert menu.item_property("Category") == "ApplicationStatus"
    assert menu.item_property("Title") == "AI Core Proxy"
    assert menu.item_property("ItemIsMenu") is True


def test_icon_comes_in_the_sizes_of_panels(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    pixmaps = drive(bus.environ, start_tray(bus.environ)).item_property("IconPixmap")

    assert [(width, height, len(data)) for width, height, data in pixmaps] == [
        (size, size, 4 * size * size) for size in (16, 22, 24, 32, 48, 64)
    ]


def test_icon_and_tooltip_follow_the_state(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    tray = start_tray(bus.environ)
    menu = drive(bus.environ, tray)
    before = menu.item_property("IconPixmap")

    with menu.signals() as collect:
        tray.publish(state="stopped")
        members = {member for member, _ in collect(0.5)}

    assert {"NewIcon", "NewToolTip"} <= members
    assert menu.item_property("IconPixmap") != before
    assert menu.item_property("ToolTip")[2] == "AI Core Proxy: Stopped"


def test_double_click_runs_the_default_action(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    tray = start_tray(bus.environ)

    drive(bus.environ, tray).call_item("Activate", "ii", (1, 1))

    assert tray.next_action() == ("open_settings", None)


def test_scrolling_over_the_icon_is_harmless(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    menu = drive(bus.environ, start_tray(bus.environ))

    assert menu.call_item("Scroll", "is", (1, "vertical")) == ()


def test_light_desktop_gets_a_dark_icon(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    tray = start_tray(bus.environ)
    dark_tray = brightness(drive(bus.environ, tray))
    tray.terminate()

    with serve_portal(bus.address, scheme=2):
        menu = drive(bus.environ, start_tray(bus.environ))
        wait_until(lambda: brightness(menu) < dark_tray - 20, "the darker icon")


def test_icon_follows_a_desktop_that_becomes_light(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    with serve_portal(bus.address, scheme=1) as portal:
        menu = drive(bus.environ, start_tray(bus.environ))
        wait_until(lambda: portal.called("Read"), "the question for the scheme")
        before = brightness(menu)
        body = ("org.freedesktop.appearance", "color-scheme", ("u", 2))
        portal.emit(PORTAL_PATH, SETTINGS, "SettingChanged", "ssv", body)

        wait_until(lambda: brightness(menu) < before - 20, "the darker icon")


def test_icon_leaves_the_bus_with_the_program(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    tray = start_tray(bus.environ)
    menu = drive(bus.environ, tray)

    tray.say(stop=True)

    assert tray.next_line() == {"ended": True}
    assert tray.wait() == 0
    menu.wait_for(lambda m: not m.is_there(), "the end of the name")


def test_sigterm_ends_it_at_once(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    tray = start_tray(bus.environ)
    drive(bus.environ, tray)
    before = time.monotonic()

    assert tray.terminate() == 0
    assert time.monotonic() - before < 2


def test_watcher_without_a_panel_is_no_host(bus: SessionBus) -> None:
    with serve_watcher(bus.address, has_host=False):
        assert tray_available(bus.environ, patience=0) is TrayAvailability.NO_HOST


def test_bus_without_a_watcher_is_no_host(bus: SessionBus) -> None:
    assert tray_available(bus.environ) is TrayAvailability.NO_HOST


def test_watcher_with_a_panel_is_a_host(bus: SessionBus) -> None:
    with serve_watcher(bus.address):
        assert tray_available(bus.environ) is TrayAvailability.AVAILABLE


@pytest.mark.parametrize(
    "address",
    ["", "unix:path=/nonexistent/bus", "tcp:host=127.0.0.1,port=1", "nonsense"],
    ids=lambda a: a or "unset",
)
def test_missing_bus_is_told(address: str, tmp_path: Path) -> None:
    environ = {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": str(tmp_path)}

    assert tray_available(environ) is TrayAvailability.NO_BUS


def test_silent_bus_is_given_up_soon(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        before = time.monotonic()

        assert tray_available({"XDG_RUNTIME_DIR": str(tmp_path)}) is TrayAvailability.NO_BUS
        assert time.monotonic() - before < 5


def test_bus_is_found_without_its_variable(bus: SessionBus, tmp_path: Path) -> None:
    """systemd puts it to $XDG_RUNTIME_DIR/bus; not every start passes the variable on."""
    (tmp_path / "bus").symlink_to(bus.address.removeprefix("unix:path="))

    assert tray_available({"XDG_RUNTIME_DIR": str(tmp_path)}) is TrayAvailability.NO_HOST


def test_program_goes_on_without_a_bus(bus: SessionBus, start_tray: StartTray) -> None:
    bus.stop()
    tray = start_tray(bus.environ)
    wait_until(lambda: any("no session bus" in line for line in tray.log), "the log's line")
    tray.publish(state="stopped")
    tray.say(notify=["Title", "text"])
    time.sleep(0.2)

    assert tray.is_alive()
    assert tray.terminate() == 0


def test_icon_appears_when_the_bus_comes_later(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    bus.stop()
    tray = start_tray(bus.environ)
    wait_until(lambda: any("no session bus" in line for line in tray.log), "the log's line")
    tray.publish(state="stopped")

    bus.start()

    assert wait_until(lambda: is_on(bus), "the bus")
    assert drive(bus.environ, tray).labels()[0] == "Stopped"


def test_program_ends_with_the_session(bus: SessionBus, start_tray: StartTray, drive: Drive) -> None:
    """After a logout the bus is gone for good, and no X connection of ours breaks to tell."""
    tray = start_tray(bus.environ)
    drive(bus.environ, tray)

    bus.stop()

    assert tray.next_line(15) == {"ended": True}


def is_on(bus: SessionBus) -> bool:
    return tray_available(bus.environ) is not TrayAvailability.NO_BUS
