"""Puts commit and repository into what is built; everything else stands in pyproject.toml."""

import os
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist


def read_commit() -> str:
    """The hash of this checkout, or of the one that this source archive was made from."""
    namespace: dict[str, object] = {"__file__": str(Path("proxy_core/version.py").resolve())}
    exec(Path("proxy_core/version.py").read_text(encoding="utf-8"), namespace)  # noqa: S102 - our own file
    return namespace["commit_hash"]() or ""  # type: ignore[operator,no-any-return]


def write_origin(package: Path) -> None:
    """Where a build comes from: its commit, and the repository whose releases the update check looks at."""
    package.joinpath("commit.txt").write_text(read_commit(), encoding="ascii")
    if repository := os.environ.get("GITHUB_REPOSITORY"):
        package.joinpath("repository.txt").write_text(repository, encoding="ascii")


class BuildWithCommit(build_py):
    """Writes it into the wheel."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            write_origin(Path(self.build_lib, "proxy_core"))


class ArchiveWithCommit(sdist):
    """Likewise, into the source archive, which has no checkout around it when it is built."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        write_origin(Path(base_dir, "proxy_core"))


setup(cmdclass={"build_py": BuildWithCommit, "sdist": ArchiveWithCommit})
