"""The frozen folder: small, quick, and at home wherever it is put."""

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxy_core.cli.demo_marks import DEMO_KEY
from tests.desktop.desktop import Desktop
from tests.desktop.tray_app_process import TrayAppProcess, free_port

LARGEST_MB = 60
LONGEST_START_SECONDS = 1.5
LARGEST_IDLE_MB = 90
NOBODY = 65534


@pytest.fixture
def anywhere() -> Iterator[Path]:
    """A folder that every user can enter, with spaces and umlauts in its name."""
    folder = Path("/var/tmp") / f"Prüf ordner für {os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_bundle_is_small(bundle: Path) -> None:
    size = sum(path.lstat().st_size for path in bundle.rglob("*") if path.is_file() and not path.is_symlink())

    assert size / 1e6 <= LARGEST_MB


def test_links_stay_inside(bundle: Path) -> None:
    for path in bundle.rglob("*"):
        assert path.resolve().is_relative_to(bundle.resolve())


def test_first_answer_comes_soon(bundle: Path, tmp_path: Path) -> None:
    """The best of a few starts: the files are in the system's memory then, and others may use the machine too."""
    took = []
    for _ in range(4):
        port = free_port()
        began = time.monotonic()
        with running(bundle / "sap-ai-proxy", "--demo", "-p", str(port), home=tmp_path):
            wait_for_models(port)
            took.append(time.monotonic() - began)

    assert min(took) < LONGEST_START_SECONDS


def test_tray_needs_little_memory_while_idle(bundle: Path, desktop: Desktop, tmp_path: Path) -> None:
    os.environ["TRAY_PROGRAM"] = str(bundle / "sap-ai-proxy-tray")
    try:
        with TrayAppProcess(desktop.environ, tmp_path, "--demo", "--port", str(free_port())) as program:
            program.wait_for_status("Running")
            resident = resident_mb(program.pid)
    finally:
        del os.environ["TRAY_PROGRAM"]

    assert resident < LARGEST_IDLE_MB


def test_self_test_of_the_tray_passes_on_a_desktop(bundle: Path, desktop: Desktop) -> None:
    """With a real keyring; our own backend for the tray, never GTK's."""
    out = run(bundle / "sap-ai-proxy-tray", environ=desktop.environ)

    assert "FAILED" not in out
    assert "backend  status_notifier" in out
    assert "frozen" in out


def test_self_test_passes_elsewhere_read_only_for_another_user(
    bundle: Path, anywhere: Path, tmp_path: Path
) -> None:
    copy = anywhere / "Programm"
    shutil.copytree(bundle, copy, symlinks=True)
    subprocess.run(["chmod", "-R", "a-w,a+rX", str(copy)], check=True)
    home = anywhere / "Zuhause"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)

    out = run(copy / "sap-ai-proxy", environ={"HOME": str(home), "PATH": "/nowhere"}, user=NOBODY)

    assert "FAILED" not in out


def run(program: Path, *, environ: dict[str, str], user: int | None = None) -> str:
    done = subprocess.run(
        [str(program), "--self-test"],
        env=environ,
        user=user,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@contextmanager
def running(program: Path, *arguments: str, home: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [str(program), *arguments],
        env={"HOME": str(home), "PATH": "/nowhere"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
        process.terminate()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


def wait_for_models(port: int) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/models", headers={"x-api-key": DEMO_KEY})
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no such process")
