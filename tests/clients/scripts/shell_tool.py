"""The one tool of the scripts beside this file: it reads the file that a `cat` names, in the current folder."""

from pathlib import Path
from typing import Any

__all__ = ["SCHEMA", "bash"]

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"command": {"type": "string"}},
    "required": ["command"],
    "additionalProperties": False,
}


def bash(command: str) -> str:
    """Runs a command in the shell."""
    return Path(Path(command.split()[-1]).name).read_text()
