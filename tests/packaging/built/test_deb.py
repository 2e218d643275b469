"""The .deb in a minimal Debian: installed, used, removed without traces."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.version import VERSION
from tests.desktop.desktop import Desktop
from tests.packaging.built.minimal_root import MinimalRoot

pytestmark = pytest.mark.timeout(900)
"""A minimal Debian is made for the first test, from the network."""

REPOSITORY = Path(__file__).parents[3]
DEMO = """
sap-ai-proxy --demo -p 29431 > /dev/null &
for _ in $(seq 50); do sap-ai-demo-request -p 29431 && break; sleep 0.2; done
kill $!
"""
NO_CLIPBOARD = "not clipboard and not copied and not copies and not without_a_tray"
"""Such a root has no clipboard tool."""


@pytest.fixture
def certificates(root: MinimalRoot) -> Iterator[None]:
    """What the package `ca-certificates`, which ours recommends, would bring."""
    place = root.path / "etc" / "ssl" / "certs" / "ca-certificates.crt"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", place)
    yield
    place.unlink()


def failed(out: str) -> list[str]:
    return [line.split()[1] for line in out.splitlines() if line.startswith("FAILED")]


def test_both_programs_tell_their_version(root: MinimalRoot) -> None:
    for program in ("sap-ai-proxy", "sap-ai-proxy-tray"):
        assert f"sap-ai-proxy {VERSION} (" in root.run(program, "--version")


def test_command_lines_are_links(root: MinimalRoot) -> None:
    for program in ("sap-ai-inspect", "sap-ai-chat", "sap-ai-demo-request"):
        assert f"usage: {program}" in root.run(program, "--help")


def test_root_has_no_python_of_its_own(root: MinimalRoot) -> None:
    assert not list((root.path / "usr" / "bin").glob("python*"))


def test_self_test_finds_that_the_roots_are_not_there(root: MinimalRoot) -> None:
    """Such a Debian has no certificates at all, and all else is there."""
    out = root.run("sh", "-c", "sap-ai-proxy --self-test || true")

    assert failed(out) == ["trust"], out


@pytest.mark.parametrize("program", ["sap-ai-proxy", "sap-ai-proxy-tray"])
def test_self_test_passes_with_the_roots(
    program: str, root: MinimalRoot, certificates: None, desktop: Desktop
) -> None:
    """On this machine's bus and keyring, without anything else that this machine has."""
    done = subprocess.run(
        [root.script(f"/usr/bin/{program}"), "--self-test"],
        env=desktop.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, failed(done.stdout)) == (0, []), done.stdout + done.stderr
    assert "there and back" in done.stdout


def test_demo_answers_from_the_package(root: MinimalRoot) -> None:
    out = root.run("sh", "-c", DEMO)

    assert "claude" in out


def test_tray_is_driven_by_its_menu(root: MinimalRoot) -> None:
    """The same tests as for the source, on this machine's bus and keyring."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/desktop/test_program_demo.py", "-k", NO_CLIPBOARD],
        cwd=REPOSITORY,
        env={**os.environ, "TRAY_PROGRAM": root.script("/usr/bin/sap-ai-proxy-tray")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
