"""The real program in a process of its own, without a desktop: a small program of the test gets the page's link."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WAIT = 30.0


@dataclass
class Machine:
    """A user's home with an opener that notes what it is given, and no session bus."""

    home: Path
    processes: list[subprocess.Popen[bytes]]

    @property
    def environ(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "DISPLAY", "AICORE"))
        }
        return {
            **kept,
            "HOME": str(self.home),
            "AI_CORE_PROXY_HOME": str(self.home / "proxy"),
            "XDG_RUNTIME_DIR": str(self.home),
            "PATH": f"{self.home / 'bin'}{os.pathsep}{kept['PATH']}",
            "LC_ALL": "C.UTF-8",
        }

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.home / "output").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tray_app", *arguments],
                cwd=ROOT,
                env=self.environ,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )
        self.processes.append(process)
        return process

    def opened(self, count: int = 1) -> list[str]:
        """The addresses that were opened, once there are `count`."""
        deadline = time.monotonic() + WAIT
        while len(found := self.lines("opened")) < count:
            assert time.monotonic() < deadline, "\n".join(self.lines("output"))
            time.sleep(0.05)
        return found

    def lines(self, name: str) -> list[str]:
        path = self.home / name
        return path.read_text().splitlines() if path.exists() else []

    def wait_for_output(self, text: str) -> None:
        deadline = time.monotonic() + WAIT
        while not any(text in line for line in self.lines("output")):
            assert time.monotonic() < deadline, "\n".join(self.lines("output"))
            time.sleep(0.05)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    (tmp_path / "bin").mkdir()
    opener = tmp_path / "bin" / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\n')
    opener.chmod(0o755)
    machine = Machine(tmp_path, [])
    yield machine
    for process in machine.processes:
        if process.poll() is None:
            process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_demo_serves_opens_its_page_and_ends_by_a_signal(machine: Machine) -> None:
    port = free_port()
    process = machine.start("--demo", "-p", str(port))
    link = machine.opened()[0]
    machine.wait_for_output("The proxy listens")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as health:
        status = health.status
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(link, timeout=10) as page:
        html = page.read().decode()
    process.send_signal(signal.SIGTERM)

    assert status == 200
    assert "<html" in html
    assert process.wait(10) == 0
    assert link not in "\n".join(machine.lines("output"))


def test_a_second_start_opens_the_page_of_the_first_and_ends(machine: Machine) -> None:
    first = machine.start("--demo", "-p", str(free_port()))
    machine.opened()
    second = machine.start("--demo")

    assert second.wait(WAIT) == 0
    links = machine.opened(2)
    assert links[0].partition("?")[0] == links[1].partition("?")[0]
    assert links[0] != links[1]
    assert first.poll() is None


def test_without_a_keyring_the_first_run_opens_the_page_and_keeps_nothing(machine: Machine) -> None:
    process = machine.start()
    machine.opened()
    machine.wait_for_output("No keyring")
    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert [path.name for path in (machine.home / "proxy" / "config").iterdir()] == ["tray.lock"]


def test_a_config_file_of_the_users_own_is_served_and_left_alone(machine: Machine) -> None:
    file = machine.home / "mine.json"
    text = json.dumps({
        "subAccounts": {"eu": {"service_key_json": {"clientid": "a"}}},
        "secret_authentication_tokens": ["my-own-key"],
    })  # fmt: skip
    file.write_text(text)
    process = machine.start("-c", str(file))
    machine.opened()
    machine.wait_for_output("The proxy does not run")
    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert file.read_text() == text


def test_the_log_is_private_and_holds_no_key(machine: Machine) -> None:
    process = machine.start("-c", str(write_config(machine)))
    machine.opened()
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    log = machine.home / "proxy" / "state" / "tray.log"

    assert log.stat().st_mode & 0o777 == 0o600
    assert "my-own-key" not in log.read_text()


def write_config(machine: Machine) -> Path:
    file = machine.home / "mine.json"
    file.write_text(json.dumps({"subAccounts": {}, "secret_authentication_tokens": ["my-own-key"]}))
    return file


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["-p", "4000"], "settings page"), (["--demo", "-c", "x.json"], "leave -c out"), (["--nonsense"], "--help")],
)
def test_bad_usage_is_one_line_and_code_2(machine: Machine, arguments: list[str], word: str) -> None:
    process = machine.start(*arguments)

    assert process.wait(WAIT) == 2
    assert len(machine.lines("output")) == 1
    assert word in machine.lines("output")[0]


def test_the_self_test_names_each_check_and_fails_without_a_keyring(machine: Machine) -> None:
    process = machine.start("--self-test")

    assert process.wait(60) == 1
    verdicts = {line[8:].split()[0]: line[:6].strip() for line in machine.lines("output")}
    assert verdicts == {
        "program": "ok",
        "omitted": "ok",
        "parts": "ok",
        "trust": "ok",
        "server": "ok",
        "backend": "ok",
        "tray": "ok",
        "icons": "ok",
        "keyring": "FAILED",
        "page": "ok",
    }


def test_the_version_is_told(machine: Machine) -> None:
    process = machine.start("--version")

    assert process.wait(WAIT) == 0
    assert machine.lines("output")[0].startswith("sap-ai-proxy ")


def test_a_folder_that_cannot_be_used_is_one_line(machine: Machine) -> None:
    (machine.home / "proxy").write_text("a file in the place of the folder")
    process = machine.start()

    assert process.wait(WAIT) == 2
    [line] = machine.lines("output")
    assert "cannot be used" in line
    assert "AI_CORE_PROXY_HOME" in line


def test_the_demo_says_in_the_terminal_how_to_try_it(machine: Machine) -> None:
    machine.start("--demo", "--port", "0")

    machine.wait_for_output("DEMO MODE")
    machine.wait_for_output("sk-demo")
