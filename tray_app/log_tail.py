"""The last lines of the log, for the settings page. Reads only the end of the file."""

from pathlib import Path

__all__ = ["read_log_tail"]

_BYTES = 64 * 1024


def read_log_tail(path: Path, lines: int = 200) -> tuple[str, ...]:
    """The last lines, oldest first; empty when there is no file."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            start = max(0, end - _BYTES)
            file.seek(start)
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    found = text.splitlines()
    return tuple(found[1 if start else 0 :][-lines:])
