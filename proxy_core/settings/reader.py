"""One value of the config file together with its place, so that every mistake names both.

Knows JSON types and no keys. Every method raises `ConfigurationError` in one line:
`config.json: subAccounts.a.resource_group must be text such as "default", not a number.`
"""

import difflib
import ipaddress
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject

__all__ = ["Value", "is_loopback", "nearest_key", "unknown_key_warnings"]

_TYPE_NAMES = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*\Z")


@dataclass(frozen=True, slots=True)
class Value:
    """`file` is the name of the config file for people, `path` the JSON path of the value in it."""

    raw: Any
    file: str
    path: str = ""

    @property
    def given(self) -> bool:
        """False for a key that is absent or null."""
        return self.raw is not None

    def error(self, problem: str) -> ConfigurationError:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return ConfigurationError(_CONTROL.sub("?", f"{place} {problem}"), path=self.path)

    def get(self, key: str) -> "Value":
        """A member of this object; not given when absent."""
        return Value(self.object().get(key), self.file, self._below(key))

    def object(self) -> JsonObject:
        if not isinstance(self.raw, dict):
            raise self._wrong_type("an object { … }")
        return self.raw

    def members(self) -> Iterator[tuple[str, "Value"]]:
        """The members of this object; none when it is not given."""
        for key in self.object() if self.given else ():
            yield key, self.get(key)

    def text(self, example: str) -> str:
        """Text that is not empty, without white space around it and without control characters."""
        if not isinstance(self.raw, str):
            raise self._wrong_type(f'text such as "{example}"')
        if not (text := self.raw.strip()):
            raise self.error(f'is empty. Give text such as "{example}".')
        if _CONTROL.search(text):
            raise self.error(f'holds a control character. Give text such as "{example}".')
        return text

    def texts(self, example: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one, nothing as none."""
        return tuple(item.text(example) for item in self.items(f'a list of texts such as ["{example}"]'))

    def items(self, expected: str) -> tuple["Value", ...]:
        match self.raw:
            case None:
                return ()
            case str():
                return (self,)
            case list():
                return tuple(Value(item, self.file, f"{self.path}[{index}]") for index, item in enumerate(self.raw))
            case _:
                raise self._wrong_type(expected)

    def boolean(self, default: bool) -> bool:
        if not self.given:
            return default
        if not isinstance(self.raw, bool):
            raise self._wrong_type("true or false")
        return self.raw

    def integer(self, default: int, low: int, high: int) -> int:
        if not self.given:
            return default
        if isinstance(self.raw, bool) or not isinstance(self.raw, int):
            raise self._wrong_type(f"a whole number from {low} to {high}, without quotes")
        if not low <= self.raw <= high:
            raise self.error(f"is {self.raw}, but must be from {low} to {high}.")
        return self.raw

    def seconds(self, default: float, *, zero: bool = False) -> float:
        """A positive number of seconds; with `zero` also none at all."""
        if not self.given:
            return default
        if isinstance(self.raw, bool) or not isinstance(self.raw, int | float):
            raise self._wrong_type("a number of seconds, without quotes")
        if not math.isfinite(self.raw) or self.raw < 0 or (self.raw == 0 and not zero):
            least = "0 seconds or more" if zero else "more than 0 seconds"
            raise self.error(f"is {self.raw}, but must be {least}.")
        return float(self.raw)

    def pattern(self) -> re.Pattern[str]:
        text = self.text("^gpt-.*")
        try:
            return re.compile(text)
        except (re.error, OverflowError, RecursionError) as error:
            raise self.error(f'is not a valid pattern: "{text}" ({error}). Correct the expression.') from None

    def url(self, example: str, *, plain_http: bool = False) -> str:
        """A URL without a slash at its end: https, or http for this machine (everywhere with `plain_http`)."""
        text = self.text(example).rstrip("/")
        try:
            parts = urlsplit(text)
            usable = bool(parts.hostname) and not re.search(r"[\s<>\"]", text)
            _ = parts.port
        except ValueError:
            usable = False
        if not usable or parts.scheme not in {"http", "https"}:
            raise self.error(f'is not a valid URL. Give one such as "{example}".')
        if parts.scheme == "http" and not plain_http and not is_loopback(parts.hostname or ""):
            raise self.error("must begin with https://; plain http is for this machine only.")
        return text

    def unknown_members(self, known: Iterable[str]) -> dict[str, Any]:
        """Members that are not in `known`. Comments (`_…`, `$…`, `//`) count as known."""
        known = set(known)
        return {
            key: value
            for key, value in self.object().items()
            if key not in known and not key.startswith(("_", "$", "/", "#"))
        }

    def _below(self, key: str) -> str:
        shown = key if _PLAIN_KEY.match(key) else f'"{key}"'
        return f"{self.path}.{shown}" if self.path else shown

    def _wrong_type(self, expected: str) -> ConfigurationError:
        return self.error(f"must be {expected}, not {_TYPE_NAMES.get(type(self.raw), 'that')}.")


def nearest_key(key: str, known: Iterable[str]) -> str | None:
    """The known key that somebody may have meant, whatever its case and separators."""
    plain = {_plain(name): name for name in known}
    found = difflib.get_close_matches(_plain(key), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def unknown_key_warnings(value: Value, unknown: Iterable[str], known: Iterable[str]) -> list[str]:
    """One line for each unknown key, with the nearest known one."""
    known = tuple(known)
    lines = []
    for key in unknown:
        place = value.get(key)
        near = nearest_key(key, known)
        hint = f'Did you mean "{near}"?' if near else "It is kept and has no effect."
        lines.append(f"{place.file}: {place.path} is not a known key. {hint}")
    return lines


def is_loopback(host: str) -> bool:
    """True for names and addresses that never leave this machine."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _plain(key: str) -> str:
    return re.sub(r"[-_ ]", "", key).lower()
