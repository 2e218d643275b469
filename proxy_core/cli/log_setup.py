"""Where log lines go: standard error, and a file in the state folder that is kept small."""

import logging
import logging.handlers
import os
import sys
from pathlib import Path

from proxy_core.settings.json_file import make_private_folder

__all__ = ["LOG_FILE", "set_up_logging"]

LOG_FILE = "proxy.log"
_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
_FILE_BYTES = 10 * 1024 * 1024
_FILES_KEPT = 5


class _PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """A log file that only this user can read (mode 0600)."""

    def _open(self):  # type: ignore[no-untyped-def]  # typed by its base class
        opened = super()._open()
        os.chmod(self.baseFilename, 0o600)
        return opened


def set_up_logging(level: str, folder: Path | None, file_name: str = LOG_FILE) -> logging.Logger:
    """The program's logger; without `folder` it writes no file. One that cannot be written is a warning, not an
    end. A program without a terminal (Windows) writes the file only."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    formatter = logging.Formatter(_FORMAT)
    if sys.stderr is not None:
        screen = logging.StreamHandler(sys.stderr)
        screen.setFormatter(formatter)
        root.addHandler(screen)
    for talkative in ("waitress", "PIL"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    log = logging.getLogger("proxy_core")
    if folder is not None:
        try:
            root.addHandler(_file_handler(folder / file_name, formatter))
        except OSError as error:
            log.warning("The log file %s cannot be written: %s.", folder / file_name, error.strerror)
    return log


def _file_handler(path: Path, formatter: logging.Formatter) -> logging.Handler:
    make_private_folder(path.parent)
    handler = _PrivateFileHandler(path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8")
    handler.setFormatter(formatter)
    return handler
