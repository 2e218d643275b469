"""The tray in front of a library that may fail, and that allows changes in its own thread alone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.tray_app.tray.toy_backend import ToyBackend
from tray_app.menu_items import ActionId
from tray_app.snapshot import Snapshot, State
from tray_app.texts import ENGLISH
from tray_app.tray import Tray
from tray_app.tray.backends import LoadedBackend, TrayBrokenError

STOPPED = Snapshot(State.STOPPED, "http://127.0.0.1:3001")
RUNNING = replace(STOPPED, state=State.RUNNING, models=("gpt",))


def wait_until(look: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)


@contextmanager
def running(tray: Tray) -> Iterator[threading.Thread]:
    """The tray's `run` in a thread that stands for the main one."""
    main = threading.Thread(target=tray.run, args=(STOPPED,))
    main.start()
    try:
        yield main
    finally:
        tray.stop()
        main.join(10)
        assert not main.is_alive()


def build_tray(backend: ToyBackend, acted: list[ActionId] | None = None) -> Tray:
    taken = [] if acted is None else acted
    return Tray(lambda action, _: taken.append(action), ENGLISH, load=lambda: backend.loaded)


def test_every_change_comes_from_the_thread_of_the_loop() -> None:
    """macOS ends a program whose other threads touch its tray."""
    backend = ToyBackend()
    tray = build_tray(backend)
    with running(tray) as main:
        wait_until(lambda: backend.changes)
        tray.publish(RUNNING)
        wait_until(lambda: len(backend.changes) >= 4)

    assert {name for name, _ in backend.changes} == {"visible", "icon", "title", "menu"}
    assert {thread for _, thread in backend.changes} == {main}


def test_equal_snapshot_changes_nothing() -> None:
    backend = ToyBackend()
    tray = build_tray(backend)
    with running(tray):
        wait_until(lambda: backend.changes)
        tray.publish(STOPPED)
        tray.publish(replace(STOPPED, state=State.RUNNING))
        wait_until(lambda: len(backend.changes) >= 4)

    assert [name for name, _ in backend.changes] == ["visible", "icon", "title", "menu"]


def test_snapshot_from_before_the_start_is_shown() -> None:
    backend = ToyBackend()
    tray = build_tray(backend)
    tray.publish(RUNNING)
    with running(tray):
        wait_until(lambda: backend.changes)

    assert "Running" in backend.icons[0].title


def test_icon_that_is_refused_at_login_is_tried_again() -> None:
    backend = ToyBackend(refusals=[OSError("the taskbar is not there yet")])
    with running(build_tray(backend)):
        wait_until(lambda: len(backend.changes) >= 2)

    assert [name for name, _ in backend.changes] == ["visible", "visible"]


def test_change_that_fails_reaches_nobody(caplog: pytest.LogCaptureFixture) -> None:
    backend = ToyBackend()
    tray = build_tray(backend)
    with running(tray):
        wait_until(lambda: backend.changes)
        backend.icons[0].refusals.append(OSError("the taskbar is gone"))
        tray.publish(RUNNING)
        wait_until(lambda: "the taskbar is gone" in caplog.text)
        tray.publish(replace(RUNNING, version="2"))
        wait_until(lambda: backend.changes[-1][0] == "menu")


def test_notification_that_fails_reaches_nobody(caplog: pytest.LogCaptureFixture) -> None:
    backend = ToyBackend(notify_error=ValueError("string too long"))
    tray = build_tray(backend)
    with running(tray):
        wait_until(lambda: backend.changes)
        tray.notify("Title", "text")
        wait_until(lambda: "string too long" in caplog.text)


def test_notification_is_cut_to_the_systems_limits() -> None:
    backend = ToyBackend()
    tray = build_tray(backend)
    with running(tray):
        wait_until(lambda: backend.changes)
        tray.notify("t" * 99, "x" * 999)
        wait_until(lambda: backend.icons[0].notified)

    ((title, text),) = backend.icons[0].notified
    assert (len(title), len(text)) == (63, 255)


def test_notification_before_the_start_is_dropped() -> None:
    build_tray(ToyBackend()).notify("Title", "text")


def test_action_that_fails_leaves_the_tray(caplog: pytest.LogCaptureFixture) -> None:
    def explode(_action: ActionId, _argument: str | None) -> None:
        raise RuntimeError("the action failed")

    backend = ToyBackend()
    tray = Tray(explode, ENGLISH, load=lambda: backend.loaded)
    with running(tray):
        wait_until(lambda: backend.changes)
        list(backend.icons[0].menu)[2](None)

    assert "the action failed" in caplog.text


def broken_load() -> LoadedBackend:
    raise TrayBrokenError("no toolkit")


@pytest.mark.parametrize(
    "load", [broken_load, lambda: ToyBackend(run_error=AttributeError("half loaded")).loaded], ids=["load", "run"]
)
def test_program_goes_on_without_a_tray(
    load: Callable[[], LoadedBackend], caplog: pytest.LogCaptureFixture
) -> None:
    """`run` blocks until `stop`, as with a tray; publishing and notifying harm nothing."""
    tray = Tray(lambda *_: None, ENGLISH, load=load)
    with running(tray) as main:
        wait_until(lambda: "tray icon" in caplog.text)
        tray.publish(RUNNING)
        tray.notify("Title", "text")
        main.join(0.2)

        assert main.is_alive()


def test_stop_before_the_start_ends_it_at_once() -> None:
    tray = build_tray(ToyBackend())
    tray.stop()

    tray.run(STOPPED)
