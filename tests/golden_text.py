"""Golden files: expected text in files beside their input.

`GOLDEN_WRITE=1 pytest …` writes the files anew; read the difference before you commit it.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = ["GOLDEN", "check_golden", "describe"]

GOLDEN = Path(__file__).parent / "golden"


def check_golden(path: Path, actual: bytes) -> None:
    """Assert that the file holds these bytes."""
    if os.environ.get("GOLDEN_WRITE"):
        path.write_bytes(actual)
    assert actual.decode() == path.read_bytes().decode()


def describe(value: Any) -> str:
    """A value as one line of Python-like text without the fields that have their defaults."""
    if isinstance(value, Enum):
        return str(value.value)
    if is_dataclass(value) and not isinstance(value, type):
        shown = (
            f"{field.name}={describe(getattr(value, field.name))}"
            for field in fields(value)
            if getattr(value, field.name) != _default(field)
        )
        return f"{type(value).__name__}({', '.join(shown)})"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(describe, value)) + ")"
    if isinstance(value, Mapping):
        return repr(dict(value))
    return repr(value)


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
