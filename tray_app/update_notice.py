"""A notification for a newer release, while the setting `update_check` is on. Asks nobody while it is off."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from proxy_core.cli.update_check import UpdateCheck, open_update_check

__all__ = ["UpdateNotice"]

_LOOK_SECONDS = 60.0
"""How soon a change of the setting is seen; the check itself asks once a day."""


class UpdateNotice:
    """`wanted` reads the setting; `tell` gets version and link, on this object's thread. `folder` keeps state."""

    def __init__(
        self,
        wanted: Callable[[], bool],
        tell: Callable[[str, str], None],
        folder: Path,
        log: logging.Logger,
        open_check: Callable[[Path, logging.Logger], UpdateCheck | None] = open_update_check,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._wanted = wanted
        self._tell = tell
        self._folder = folder
        self._log = log
        self._open_check = open_check
        self._look_seconds = look_seconds
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="tray-update", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """May be called twice. Does not wait for an answer that is under way."""
        self._ended.set()

    def _run(self) -> None:
        while not self._wanted():
            if self._ended.wait(self._look_seconds):
                return
        check = self._open_check(self._folder, self._log)
        while check is not None:
            found = check.find_newer() if self._wanted() else None
            if found is not None and not self._ended.is_set():
                self._tell(*found)
            if self._ended.wait(self._look_seconds):
                return
