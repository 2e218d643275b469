"""`sap-ai-proxy-tray --demo` on the virtual desktop: each click does what it says, seen from outside."""

import http.client
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.desktop.desktop import Desktop, wait_until
from tests.desktop.panel import Panel
from tests.desktop.tray_app_process import TrayAppProcess, free_port
from tests.session_bus import SessionBus


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def program(
    desktop: Desktop, panel: Panel, port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TrayAppProcess]:
    """One program for the tests that leave it running as it was."""
    folder = tmp_path_factory.mktemp("demo")
    with TrayAppProcess(desktop.environ, folder, "--demo", "--port", str(port)) as program:
        program.wait_for_status("Running")
        yield program


@pytest.fixture
def start(desktop: Desktop, panel: Panel, tmp_path: Path) -> Iterator[TrayAppProcess]:
    """A program for the tests that end it."""
    with TrayAppProcess(desktop.environ, tmp_path, "--demo", "--port", str(free_port())) as program:
        program.wait_for_status("Running")
        yield program


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def clipboard(desktop: Desktop) -> str:
    """Empty for the moment in which one program hands it to another: nobody answers then."""
    try:
        return desktop.run("xclip", "-selection", "clipboard", "-o")
    except subprocess.CalledProcessError:
        return ""


def copied(desktop: Desktop, program: TrayAppProcess, *labels: str) -> str:
    """What a click brings into the clipboard, which held something else before."""
    desktop.spawn(["sh", "-c", "printf before | xclip -selection clipboard"]).wait()
    wait_until(lambda: clipboard(desktop) == "before", "the filled clipboard")
    program.menu.click(*labels)
    return wait_until(lambda: text if (text := clipboard(desktop)) != "before" else None, "the copied text")


def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_menu_tells_address_and_models(program: TrayAppProcess, port: int) -> None:
    assert re.fullmatch(rf"Demo: Running on 127\.0\.0\.1:{port} · [1-9]\d* models", program.status())
    assert "gpt-5" in [row.label for row in program.menu.find("Models").children]


def test_stop_closes_the_port_and_start_opens_it(program: TrayAppProcess, port: int) -> None:
    assert listens(port)
    program.menu.click("Stop")
    program.wait_for_status("Stopped")
    assert not listens(port)
    program.menu.click("Start")
    program.wait_for_status("Running")
    assert listens(port)


def test_base_url_is_really_in_the_clipboard(desktop: Desktop, program: TrayAppProcess, port: int) -> None:
    assert copied(desktop, program, "Copy base URL") == f"http://127.0.0.1:{port}"


def test_copied_key_opens_the_proxy(desktop: Desktop, program: TrayAppProcess, port: int) -> None:
    key = copied(desktop, program, "Copy API key")
    status, body = get(f"http://127.0.0.1:{port}/v1/models", {"Authorization": f"Bearer {key}"})

    assert status == 200
    assert json.loads(body)["data"]
    assert get(f"http://127.0.0.1:{port}/v1/models", {"Authorization": "Bearer wrong"})[0] == 401


def test_copied_settings_hold_address_and_key(desktop: Desktop, program: TrayAppProcess, port: int) -> None:
    key = copied(desktop, program, "Copy API key")

    text = copied(desktop, program, "Copy settings for", "Claude Code")

    assert f"http://127.0.0.1:{port}" in text
    assert key in text


def test_click_on_a_model_copies_its_name(desktop: Desktop, program: TrayAppProcess) -> None:
    label = program.menu.find("Models").children[0].label

    assert copied(desktop, program, "Models", label) == label


def test_refresh_tells_its_result(program: TrayAppProcess) -> None:
    models = program.status().rpartition(" · ")[2]
    program.menu.click("Refresh deployments")

    row = wait_until(
        lambda: next((label for label in program.menu.labels() if label.startswith("Refresh deployments (")), None),
        "the result",
    )
    assert models in row


def test_settings_page_opens_by_a_link_that_works_once(program: TrayAppProcess) -> None:
    before = len(program.opened())
    program.menu.click("Open settings")
    link = program.next_opened(before)

    assert link.startswith("http://127.0.0.1:")
    assert get(link)[0] == 303
    assert get(link)[0] == 403


def test_logs_open_as_a_folder(program: TrayAppProcess) -> None:
    before = len(program.opened())
    program.menu.click("Open logs")

    assert list(Path(program.next_opened(before)).glob("*.log"))


def test_start_at_login_is_written_and_taken_back(program: TrayAppProcess) -> None:
    folder = program.home / ".config/autostart"
    assert not list(folder.glob("*")) if folder.exists() else True

    program.menu.click("Start at login")
    program.menu.wait_for(lambda m: m.find("Start at login").properties["toggle-state"] == 1, "the check mark")
    (entry,) = folder.glob("*.desktop")
    assert "Exec=" in entry.read_text()

    program.menu.click("Start at login")
    program.menu.wait_for(lambda m: m.find("Start at login").properties["toggle-state"] == 0, "no check mark")
    assert not list(folder.glob("*.desktop"))


def test_second_start_opens_the_page_of_the_first(program: TrayAppProcess) -> None:
    before = len(program.opened())
    second = program.start_another()

    assert second.wait(20) == 0
    assert program.next_opened(before).startswith("http://127.0.0.1:")
    assert "runs already" in program.errors()


def test_quit_ends_program_port_and_icon(start: TrayAppProcess) -> None:
    menu = start.menu
    start.menu.click("Quit")

    assert start.wait() == 0
    menu.wait_for(lambda m: not m.is_there(), "the end of the icon")
    assert "Traceback" not in start.errors()


def test_sigterm_ends_it_within_seconds(start: TrayAppProcess) -> None:
    assert start.menu.labels()
    before = time.monotonic()

    assert start.terminate() == 0
    assert time.monotonic() - before < 5
    assert "Traceback" not in start.errors()


def test_port_in_use_is_named_and_the_next_one_offered(desktop: Desktop, panel: Panel, tmp_path: Path) -> None:
    taken = free_port()
    with (
        socket.create_server(("127.0.0.1", taken)),
        TrayAppProcess(desktop.environ, tmp_path, "--demo", "--port", str(taken)) as program,
    ):
        program.wait_for_status(f"Port {taken} is used by")

        program.menu.click("Start on port")

        assert f":{taken} " not in program.wait_for_status("Running")


def test_desktop_without_a_tray_gets_the_page(bus: SessionBus, tmp_path: Path) -> None:
    """The program says so, opens the page, and goes on; a second start opens the page again."""
    with TrayAppProcess(bus.environ, tmp_path, "--demo", "--port", str(free_port())) as program:
        program.next_opened(0)
        assert program.start_another().wait(20) == 0
        program.next_opened(1)

        assert program.terminate() == 0
        assert "shows no tray icons" in program.errors()
