"""Menu items become pystray's, and texts fit into Windows' fields."""

from dataclasses import replace

import pytest

from tests.tray_app.tray.toy_backend import ToyBackend
from tray_app.menu_items import ActionId, MenuItem, build_separator
from tray_app.tray.rendering import render_menu, shorten
from tray_app.tray.windows_text import escape_access_key

ITEMS = (
    MenuItem("Running", enabled=False),
    build_separator(),
    MenuItem("Stop", ActionId.STOP),
    MenuItem("Models", submenu=(MenuItem("gpt", ActionId.COPY_MODEL, "gpt"),)),
    MenuItem("At login", ActionId.START_AT_LOGIN, checked=True),
    MenuItem("Settings", ActionId.OPEN_SETTINGS, default=True),
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("text", ["", "short", "x" * 63, "ä" * 63])
def test_text_that_fits_stays(text: str) -> None:
    assert shorten(text, 63) == text


@pytest.mark.parametrize("text", ["x" * 64, "x" * 62 + "🙂", "🙂" * 40])
def test_long_text_is_cut_to_the_field(text: str) -> None:
    """A character outside the Basic Multilingual Plane takes two units and is not cut in half."""
    short = shorten(text, 63)

    assert units(short) <= 63
    assert short.endswith("…")
    assert text.startswith(short[:-1])


def test_rows_carry_texts_and_states() -> None:
    rows = list(render_menu(ITEMS, ToyBackend().loaded, lambda *_: None))

    assert [row.text for row in rows if row.enabled] == ["- - - -", "Stop", "Models", "At login", "Settings"]
    assert [row.checked for row in rows] == [None, None, None, None, True, None]
    assert [row.default for row in rows] == [False] * 5 + [True]


def test_click_names_action_and_argument() -> None:
    acted: list[tuple[ActionId, str | None]] = []
    menu = render_menu(ITEMS, ToyBackend().loaded, lambda *action: acted.append(action))

    (model,) = list(menu)[3].submenu
    model(None)

    assert acted == [(ActionId.COPY_MODEL, "gpt")]


def test_click_on_a_row_that_only_informs_does_nothing() -> None:
    acted: list[tuple[ActionId, str | None]] = []

    next(iter(render_menu(ITEMS, ToyBackend().loaded, lambda *action: acted.append(action))))(None)

    assert not acted


def test_keys_tell_rows_apart() -> None:
    keys = [row.key for row in render_menu(ITEMS, ToyBackend().loaded, lambda *_: None) if hasattr(row, "key")]

    assert len(set(keys)) == len(keys) == 5


def test_windows_labels_keep_their_ampersands() -> None:
    backend = replace(ToyBackend().loaded, escape=escape_access_key)

    (row,) = render_menu((MenuItem("R&D", ActionId.ABOUT),), backend, lambda *_: None)

    assert row.text == "R&&D"
