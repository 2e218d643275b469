"""Python's way of printing a dict, read without running anything. No I/O.

SAP AI Core prints the events of `/converse-stream` as Python shows a dict, not as JSON: single quotes
unless the text holds an apostrophe, `True`, `None`, escapes, and `b'…'` for bytes. Only what `repr` writes
for plain data is read; every other text is refused, so nothing that is not data ever gets a meaning.
"""

import re
from collections.abc import Callable
from typing import Any

from proxy_core.json_text import JsonError, load_json

__all__ = ["LiteralTextError", "load_literal"]

_DEEPEST = 100
_BLANK = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r"""b?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""")
_NUMBER = re.compile(r"[+-]?(?:inf|nan|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)(?![\w.])")
_WORD = re.compile(r"True|False|None")
_WORDS: dict[str, Any] = {"True": True, "False": False, "None": None}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\\'\"nrtabfv]))")
_ESCAPED_BYTE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([\\'\"nrtabfv]))")
_SIMPLE = {
    "\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
}  # fmt: skip
_HIGHEST = 0x10FFFF


class LiteralTextError(ValueError):
    """The text is neither JSON nor printed plain data. `str()` says where it ceases to be, in characters."""


def load_literal(text: bytes) -> Any:
    """A value from JSON or from Python's `repr` of dicts, lists, tuples, texts, bytes, numbers, booleans and None.

    JSON is tried first where the text looks like it, so that a server which mends its format costs nothing.
    Raises `LiteralTextError`.
    """
    stripped = text.strip()
    if not stripped.startswith(b"{'"):
        try:
            return load_json(stripped)
        except JsonError:
            pass
    try:
        return _Reader(stripped.decode()).read()
    except UnicodeDecodeError as error:
        raise LiteralTextError(f"The text is not UTF-8 (byte {error.start}).") from None


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def read(self) -> Any:
        value = self._value()
        self._skip_blank()
        if self._at != len(self._text):
            raise self._error()
        return value

    def _value(self) -> Any:
        self._skip_blank()
        match self._text[self._at : self._at + 1]:
            case "{":
                return self._nested(self._dict)
            case "[":
                return self._nested(self._list)
            case "(":
                return self._nested(self._tuple)
            case "'" | '"' | "b":
                return self._string()
            case "T" | "F" | "N":
                return _WORDS[self._matched(_WORD)]
            case _:
                return self._number()

    def _nested(self, read: Callable[[], Any]) -> Any:
        if self._depth == _DEEPEST:
            raise LiteralTextError("The text is nested too deeply.")
        self._depth += 1
        self._at += 1
        value = read()
        self._depth -= 1
        return value

    def _dict(self) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while not self._ends("}", first=not found):
            key = self._value()
            self._expect(":")
            try:
                found[key] = self._value()
            except TypeError:  # a list cannot be a key
                raise self._error() from None
        return found

    def _list(self) -> list[Any]:
        found: list[Any] = []
        while not self._ends("]", first=not found):
            found.append(self._value())
        return found

    def _tuple(self) -> tuple[Any, ...]:
        found: list[Any] = []
        while not self._ends(")", first=not found):
            found.append(self._value())
            if len(found) == 1:
                self._skip_blank()
                if self._text[self._at : self._at + 1] != ",":
                    raise self._error()  # brackets around one value make no tuple
        return tuple(found)

    def _ends(self, closing: str, *, first: bool) -> bool:
        """Whether the collection ends here; between two values a comma is taken, which may stand last too."""
        self._skip_blank()
        if not first and not self._takes(closing):
            self._expect(",")
            self._skip_blank()
        elif not first:
            return True
        return self._takes(closing)

    def _takes(self, char: str) -> bool:
        if self._text[self._at : self._at + 1] != char:
            return False
        self._at += 1
        return True

    def _expect(self, char: str) -> None:
        self._skip_blank()
        if not self._takes(char):
            raise self._error()

    def _string(self) -> str | bytes:
        text = self._matched(_STRING)
        if text.startswith("b"):
            return self._bytes(text[2:-1])
        inner = text[1:-1]
        return self._unescaped(_ESCAPE, inner, _character) if "\\" in inner else inner

    def _bytes(self, inner: str) -> bytes:
        if not inner.isascii():
            raise self._error()
        return self._unescaped(_ESCAPED_BYTE, inner, _byte).encode("latin-1")

    def _unescaped(self, escape: re.Pattern[str], text: str, resolve: Callable[[re.Match[str]], str]) -> str:
        if "\\" in escape.sub("", text):
            raise self._error()
        try:
            return escape.sub(resolve, text)
        except ValueError:
            raise self._error() from None

    def _number(self) -> int | float:
        text = self._matched(_NUMBER)
        try:
            return int(text)
        except ValueError:
            return float(text)

    def _matched(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise self._error()
        self._at = found.end()
        return found.group()

    def _skip_blank(self) -> None:
        found = _BLANK.match(self._text, self._at)
        if found:
            self._at = found.end()

    def _error(self) -> LiteralTextError:
        return LiteralTextError(f"The text is no printed data (character {self._at}).")


def _character(match: re.Match[str]) -> str:
    if simple := match.group(4):
        return _SIMPLE[simple]
    number = int(match.group(1) or match.group(2) or match.group(3), 16)
    if number > _HIGHEST:
        raise ValueError(number)
    return chr(number)


def _byte(match: re.Match[str]) -> str:
    if simple := match.group(2):
        return _SIMPLE[simple]
    return chr(int(match.group(1), 16))
