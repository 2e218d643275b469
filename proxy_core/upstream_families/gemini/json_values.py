"""Bytes of a JSON array, or of objects one after another, to the objects' own bytes. No I/O, no JSON parsing.

Vertex streams an array when it is not asked for server-sent events.
"""

import re

__all__ = ["JsonObjectReader"]

_OUTSIDE_TEXT = re.compile(rb'["{}]')
_INSIDE_TEXT = re.compile(rb'["\\]')


class JsonObjectReader:
    """Cuts outermost objects out of what arrives. The bytes may be cut anywhere."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._next = 0
        self._start = 0
        self._depth = 0
        self._in_text = False

    def feed(self, data: bytes) -> list[bytes]:
        """The objects that these bytes complete."""
        self._held += data
        objects: list[bytes] = []
        while (mark := self._mark()) is not None:
            if self._step(mark):
                objects.append(bytes(self._held[self._start : self._next]))
        self._forget()
        return objects

    def close(self) -> list[bytes]:
        """Nothing is left to give: an object that did not end is no object."""
        return []

    def _mark(self) -> int | None:
        pattern = _INSIDE_TEXT if self._in_text else _OUTSIDE_TEXT
        found = pattern.search(self._held, self._next)
        if found is None:
            self._next = len(self._held)
            return None
        if found[0] == b"\\" and found.end() == len(self._held):
            self._next = found.start()  # what it escapes has not arrived
            return None
        return found.start()

    def _step(self, mark: int) -> bool:
        """Go past the character at `mark`. True when it ends an outermost object."""
        character = self._held[mark : mark + 1]
        self._next = mark + 1
        if character == b"\\":
            self._next += 1
        elif character == b'"':
            self._in_text = not self._in_text
        elif character == b"{":
            self._start = mark if self._depth == 0 else self._start
            self._depth += 1
        elif self._depth:
            self._depth -= 1
            return self._depth == 0
        return False

    def _forget(self) -> None:
        done = self._start if self._depth else self._next
        del self._held[:done]
        self._next -= done
        self._start = 0
