"""Notifications: shown where a service works, and never a hang or a crash where it does not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.desktop.desktop import wait_until
from tests.desktop.menu_driver import MenuDriver
from tests.desktop.toy_service import NO_ANSWER, Answer, ToyService
from tests.desktop.tray_process import TrayProcess
from tests.session_bus import SessionBus
from tray_app.linux.notifications import notify_once

NAME = "org.freedesktop.Notifications"
ROOT = Path(__file__).parents[2]

StartTray = Callable[..., TrayProcess]


def serve_notifications(address: str, capabilities: list[str]) -> ToyService:
    shown = iter(range(7, 100))

    def answer(member: str, _arguments: tuple[Any, ...]) -> Answer | None:
        match member:
            case "GetCapabilities":
                return "as", (capabilities,)
            case "Notify":
                return "u", (next(shown),)
            case _:
                return None

    return ToyService(address, NAME, answer)


@pytest.fixture
def tray(bus: SessionBus, start_tray: StartTray) -> TrayProcess:
    return start_tray(bus.environ)


@pytest.fixture
def menu(bus: SessionBus, tray: TrayProcess, drive: Callable[..., MenuDriver]) -> MenuDriver:
    return drive(bus.environ, tray)


def notify(tray: TrayProcess, service: ToyService, title: str, text: str) -> tuple[Any, ...]:
    """The arguments with which the service was called."""
    before = len(service.called("Notify"))
    tray.say(notify=[title, text])
    wait_until(lambda: len(service.called("Notify")) > before, "the notification")
    return service.called("Notify")[-1]


def test_service_gets_title_and_text(bus: SessionBus, tray: TrayProcess, menu: MenuDriver) -> None:
    with serve_notifications(bus.address, ["body"]) as service:
        program, _, _, title, text, actions, hints, _ = notify(tray, service, "Copied", "Base URL & key")

    assert (program, title, text, actions) == ("AI Core Proxy", "Copied", "Base URL & key", [])
    assert hints["image-data"][1][:2] == (64, 64)


def test_service_that_reads_markup_gets_it_escaped(bus: SessionBus, tray: TrayProcess, menu: MenuDriver) -> None:
    with serve_notifications(bus.address, ["body", "body-markup"]) as service:
        text = notify(tray, service, "Failed", "<b>R&D</b>")[4]

    assert text == "&lt;b&gt;R&amp;D&lt;/b&gt;"


def test_next_notification_takes_the_place_of_the_last(
    bus: SessionBus, tray: TrayProcess, menu: MenuDriver
) -> None:
    with serve_notifications(bus.address, ["body"]) as service:
        replaced = [notify(tray, service, "Title", text)[1] for text in ("one", "two")]

    assert replaced == [0, 7]


def test_long_texts_are_cut_to_what_every_system_takes(
    bus: SessionBus, tray: TrayProcess, menu: MenuDriver
) -> None:
    with serve_notifications(bus.address, ["body"]) as service:
        arguments = notify(tray, service, "T" * 100, "x" * 1000)

    assert arguments[3] == "T" * 62 + "…"
    assert arguments[4] == "x" * 254 + "…"


def expect_life(tray: TrayProcess, menu: MenuDriver) -> None:
    """The menu answers, an action runs, and the program ends as it should."""
    menu.click("Open logs")
    assert tray.next_action() == ("open_logs", None)
    tray.say(stop=True)
    assert tray.next_line() == {"ended": True}


def test_missing_service_harms_nothing(tray: TrayProcess, menu: MenuDriver) -> None:
    tray.say(notify=["Title", "text"])

    wait_until(lambda: any("no working notification service" in line for line in tray.log), "the log's line")
    expect_life(tray, menu)


def test_service_that_cannot_start_harms_nothing(bus: SessionBus, start_tray: StartTray, drive: Any) -> None:
    bus.add_service(NAME, "/bin/false")
    tray = start_tray(bus.environ)
    menu = drive(bus.environ, tray)
    tray.say(notify=["Title", "text"])

    wait_until(lambda: any("no working notification service" in line for line in tray.log), "the log's line")
    expect_life(tray, menu)


@pytest.mark.parametrize(
    "answer", [NO_ANSWER, None, ("", ()), ("s", ("what",))], ids=["silent", "error", "empty", "wrong type"]
)
def test_broken_service_harms_nothing(
    answer: Answer | None, bus: SessionBus, tray: TrayProcess, menu: MenuDriver
) -> None:
    with ToyService(bus.address, NAME, lambda _member, _arguments: answer) as service:
        tray.say(notify=["Title", "text"])
        wait_until(lambda: service.called("GetCapabilities"), "the call")

        expect_life(tray, menu)


def test_start_that_fails_is_told_on_the_desktop(bus: SessionBus, tmp_path: Path) -> None:
    """Who starts the program by a click sees no terminal."""
    (tmp_path / "taken").write_text("a file in the place of the folder")
    with serve_notifications(bus.address, []) as service:
        program = subprocess.run(
            [sys.executable, "-m", "tray_app"],
            env={**bus.environ, "AI_CORE_PROXY_HOME": str(tmp_path / "taken")},
            cwd=ROOT,
            capture_output=True,
            timeout=20,
            check=False,
        )

        [arguments] = service.called("Notify")

    assert program.returncode == 2
    assert "cannot be used" in arguments[4]


def test_single_notification_needs_no_tray(bus: SessionBus) -> None:
    with serve_notifications(bus.address, ["body"]) as service:
        notify_once(bus.address, "AI Core Proxy", "Title", "text")

    assert [arguments[3:5] for arguments in service.called("Notify")] == [("Title", "text")]


@pytest.mark.parametrize("missing", ["service", "bus"])
def test_single_notification_may_fail_quietly(missing: str, bus: SessionBus, tmp_path: Path) -> None:
    address = bus.address if missing == "service" else f"unix:path={tmp_path}/none"

    notify_once(address, "AI Core Proxy", "Title", "text")
