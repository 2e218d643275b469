"""JSON files of the user: read with plain errors, written whole or not at all. No knowledge of keys in them."""

import os
import tempfile
from pathlib import Path
from typing import Any

import orjson

from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = [
    "decode_json_object",
    "make_private_folder",
    "read_json_object",
    "write_private_json",
    "write_private_text",
]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_json_object(path: Path, what: str) -> JsonObject:
    """The JSON object in a file; `what` names the file in errors (`The config file`).

    A byte order mark, as Windows editors write it, is skipped. Raises `ConfigurationError`.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"{what} {path} does not exist. Check the path.") from None
    except OSError as error:
        raise ConfigurationError(f"{what} {path} cannot be read: {error.strerror}.") from error
    return decode_json_object(text, f"{what} {path}")


def decode_json_object(text: bytes, what: str) -> JsonObject:
    """The JSON object in a text; `what` is its name in errors. Raises `ConfigurationError`."""
    try:
        value = load_json(text.removeprefix(_BYTE_ORDER_MARK))
    except JsonError as error:
        problem = str(error).rstrip(".")
        raise ConfigurationError(f"{what} is not valid JSON: {problem}. Correct it there.") from None
    if not isinstance(value, dict):
        raise ConfigurationError(f"{what} must hold one JSON object: {{ … }}.")
    return value


def write_private_json(path: Path, value: Any) -> None:
    """Write indented JSON that only this user can read (mode 0600)."""
    write_private_text(path, orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def write_private_text(path: Path, text: str) -> None:
    """Write a text file that only this user can read (mode 0600). A reader sees the old text or the new one,
    never a part: the text goes to a file beside it first. Raises OSError."""
    make_private_folder(path.parent)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def make_private_folder(path: Path) -> None:
    """Create a folder that only this user can enter (mode 0700). One that is there stays as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
