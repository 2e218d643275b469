"""Puts the commit hash into what is built; everything else stands in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithCommit(build_py):
    """Writes `proxy_core/commit.txt`, from the checkout or from a source archive that has one."""

    def run(self) -> None:
        super().run()
        namespace: dict[str, object] = {"__file__": str(Path("proxy_core/version.py").resolve())}
        exec(Path("proxy_core/version.py").read_text(encoding="utf-8"), namespace)  # noqa: S102 - our own file
        commit = namespace["commit_hash"]() or ""  # type: ignore[operator]
        if not self.editable_mode:
            Path(self.build_lib, "proxy_core", "commit.txt").write_text(commit, encoding="ascii")


setup(cmdclass={"build_py": BuildWithCommit})
