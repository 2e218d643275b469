"""Keeps a native menu from being rebuilt while it is open: Windows would destroy it under the user's pointer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["MenuGuard"]


class MenuGuard:
    """`rebuild` makes the menu anew; it is called at once, or when the open menu closes. Any thread."""

    def __init__(self, rebuild: Callable[[], None]) -> None:
        self._rebuild = rebuild
        self._lock = threading.RLock()
        self._open = False
        self._stale = False

    def update(self) -> None:
        with self._lock:
            if self._open:
                self._stale = True
            else:
                self._rebuild()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """While the menu is open."""
        with self._lock:
            self._open = True
        try:
            yield
        finally:
            with self._lock:
                self._open = False
                if self._stale:
                    self._stale = False
                    self._rebuild()
