"""One program for each user."""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tray_app.single_instance import SingleInstance

LOG = logging.getLogger("tests.tray")


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "config" / "tray.lock"


@pytest.fixture
def first(lock: Path) -> Iterator[SingleInstance]:
    instance = SingleInstance(lock, LOG)
    assert instance.acquire()
    yield instance
    instance.close()


def test_the_second_start_is_refused(first: SingleInstance, lock: Path) -> None:
    assert not SingleInstance(lock, LOG).acquire()


def test_the_second_start_shows_the_first(first: SingleInstance, lock: Path) -> None:
    shown = threading.Event()
    first.listen(shown.set)

    assert SingleInstance(lock, LOG).show_first()
    assert shown.wait(5)


def test_the_lock_is_free_after_the_end(first: SingleInstance, lock: Path) -> None:
    first.listen(lambda: None)
    first.close()
    second = SingleInstance(lock, LOG)

    assert second.acquire()
    second.close()


def test_a_program_that_was_killed_leaves_no_lock(lock: Path) -> None:
    script = (
        "import logging, pathlib, sys, time\n"
        "from tray_app.single_instance import SingleInstance\n"
        "one = SingleInstance(pathlib.Path(sys.argv[1]), logging.getLogger())\n"
        "print(one.acquire(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(lock)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"True"
        held = SingleInstance(lock, LOG).acquire()
        process.kill()
        process.wait()
    second = SingleInstance(lock, LOG)

    assert not held
    assert second.acquire()
    second.close()


def test_only_this_user_can_read_the_token(first: SingleInstance, lock: Path) -> None:
    first.listen(lambda: None)

    assert os.stat(lock).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("message", [b"", b"wrong\n", b"\xff" * 256])
def test_whoever_has_no_token_is_not_heard(first: SingleInstance, lock: Path, message: bytes) -> None:
    shown = threading.Event()
    first.listen(shown.set)
    port = json.loads(lock.read_text())["port"]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(100)

    assert answer == b""
    assert not shown.is_set()
    assert SingleInstance(lock, LOG).show_first()


def test_a_callback_that_fails_is_logged_and_the_next_start_heard(
    first: SingleInstance, lock: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first.listen(lambda: 1 / 0)  # type: ignore[arg-type]

    assert SingleInstance(lock, LOG).show_first()
    assert SingleInstance(lock, LOG).show_first()
    assert "ZeroDivisionError" in caplog.text


def test_a_first_program_that_does_not_answer_is_told(first: SingleInstance, lock: Path) -> None:
    assert not SingleInstance(lock, LOG).show_first()
