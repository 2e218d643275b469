"""pystray's icon for macOS: no Dock icon, template pictures, signals that arrive. Imported on macOS only.

AppKit may be touched by the main thread alone; recent systems kill a program that does otherwise
(https://github.com/moses-palmer/pystray/issues/60).
"""

import io
import logging
import subprocess
import threading
from collections.abc import Callable
from typing import Any

import AppKit
import Foundation
from PyObjCTools import AppHelper
from pystray._darwin import Icon

__all__ = ["MacIcon", "call_on_main_thread"]

POINTS = 18
"""Apple's Human Interface Guidelines: the height of a menu bar picture."""
ACCESSORY_POLICY = 1
SIGNAL_SECONDS = 0.5

log = logging.getLogger(__name__)


def call_on_main_thread(function: Callable[[], None]) -> None:
    AppHelper.callAfter(function)


class MacIcon(Icon):  # type: ignore[misc]  # pystray has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._app.setActivationPolicy_(ACCESSORY_POLICY)

    def _run(self) -> None:
        AppHelper.callLater(SIGNAL_SECONDS, self._let_signals_in)
        super()._run()

    def _let_signals_in(self) -> None:
        """Python runs signal handlers between its own instructions, and AppKit's loop has none of them."""
        AppHelper.callLater(SIGNAL_SECONDS, self._let_signals_in)

    def _assert_image(self) -> None:
        """The picture at its full size, drawn POINTS high, in the colour that the menu bar wants."""
        file = io.BytesIO()
        self._icon.save(file, "png")
        data = file.getvalue()
        image = AppKit.NSImage.alloc().initWithData_(Foundation.NSData.dataWithBytes_length_(data, len(data)))
        image.setSize_(Foundation.NSMakeSize(POINTS, POINTS))
        image.setTemplate_(True)
        self._icon_image = image
        self._status_item.button().setImage_(image)

    def _notify(self, message: str, title: str | None = None) -> None:
        """Through a thread: pystray waits for another program here."""
        threading.Thread(
            target=self._run_notification, args=(message, title or self.name), name="notification", daemon=True
        ).start()

    def _run_notification(self, message: str, title: str) -> None:
        try:
            super()._notify(message, title)
        except (OSError, subprocess.SubprocessError) as error:
            log.info("No notification is shown: %s", type(error).__name__)
