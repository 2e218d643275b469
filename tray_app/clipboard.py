"""The clipboard. The only importer of pyperclip, which calls the system's own means or its tools."""

import importlib
import subprocess

__all__ = ["ClipboardError", "copy_text"]


class ClipboardError(Exception):
    """Nothing here can copy. The words for people stand with the other texts."""


def copy_text(text: str) -> None:
    """Put a text into the clipboard. May take a moment: never call it on the thread of a user interface.

    The means are looked for each time: a user who was told what to install need not start the program anew.
    Raises `ClipboardError`.
    """
    pyperclip = importlib.import_module("pyperclip")
    try:
        copy, _ = pyperclip.determine_clipboard()
        copy(text)
    except (pyperclip.PyperclipException, OSError, subprocess.SubprocessError) as error:
        raise ClipboardError from error
