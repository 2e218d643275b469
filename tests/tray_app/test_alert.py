"""A failure before there is an icon reaches the user; the other systems' own libraries are played."""

from types import SimpleNamespace
from typing import Any

from tray_app.alert import build_alert_command, show_alert


def test_windows_shows_a_box_with_the_sentence() -> None:
    shown: list[tuple[Any, ...]] = []
    user32 = SimpleNamespace(MessageBoxW=lambda *arguments: shown.append(arguments))
    modules = {"ctypes": SimpleNamespace(windll=SimpleNamespace(user32=user32))}

    show_alert("AI Core Proxy", "It cannot run.", {}, platform="win32", load=modules.__getitem__)

    assert shown == [(None, "It cannot run.", "AI Core Proxy", 0x10)]


def test_macos_shows_an_alert_with_the_sentence() -> None:
    spawned: list[Any] = []

    show_alert("AI Core Proxy", "It cannot run.", {}, platform="darwin", spawn=spawned.append)

    assert spawned == [build_alert_command("AI Core Proxy", "It cannot run.")]


def test_a_sentence_stays_one_string_of_the_script() -> None:
    script = build_alert_command("A", 'The file "x\\y" & more')[-1]

    assert script == 'display alert "A" message "The file \\"x\\\\y\\" & more" as critical'


def test_a_desktop_that_can_show_nothing_is_no_further_trouble() -> None:
    def load(name: str) -> Any:
        raise ImportError(name)

    show_alert("AI Core Proxy", "It cannot run.", {}, platform="linux", load=load)
    show_alert("AI Core Proxy", "It cannot run.", {}, platform="linux")
