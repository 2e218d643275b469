"""What was built, and a minimal Debian that never saw Python, a compiler or a desktop."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop
from tests.packaging.built.minimal_root import MinimalRoot

REPOSITORY = Path(__file__).parents[3]
ROOT_CACHE = REPOSITORY / ".cache" / "minimal-root"
"""Not in `build/`, which a build of the wheel walks through."""


@pytest.fixture(scope="session")
def packaged() -> Path:
    """The folder that `make build` fills."""
    return Path(os.environ["PACKAGED"])


@pytest.fixture(scope="session")
def bundle(packaged: Path) -> Path:
    return packaged / "ai-core-proxy"


@pytest.fixture(scope="session")
def wheel(packaged: Path) -> Path:
    return newest(packaged, "*.whl")


@pytest.fixture(scope="session")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with Desktop(tmp_path_factory.mktemp("home")) as desktop:
        yield desktop


@pytest.fixture(scope="session")
def fresh_root() -> Iterator[MinimalRoot]:
    """A copy of a root that is made once and kept."""
    kept = ROOT_CACHE
    if not (kept / "made").exists():
        make_root(kept)
    copy = Path("/var/tmp") / f"minimal-root-{os.getpid()}"
    subprocess.run(["cp", "-a", str(kept), str(copy)], check=True)
    try:
        yield MinimalRoot(copy)
    finally:
        shutil.rmtree(copy)
        for script in copy.parent.glob(f"{copy.name}-*.sh"):
            script.unlink()


def make_root(place: Path) -> None:
    end_proc(place)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", str(place)], check=True, timeout=600)
    finally:
        end_proc(place)
    (place / "made").touch()


def end_proc(place: Path) -> None:
    """A debootstrap that was ended early leaves it mounted."""
    if (place / "proc").is_mount():
        subprocess.run(["umount", str(place / "proc")], check=True)


@pytest.fixture(scope="session")
def root(fresh_root: MinimalRoot, packaged: Path) -> Iterator[MinimalRoot]:
    """With the .deb installed, and removed at the end."""
    before = fresh_root.files()
    fresh_root.install(newest(packaged, "*.deb"))
    yield fresh_root
    fresh_root.run("dpkg", "--purge", "ai-core-proxy")
    left = fresh_root.files() - before
    assert not left, f"the package left behind: {sorted(left)}"


def newest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda path: path.stat().st_mtime)
