"""The frozen folder that `make build` leaves: its size, its start, and what it holds in memory while it is idle."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.process import memory_mb
from bench.proxy import run_proxy
from bench.rounds import Effort
from bench.table import Row
from bench.upstream import Upstream

__all__ = ["find_bundle", "measure_packaged", "read_version", "size_mb"]

BUNDLE = Path(__file__).resolve().parent.parent / "dist" / "ai-core-proxy"
_SUFFIX = ".exe" if sys.platform == "win32" else ""


def find_bundle(folder: Path = BUNDLE) -> Path | None:
    """None where nothing was built."""
    return folder if _program(folder, "sap-ai-proxy").is_file() else None


def read_version(bundle: Path) -> str:
    """Version and commit that the program was built from. Raises `RuntimeError` when it does not run."""
    command = [str(_program(bundle, "sap-ai-proxy")), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} --version ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def measure_packaged(
    bundle: Path, directory: Path, upstream: Upstream, effort: Effort, say: Callable[[str], None]
) -> Iterator[Row]:
    """The limits are those of `make build-tested`. Memory with the tray is None, and `say` tells why, where a
    virtual desktop is missing."""
    yield Row("folder, unpacked", (size_mb(bundle),), "MB", (60,))
    starts, idle = _start(bundle, directory, upstream, effort)
    yield Row("start to first answered `/v1/models`, warm", (min(starts),), "s", (1.5,))
    yield Row("memory idle, without the tray", (idle,), "MB")
    yield Row("memory idle, with the tray, demo", (_tray_memory(bundle, directory, effort, say),), "MB", (90,))


def size_mb(folder: Path) -> float:
    """Of the files, in units of a million bytes; a link counts nothing."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def _start(bundle: Path, directory: Path, upstream: Upstream, effort: Effort) -> tuple[list[float], float | None]:
    """Seconds of each start; the first, which may read from the disk, is one more. Then memory while idle."""
    command = [str(_program(bundle, "sap-ai-proxy"))]
    seconds, idle = [], None
    for _ in range(effort.starts + 1):
        with run_proxy(directory, upstream, command=command) as proxy:
            seconds.append(proxy.start_seconds)
            idle = memory_mb(proxy.pid)
    return seconds[1:], idle


def _tray_memory(bundle: Path, directory: Path, effort: Effort, say: Callable[[str], None]) -> float | None:
    if sys.platform != "linux":
        say("The tray was not measured: that takes a virtual desktop of Linux.")
        return None
    from tests.desktop.desktop import Desktop  # these need libraries that only Linux has
    from tests.desktop.tray_app_process import TrayAppProcess, free_port

    try:
        with Desktop(directory / "desktop") as desktop:
            arguments = ("--demo", "--port", str(free_port()))
            program = _program(bundle, "sap-ai-proxy-tray")
            with TrayAppProcess(desktop.environ, directory, *arguments, program=program) as tray:
                tray.wait_for_status("Running")
                time.sleep(effort.idle_seconds)
                return memory_mb(tray.pid)
    except FileNotFoundError as error:
        say(f"The tray was not measured. {error}")
        return None
    except AssertionError as error:
        raise RuntimeError(f"The packaged tray did not come up: {error}") from error


def _program(bundle: Path, name: str) -> Path:
    return bundle / f"{name}{_SUFFIX}"
