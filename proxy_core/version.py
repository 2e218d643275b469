"""The version of the program; the one place where it stands."""

import subprocess
from pathlib import Path

__all__ = ["VERSION", "commit_hash", "release_repository", "version_line"]

VERSION = "0.1.0"

_PACKAGE = Path(__file__).parent


def commit_hash() -> str | None:
    """The short hash of the commit this program was built from, or of the checkout it runs in."""
    built = _PACKAGE / "commit.txt"
    if built.is_file():
        return built.read_text(encoding="ascii").strip() or None
    if not (_PACKAGE.parent / ".git").exists():  # a checkout around an installed package is not ours
        return None
    command = ["git", "-C", str(_PACKAGE.parent), "rev-parse", "--short=12", "HEAD"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.strip()


def release_repository() -> str | None:
    """`owner/name` on GitHub, where the releases of this build are; None for what was built elsewhere."""
    built = _PACKAGE / "repository.txt"
    return (built.read_text(encoding="ascii").strip() or None) if built.is_file() else None


def version_line() -> str:
    """What `--version` prints: program, version, commit."""
    commit = commit_hash()
    return f"sap-ai-proxy {VERSION} ({commit})" if commit else f"sap-ai-proxy {VERSION}"
