"""Puts the commit hash into what is built; everything else stands in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist


def read_commit() -> str:
    """The hash of this checkout, or of the one that this source archive was made from."""
    namespace: dict[str, object] = {"__file__": str(Path("proxy_core/version.py").resolve())}
    exec(Path("proxy_core/version.py").read_text(encoding="utf-8"), namespace)  # noqa: S102 - our own file
    return namespace["commit_hash"]() or ""  # type: ignore[operator,no-any-return]


class BuildWithCommit(build_py):
    """Writes `proxy_core/commit.txt`."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            Path(self.build_lib, "proxy_core", "commit.txt").write_text(read_commit(), encoding="ascii")


class ArchiveWithCommit(sdist):
    """Likewise, into the source archive, which has no checkout around it when it is built."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        Path(base_dir, "proxy_core", "commit.txt").write_text(read_commit(), encoding="ascii")


setup(cmdclass={"build_py": BuildWithCommit, "sdist": ArchiveWithCommit})
