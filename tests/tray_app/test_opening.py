"""Opening with the desktop's programs, and the environment that they get."""

import os
import sys
from pathlib import Path

import pytest

from tray_app.opening import child_environment, open_in_desktop

BUNDLE = "/opt/proxy/_internal"


def write_program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_program_that_is_not_frozen_hands_on_its_environment() -> None:
    environ = {"LD_LIBRARY_PATH": "/usr/local/lib", "X_ORIG": "1"}

    assert child_environment(environ, None) == environ


def test_the_loaders_variables_are_put_back() -> None:
    environ = {"LD_LIBRARY_PATH": BUNDLE, "LD_LIBRARY_PATH_ORIG": "/usr/local/lib", "HOME": "/home/me"}

    assert child_environment(environ, BUNDLE) == {"LD_LIBRARY_PATH": "/usr/local/lib", "HOME": "/home/me"}


def test_without_an_original_the_loaders_variable_is_taken_out() -> None:
    assert child_environment({"LD_LIBRARY_PATH": BUNDLE}, BUNDLE) == {}


def test_nothing_points_into_the_bundle() -> None:
    environ = {
        "GI_TYPELIB_PATH": f"{BUNDLE}/gi_typelibs",
        "XDG_DATA_DIRS": f"{BUNDLE}/share:/usr/share",
        "EMPTY": "",
        "DISPLAY": ":0",
    }

    assert child_environment(environ, BUNDLE) == {"XDG_DATA_DIRS": "/usr/share", "EMPTY": "", "DISPLAY": ":0"}


def test_the_desktops_program_gets_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(tmp_path / "xdg-open", f'echo "$1" > {tmp_path}/opened')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert open_in_desktop("http://127.0.0.1:1/x?y=z")
    assert (tmp_path / "opened").read_text() == "http://127.0.0.1:1/x?y=z\n"


def test_a_program_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(tmp_path / "xdg-open", "exit 3")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert not open_in_desktop(tmp_path)


def test_where_nothing_can_open_a_folder_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not open_in_desktop(tmp_path)


def test_an_opened_program_may_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(tmp_path / "xdg-open", f"{sys.executable} -c 'import time; time.sleep(4)'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert open_in_desktop(tmp_path)
