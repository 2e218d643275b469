"""The self test: a line for each check, and what a build left out is really not there."""

from pathlib import Path

import pytest

from proxy_core.cli.self_test import SelfTestError, find_brought, run_checks, run_self_test


def test_each_check_has_one_line_and_a_failed_one_fails_the_whole() -> None:
    def fail() -> str:
        raise SelfTestError("no roots")

    lines: list[str] = []

    code = run_checks({"trust": fail, "server": lambda: "started"}, lines.append)

    assert code == 1
    assert lines == ["FAILED  trust    SelfTestError: no roots", "ok      server   started"]


def test_this_installation_passes() -> None:
    lines: list[str] = []

    code = run_self_test({}, lines.append)

    assert code == 0, lines
    assert [line.split()[1] for line in lines] == ["program", "omitted", "parts", "trust", "server", "keyring"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build with a package and a library."""
    package = tmp_path / "picture"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "webp.py").touch()
    (tmp_path / "picture.libs").mkdir()
    (tmp_path / "picture.libs" / "libwebp-1.so").touch()
    return tmp_path


@pytest.mark.parametrize("name", ["picture", "picture.webp", "libwebp*"])
def test_part_that_came_along_is_found_without_importing_its_package(name: str, folder: Path) -> None:
    assert find_brought([name], folder, [str(folder)]) == [name]


@pytest.mark.parametrize("name", ["sketch", "picture.avif", "sketch.webp", "picture.webp.deep", "libavif*"])
def test_part_that_stayed_away_is_not_found(name: str, folder: Path) -> None:
    assert find_brought([name], folder, [str(folder)]) == []
