"""How many tokens each API key has used today. It counts and keeps; it judges nothing and sends nothing.

A day begins at midnight UTC, which is the same moment for every client and knows no daylight saving. The counts
stand in one small file under identities of the keys, never under the keys. It is read at the first use and written
at most every few seconds. What another program wrote there meanwhile is added to, not overwritten.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject
from proxy_core.settings.json_file import read_json_object, write_private_json

__all__ = ["TokenLedger"]

_DAY = 86_400
_SAVE_SECONDS = 5.0


class TokenLedger:
    """Safe for many threads. `clock` gives Unix time in seconds. A file that cannot be read or written is told in
    the log and stops nobody."""

    def __init__(self, path: Path, log: logging.Logger, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._day: int | None = None
        self._kept: dict[str, int] = {}
        self._new: dict[str, int] = {}
        self._saved_at = 0.0
        self._told = False

    def used(self, key_id: str) -> int:
        """Tokens of today."""
        with self._lock:
            self._turn_page()
            return self._kept.get(key_id, 0) + self._new.get(key_id, 0)

    def add(self, key_id: str, tokens: int) -> None:
        """Count tokens, for today."""
        if tokens <= 0:
            return
        now = self._clock()
        with self._lock:
            self._turn_page()
            self._new[key_id] = self._new.get(key_id, 0) + tokens
            due = abs(now - self._saved_at) >= _SAVE_SECONDS
            if due:
                self._saved_at = now
        if due:
            self.save()

    def next_day(self) -> datetime:
        """When the next day begins, in UTC."""
        return datetime.fromtimestamp((int(self._clock()) // _DAY + 1) * _DAY, UTC)

    def seconds_left(self) -> int:
        """Until the next day begins: 1 to 86,400."""
        return _DAY - int(self._clock()) % _DAY

    def save(self) -> None:
        """Write what is new. Called at the end of the program, too."""
        with self._saving:
            with self._lock:
                if not self._new:
                    return
                self._turn_page()
                day, kept, new = self._day or 0, dict(self._kept), dict(self._new)
            base = self._read(day)
            merged = _sum(kept if base is None else base, new)
            if new and self._write(day, merged):
                self._note_saved(day, merged, new)

    def _note_saved(self, day: int, merged: dict[str, int], written: Mapping[str, int]) -> None:
        with self._lock:
            if self._day == day:
                self._kept = merged
                self._new = {key: more for key, n in self._new.items() if (more := n - written.get(key, 0))}

    def _turn_page(self) -> None:
        """Begin the day that it is now. The lock is held."""
        day = int(self._clock()) // _DAY
        if day == self._day:
            return
        self._kept = (self._read(day) or {}) if self._day is None else {}
        self._day, self._new = day, {}

    def _read(self, day: int) -> dict[str, int] | None:
        """The counts in the file; None when it holds none of that day."""
        if not self._path.exists():
            return None
        try:
            return _counts(read_json_object(self._path, "The file of the token counts"), day)
        except ConfigurationError as error:
            self._tell(f"{error} The tokens of today are counted anew.")
            return None

    def _write(self, day: int, counts: Mapping[str, int]) -> bool:
        try:
            write_private_json(self._path, {"day": _date(day), "tokens": counts})
        except OSError as error:
            self._tell(
                f"The token counts cannot be kept in {self._path} ({error.strerror}): a restart begins at zero. "
                "Make its folder writable."
            )
            return False
        return True

    def _tell(self, sentence: str) -> None:
        if not self._told:
            self._told = True
            self._log.warning("%s", sentence)


def _counts(document: JsonObject, day: int) -> dict[str, int] | None:
    tokens = document.get("tokens")
    if document.get("day") != _date(day) or not isinstance(tokens, dict):
        return None
    return {key: count for key, count in tokens.items() if isinstance(count, int)}


def _sum(some: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    return {key: some.get(key, 0) + others.get(key, 0) for key in {**some, **others}}


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY, UTC).date().isoformat()
