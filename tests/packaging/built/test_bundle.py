"""The frozen folder: small, quick, and at home wherever it is put."""

import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.packaged import size_mb
from bench.process import memory_mb
from proxy_core.cli.demo_marks import DEMO_KEY
from proxy_core.version import VERSION
from tests.desktop.desktop import Desktop
from tests.desktop.tray_app_process import TrayAppProcess, free_port

LARGEST_MB = 60
LONGEST_START_SECONDS = 1.5
MOST_STARTS = 12
LARGEST_IDLE_MB = 90
NOBODY = 65534
PROGRAMS = ("sap-ai-proxy", "sap-ai-proxy-tray")
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def anywhere() -> Iterator[Path]:
    """A folder that every user can enter, with spaces and umlauts in its name."""
    folder = Path("/var/tmp") / f"Prüf ordner für {os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def copy(bundle: Path, anywhere: Path) -> Path:
    """The bundle there, where nothing can be written."""
    copy = anywhere / "Programm"
    shutil.copytree(bundle, copy, symlinks=True)
    subprocess.run(["chmod", "-R", "a-w,a+rX", str(copy)], check=True)
    return copy


def test_bundle_is_small(bundle: Path) -> None:
    assert size_mb(bundle) <= LARGEST_MB


def test_links_stay_inside(bundle: Path) -> None:
    for path in bundle.rglob("*"):
        assert path.resolve().is_relative_to(bundle.resolve())


@pytest.mark.parametrize("name", ["cryptography", "flask", "jeepney", "pillow", "pyinstaller", "waitress"])
def test_licence_of_each_library_goes_along(bundle: Path, name: str) -> None:
    assert list((bundle / "_internal" / "licences" / name).iterdir())


def test_first_answer_comes_soon(bundle: Path, tmp_path: Path) -> None:
    """The best of some starts: the files are in the system's memory then, and others may use the machine too."""
    took: list[float] = []
    while len(took) < MOST_STARTS and not any(seconds < LONGEST_START_SECONDS for seconds in took):
        port = free_port()
        began = time.monotonic()
        with running(bundle / "sap-ai-proxy", "--demo", "-p", str(port), home=tmp_path):
            wait_for_models(port)
            took.append(time.monotonic() - began)

    assert min(took) < LONGEST_START_SECONDS


def test_tray_needs_little_memory_while_idle(bundle: Path, desktop: Desktop, tmp_path: Path) -> None:
    tray = bundle / "sap-ai-proxy-tray"
    arguments = ("--demo", "--port", str(free_port()))
    with TrayAppProcess(desktop.environ, tmp_path, *arguments, program=tray) as program:
        program.wait_for_status("Running")
        resident = memory_mb(program.pid)

    assert resident is not None
    assert resident < LARGEST_IDLE_MB


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_tells_the_commit_it_was_built_from(bundle: Path, name: str) -> None:
    out = subprocess.run([bundle / name, "--version"], capture_output=True, text=True, check=True, cwd="/").stdout

    assert re.fullmatch(rf"sap-ai-proxy {re.escape(VERSION)} \([0-9a-f]{{12}}\)\n", out)


def test_self_test_of_the_tray_passes_on_a_desktop(bundle: Path, desktop: Desktop) -> None:
    """With a real keyring; our own backend for the tray, never GTK's."""
    lines = self_test(bundle / "sap-ai-proxy-tray", environ=desktop.environ)

    assert [line for line in lines if line.startswith("ok      backend  status_notifier")]
    assert "frozen" in lines[0]
    assert "not frozen" not in lines[0]
    assert [line for line in lines if line.startswith("ok      keyring") and "there and back" in line]


def test_self_test_passes_elsewhere_read_only_for_another_user(copy: Path, anywhere: Path) -> None:
    home = anywhere / "Zuhause"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)

    self_test(copy / "sap-ai-proxy", environ={"HOME": str(home), "PATH": "/nowhere"}, user=NOBODY)


def test_self_test_of_the_tray_passes_elsewhere_without_python(copy: Path, desktop: Desktop) -> None:
    """By the user of the desktop: no other one is let onto its bus."""
    self_test(copy / "sap-ai-proxy-tray", environ={**desktop.environ, "PATH": "/nowhere"})


def test_self_test_passes_from_the_unpacked_archive(packaged: Path, anywhere: Path) -> None:
    """By the link in `bin`, as the page on installing says."""
    (archive,) = packaged.glob("*.tar.xz")
    subprocess.run(["tar", "-xJf", str(archive), "-C", str(anywhere)], check=True)
    (unpacked,) = anywhere.glob("ai-core-proxy-*")

    self_test(unpacked / "bin" / "sap-ai-proxy", environ={"HOME": str(anywhere), "PATH": "/nowhere"})


def test_self_test_passes_from_the_folder_of_an_appimage(bundle: Path, anywhere: Path) -> None:
    """All but the image itself: a stand-in for the tool that makes it keeps the folder."""
    tool = anywhere / "appimagetool"
    tool.write_text('#!/bin/sh\nexec cp -a "$1" "$2"\n')
    tool.chmod(0o755)
    environ = {**os.environ, "PATH": f"{anywhere}:{os.environ['PATH']}"}
    script = REPOSITORY / "release" / "linux" / "make_appimage.sh"
    subprocess.run([str(script), str(bundle), str(anywhere)], check=True, env=environ)
    (folder,) = anywhere.glob("*.AppImage")

    self_test(folder / "AppRun", "sap-ai-proxy", environ={"HOME": str(anywhere), "PATH": "/usr/bin:/bin"})


def self_test(program: Path, *arguments: str, environ: dict[str, str], user: int | None = None) -> list[str]:
    """The lines of a self test that must pass."""
    done = subprocess.run(
        [str(program), *arguments, "--self-test"],
        env=environ,
        user=user,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split()[1] for line in lines} >= {"program", "omitted", "parts", "trust", "server", "keyring"}
    return lines


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
