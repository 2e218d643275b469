"""Programs in another root of this machine. Needs root; sees this machine's `/tmp` and `/proc` alone."""

import os
import shutil
import subprocess
from pathlib import Path

__all__ = ["MinimalRoot"]

ENTER = """\
#!/bin/sh
# Keeps the process id: each step replaces the one before.
exec unshare --mount sh -c '
mount --bind /proc "$0/proc" && mount --rbind /tmp "$0/tmp" && exec chroot "$0" "$@"' "{root}" "{program}" "$@"
"""
_CHANGING = ("var/lib/dpkg/", "var/log/", "var/cache/", "tmp/", "proc/", "root/", "etc/ld.so.cache", "var/lib/apt/")
"""What installing and removing any package changes."""


class MinimalRoot:
    def __init__(self, path: Path) -> None:
        self.path = path

    def install(self, package: Path) -> None:
        shutil.copy(package, self.path / package.name)
        self.run("dpkg", "--install", f"/{package.name}")
        (self.path / package.name).unlink()

    def run(self, *command: str, seconds: float = 120) -> str:
        """Output and errors of a program that must end well."""
        done = subprocess.run(
            [self.script("/usr/bin/env"), "-i", *_environ(), *command],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def script(self, program: str) -> str:
        """A script that runs a program of this root, with its own arguments and environment."""
        path = self.path.with_name(f"{self.path.name}-{Path(program).name}.sh")
        path.write_text(ENTER.format(root=self.path, program=program))
        path.chmod(0o755)
        return str(path)

    def files(self) -> set[str]:
        """All files but those that every package changes."""
        found = {
            os.path.relpath(os.path.join(folder, name), self.path)
            for folder, _, names in os.walk(self.path)
            for name in names
        }
        return {name for name in found if not name.startswith(_CHANGING)}


def _environ() -> list[str]:
    return ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
