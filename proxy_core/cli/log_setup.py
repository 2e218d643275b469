"""Where log lines go: standard error, and a file in the state folder that is kept small."""

import logging
import logging.handlers
import sys
from pathlib import Path

__all__ = ["set_up_logging"]

_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
_FILE_NAME = "proxy.log"
_FILE_BYTES = 5 * 1024 * 1024
_FILES_KEPT = 3


def set_up_logging(level: str, state_dir: Path) -> logging.Logger:
    """The program's logger. A state folder that cannot be written is a warning, not an end."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    formatter = logging.Formatter(_FORMAT)
    screen = logging.StreamHandler(sys.stderr)
    screen.setFormatter(formatter)
    root.addHandler(screen)
    logging.getLogger("waitress").setLevel(logging.WARNING)
    log = logging.getLogger("proxy_core")
    try:
        root.addHandler(_file_handler(state_dir, formatter))
    except OSError as error:
        log.warning("The log file in %s cannot be written (%s).", state_dir, type(error).__name__)
    return log


def _file_handler(state_dir: Path, formatter: logging.Formatter) -> logging.Handler:
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        state_dir / _FILE_NAME, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8"
    )
    handler.setFormatter(formatter)
    return handler
