"""The wheel, installed as users install it: by pip, pipx and uvx, each into an environment of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from proxy_core.version import VERSION

pytestmark = pytest.mark.timeout(900)
"""Each installs from the network."""

BIN = Path(sys.executable).parent
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def run(*command: str, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, env={**ENVIRON, **(environ or {})}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """The programs of a fresh environment with nothing but the wheel."""
    run(sys.executable, "-m", "venv", str(tmp_path / "venv"))
    run(str(tmp_path / "venv/bin/python"), "-m", "pip", "install", "--quiet", str(wheel))
    return tmp_path / "venv/bin"


def test_pip_gives_all_command_lines(installed: Path) -> None:
    assert f"sap-ai-proxy {VERSION} (" in run(str(installed / "sap-ai-proxy"), "--version")
    for program in ("sap-ai-inspect", "sap-ai-chat", "sap-ai-demo-request"):
        assert f"usage: {program}" in run(str(installed / program), "--help")


def test_self_test_passes_without_the_extra_for_the_tray(installed: Path) -> None:
    assert "FAILED" not in run(str(installed / "sap-ai-proxy"), "--self-test")


def test_pipx_installs_it(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", str(tmp_path / "tools"))
    run(str(tmp_path / "tools/bin/python"), "-m", "pip", "install", "--quiet", "pipx")
    environ = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    run(str(tmp_path / "tools/bin/pipx"), "install", f"{wheel}[tray]", environ=environ)

    assert f"sap-ai-proxy {VERSION} (" in run(str(tmp_path / "bin/sap-ai-proxy"), "--version")
    assert (tmp_path / "bin/sap-ai-proxy-tray").exists()


def test_uvx_runs_it(wheel: Path, tmp_path: Path) -> None:
    environ = {"UV_CACHE_DIR": str(tmp_path / "cache")}

    assert f"sap-ai-proxy {VERSION} (" in run(
        str(BIN / "uvx"), "--from", str(wheel), "sap-ai-proxy", "--version", environ=environ
    )
