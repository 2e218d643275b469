"""A crash is logged, never silent: uncaught errors of every thread, and faults that leave no Python trace."""

import faulthandler
import logging
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO

__all__ = ["CrashLog"]

_FILE = "crash.log"


class CrashLog:
    """From `start` to `stop`. Faults such as SIGSEGV go to a file of their own in `folder`, which must be there."""

    def __init__(self, log: logging.Logger, folder: Path) -> None:
        self._log = log
        self._path = folder / _FILE
        self._file: IO[str] | None = None

    def start(self) -> None:
        sys.excepthook = self._main_thread
        threading.excepthook = self._other_thread
        try:
            self._file = self._path.open("a", encoding="utf-8")
            self._path.chmod(0o600)
            faulthandler.enable(self._file)
        except OSError as error:
            self._log.warning("Faults cannot be kept in %s: %s.", self._path, error.strerror)

    def stop(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        if self._file is not None:
            faulthandler.disable()
            self._file.close()

    def _main_thread(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._log.critical("The program crashed", exc_info=(kind, error, trace))

    def _other_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            name = args.thread.name if args.thread else "a thread"
            self._log.critical("%s crashed", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
