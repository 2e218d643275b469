"""The .deb in a minimal Debian: installed, used, removed without traces."""

import os
import subprocess
import sys
from pathlib import Path

from proxy_core.version import VERSION
from tests.packaging.built.minimal_root import MinimalRoot

REPOSITORY = Path(__file__).parents[3]
DEMO = """
sap-ai-proxy --demo -p 29431 > /dev/null &
for _ in $(seq 50); do sap-ai-demo-request -p 29431 && break; sleep 0.2; done
kill $!
"""
NO_CLIPBOARD = "not clipboard and not copied and not copies and not without_a_tray"
"""Such a root has no clipboard tool."""


def test_both_programs_tell_their_version(root: MinimalRoot) -> None:
    for program in ("sap-ai-proxy", "sap-ai-proxy-tray"):
        assert f"sap-ai-proxy {VERSION} (" in root.run(program, "--version")


def test_command_lines_are_links(root: MinimalRoot) -> None:
    for program in ("sap-ai-inspect", "sap-ai-chat", "sap-ai-demo-request"):
        assert f"usage: {program}" in root.run(program, "--help")


def test_root_has_no_python_of_its_own(root: MinimalRoot) -> None:
    assert not list((root.path / "usr" / "bin").glob("python*"))


def test_self_test_passes_but_for_the_roots_that_are_not_there(root: MinimalRoot) -> None:
    """Such a Debian has no certificates at all, which the self test is there to find."""
    out = root.run("sh", "-c", "sap-ai-proxy --self-test || true")

    assert [line.split()[1] for line in out.splitlines() if line.startswith("FAILED")] in ([], ["trust"]), out


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
