"""The user's language, on every system; the other systems' own libraries are played."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tray_app.language import detect_language
from tray_app.texts import GERMAN, choose_texts


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de_DE.UTF-8"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en_US.UTF-8"),
        ({"LC_ALL": "de_DE", "LC_MESSAGES": "en_US.UTF-8"}, "de_DE"),
    ],
)
def test_the_variables_count_in_their_order(environ: dict[str, str], language: str) -> None:
    assert detect_language(environ) == language


def windows(code: int) -> Callable[[str], Any]:
    kernel = SimpleNamespace(GetUserDefaultUILanguage=lambda: code)
    return {"ctypes": SimpleNamespace(windll=SimpleNamespace(kernel32=kernel))}.__getitem__


def macos(languages: Sequence[str]) -> Callable[[str], Any]:
    return {
        "Foundation": SimpleNamespace(NSLocale=SimpleNamespace(preferredLanguages=lambda: languages))
    }.__getitem__


def without_library(name: str) -> Any:
    raise ImportError(name)


@pytest.mark.parametrize(("code", "language"), [(0x0407, "de_DE"), (0x0C07, "de_AT"), (0x0409, "en_US"), (1, "en")])
def test_windows_tells_the_language_of_its_own_menus(code: int, language: str) -> None:
    assert detect_language({}, "win32", windows(code)) == language


@pytest.mark.parametrize(("languages", "language"), [(["de-DE", "en"], "de-DE"), ([], "en")])
def test_macos_tells_the_first_preferred_language(languages: list[str], language: str) -> None:
    assert detect_language({}, "darwin", macos(languages)) == language


def test_macos_without_its_library_speaks_english() -> None:
    assert detect_language({}, "darwin", without_library) == "en"


def test_a_german_windows_gets_german_texts() -> None:
    assert choose_texts(detect_language({}, "win32", windows(0x0407))) is GERMAN
