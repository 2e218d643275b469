"""`docs/configuration.md` is what the program has: keys, variables, flags."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from proxy_core.settings.keys import KEYS, Key
from release.configuration_reference import PAGE, PARSERS, encode_page, main
from release.environment_variables import VARIABLES
from release.version import ROOT
from tests.settings.config_folder import ConfigFolder

TEXT = PAGE.read_text(encoding="utf-8")
READERS = ("proxy_core/aicore", "proxy_core/cli", "proxy_core/doctor", "proxy_core/settings", "tray_app")
"""The folders of the modules that read the user's variables."""
OF_OTHER_PROGRAMS = {"proxy_core/doctor/client_uses.py"}
"""Reads what the tools of the user have, and obeys none of it."""
OF_THE_DESKTOP = {
    "APPIMAGE", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "DYLD_FRAMEWORK_PATH", "DYLD_LIBRARY_PATH",
    "LD_LIBRARY_PATH", "PYSTRAY_BACKEND", "XDG_CONFIG_HOME", "XDG_CURRENT_DESKTOP", "XDG_RUNTIME_DIR",
}  # fmt: skip
"""Set by the system or by the program itself; nobody configures the proxy by them."""
NO_VARIABLES = {"AI_API_URL"}
"""A field of service keys."""
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|HOME|LANG|USERPROFILE|DISPLAY|APPIMAGE")


def constants(path: Path) -> set[str]:
    """Texts in a module that reads variables which look like the name of one, but its own names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    if not (names | arguments | attributes) & {"environ", "_environ"}:
        return set()
    texts = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if VARIABLE.fullmatch(text)} - names


def variables_of_the_code() -> set[str]:
    paths = [path for folder in READERS for path in (ROOT / folder).rglob("*.py")]
    found = (constants(path) for path in paths if path.relative_to(ROOT).as_posix() not in OF_OTHER_PROGRAMS)
    return set().union(*found) - OF_THE_DESKTOP - NO_VARIABLES


def test_page_is_current() -> None:
    """Else: `python -m release.configuration_reference --write`, and read the difference."""
    assert encode_page(TEXT) == TEXT


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_key_has_one_row(key: Key) -> None:
    assert TEXT.count(f"\n| `{key.path}` |") == 1


def test_every_variable_that_the_code_reads_is_explained() -> None:
    explained = {name for rows in VARIABLES.values() for name, _ in rows}

    assert variables_of_the_code() == explained


def test_every_program_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    programs = {*project["scripts"], *project["gui-scripts"], "sap-ai-proxy doctor"}

    assert {build().prog for build in PARSERS} == programs


def test_page_that_is_not_current_is_told_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(stale := TEXT.replace("| `max_streams` |", "| `max_stream` |"), encoding="utf-8")

    assert main([], page) == 1
    assert "--write" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == stale


def test_page_is_written_and_its_own_words_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(TEXT.replace("| `max_streams` |", "| `max_stream` |"), encoding="utf-8")

    assert main(["--write"], page) == 0
    assert page.read_text(encoding="utf-8") == TEXT


def test_page_without_a_mark_is_an_error() -> None:
    with pytest.raises(ValueError, match="end of flags"):
        encode_page(TEXT.replace("<!-- end of flags -->", ""))


def test_example_of_the_page_loads(tmp_path: Path) -> None:
    [example] = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    folder = ConfigFolder(tmp_path)
    folder.write_json("other-key.json", json.loads((folder.path / "key.json").read_text(encoding="utf-8")))

    loaded = folder.load(json.loads(example))

    assert loaded.warnings == ()
    assert [account.name for account in loaded.settings.sub_accounts] == ["production", "reserve"]


def test_page_about_containers_explains_the_variables_of_the_image() -> None:
    taken = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "deploy" / "entrypoint.sh").read_text(encoding="utf-8")))
    explained = (ROOT / "docs" / "docker.md").read_text(encoding="utf-8")

    assert taken >= {"PORT", "HOST", "CONFIG_PATH", "DEBUG"}
    assert [name for name in taken - {"HOME", "AICORE_HOME"} if f"| `{name}` |" not in explained] == []
