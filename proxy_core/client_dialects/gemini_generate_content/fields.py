"""Typed reading of a Gemini body, whose names come in camelCase and in snake_case."""

import re
from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject

__all__ = ["Fields", "as_list", "refused"]

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def refused(path: str, expected: str) -> ClientError:
    return ClientError(f"`{path}` must be {expected}.", param=path)


def as_list(value: Any, path: str) -> list[Any]:
    """A list; a single object counts as a list of one, and nothing as an empty one."""
    match value:
        case None:
            return []
        case list():
            return value
        case dict():
            return [value]
        case _:
            raise refused(path, "a list")


class Fields:
    """One object of the body; `path` is where it stands. Reading raises `ClientError`. `names` are asked in
    camelCase; the path in an error is spelt as the client spelt it."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise refused(path, "an object")
        self.value: JsonObject = value
        self.path = path

    def get(self, name: str) -> Any:
        return self.value.get(self._spelt(name))

    def where(self, name: str) -> str:
        spelt = self._spelt(name)
        return f"{self.path}.{spelt}" if self.path else spelt

    def text(self, name: str) -> str | None:
        value = self.get(name)
        if value is None or isinstance(value, str):
            return value
        raise refused(self.where(name), "a string")

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise refused(self.where(name), "a string that is not empty")
        return value

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if value is None or isinstance(value, bool):
            return value is True
        raise refused(self.where(name), "true or false")

    def number(self, name: str) -> float | None:
        value = self.get(name)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        raise refused(self.where(name), "a number")

    def integer(self, name: str) -> int | None:
        """A whole number; `40.0` is one too."""
        value = self.number(name)
        if value is None or isinstance(value, int):
            return value
        if value.is_integer():
            return int(value)
        raise refused(self.where(name), "a whole number")

    def items(self, name: str) -> list[Any]:
        return as_list(self.get(name), self.where(name))

    def child(self, name: str) -> "Fields | None":
        value = self.get(name)
        return None if value is None else Fields(value, self.where(name))

    def unknown(self, known: frozenset[str]) -> list[str]:
        """Names with a value that are not among the known ones."""
        spelt = known | {_snake(name) for name in known}
        return [name for name, value in self.value.items() if name not in spelt and value is not None]

    def _spelt(self, name: str) -> str:
        if name in self.value:
            return name
        snake = _snake(name)
        return snake if snake in self.value else name


def _snake(name: str) -> str:
    return _HUMP.sub(lambda found: f"_{found[1].lower()}", name)
