"""The tray as the rest of the program sees it: snapshots in, actions out. Draws what `menu` decides.

A tray that cannot be shown is logged; the program goes on without, so `run` blocks all the same.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tray_app.icons import TrayTheme, load_icon
from tray_app.menu import build_menu, describe_status, icon_state
from tray_app.menu_items import IconState, MenuItem
from tray_app.snapshot import Snapshot
from tray_app.texts import Texts
from tray_app.tray.backends import LoadedBackend, TrayBrokenError, load_backend, resolve_backend
from tray_app.tray.rendering import TEXT_UNITS, TITLE_UNITS, TOOLTIP_UNITS, OnAction, render_menu, shorten
from tray_app.tray.theme import resolve_tray_theme

__all__ = ["Picture", "Tray"]

RETRY_SECONDS = 2.0
WAIT_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that the tray shows at one moment."""

    icon: IconState
    theme: TrayTheme
    tooltip: str
    menu: tuple[MenuItem, ...]


class Tray:
    """`on_action` is called on the thread of the tray and must come back at once, with no more than a queue's put.
    All methods but `run` may be called from any thread, before, during and after it."""

    def __init__(
        self,
        on_action: OnAction,
        texts: Texts,
        *,
        environ: Mapping[str, str] = os.environ,
        load: Callable[[], LoadedBackend] | None = None,
    ) -> None:
        self._on_action = on_action
        self._texts = texts
        self._environ = environ
        self._load = load or (lambda: load_backend(resolve_backend(environ)))
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._snapshot: Snapshot | None = None
        self._scheme: TrayTheme | None = None
        self._shown: Picture | None = None
        self._backend: LoadedBackend | None = None
        self._icon: Any = None

    def run(self, initial: Snapshot) -> None:
        """Shows the icon and blocks, on the main thread, until `stop`, or until the desktop session has ended.

        A snapshot that was published before is newer than `initial` and is shown instead.
        """
        with self._lock:
            self._snapshot = self._snapshot or initial
        try:
            self._build()
            if not self._stopped.is_set():
                self._icon.run(self._set_up)
                return
        except TrayBrokenError as error:
            log.warning("The tray icon cannot be shown: %s", error)
        except Exception:  # a tray library's own trouble; the proxy must go on
            log.exception("The tray icon failed")
        while not self._stopped.wait(WAIT_SECONDS):  # in steps: signals are handled between them on every system
            pass

    def publish(self, snapshot: Snapshot) -> None:
        """Shows the snapshot soon; changes nothing where nothing differs."""
        with self._lock:
            self._snapshot = snapshot
        self._redraw()

    def notify(self, title: str, text: str) -> None:
        """A short message on the desktop, where it can show one. Never raises and does not wait."""
        with self._lock:
            icon, backend = self._icon, self._backend
        if icon is None or backend is None or self._stopped.is_set():
            return
        title, text = shorten(title, TITLE_UNITS), shorten(text, TEXT_UNITS)
        backend.in_gui_thread(lambda: self._guarded(lambda: icon.notify(text, title)))

    def stop(self) -> None:
        """Takes the icon away and ends `run`. Also from a signal's handler."""
        self._stopped.set()
        if self._backend is not None:
            self._backend.in_gui_thread(lambda: self._guarded(self._icon.stop))

    def _build(self) -> None:
        backend = self._load()
        picture = self._draw()
        icon = backend.build_icon(
            self._texts.program,
            load_icon(picture.icon, picture.theme),
            picture.tooltip,
            render_menu(picture.menu, backend, self._act),
            linux_on_theme=self._on_theme,
        )
        with self._lock:
            self._icon, self._shown, self._backend = icon, picture, backend

    def _set_up(self, _icon: Any) -> None:
        """Runs in a thread of pystray's, once its loop runs."""
        if self._backend:
            self._backend.in_gui_thread(self._show)

    def _show(self) -> None:
        """Again and again where the desktop is not ready: Windows refuses icons while its taskbar starts."""
        while not self._stopped.is_set():
            try:
                self._icon.visible = True
                break
            except OSError as error:
                log.info("The tray does not take the icon yet: %s", error)
                self._stopped.wait(RETRY_SECONDS)
        if self._stopped.is_set():  # before the loop ran, where `stop` found nothing to stop
            self._icon.stop()
        self._redraw()

    def _on_theme(self, scheme: TrayTheme | None) -> None:
        self._scheme = scheme
        self._redraw()

    def _redraw(self) -> None:
        if self._backend is not None and not self._stopped.is_set():
            self._backend.in_gui_thread(lambda: self._guarded(self._redraw_now))

    def _redraw_now(self) -> None:
        with self._lock:
            new, old = self._draw(), self._shown
            self._shown = new
            if old is None or (new.icon, new.theme) != (old.icon, old.theme):
                self._icon.icon = load_icon(new.icon, new.theme)
            if old is None or new.tooltip != old.tooltip:
                self._icon.title = new.tooltip
            if (old is None or new.menu != old.menu) and self._backend:
                self._icon.menu = render_menu(new.menu, self._backend, self._act)

    def _draw(self) -> Picture:
        snapshot = self._snapshot
        if snapshot is None:
            raise ValueError("There is nothing to show before run()")
        tooltip = f"{self._texts.program}: {describe_status(snapshot, self._texts)}"
        return Picture(
            icon_state(snapshot),
            resolve_tray_theme(self._environ, self._scheme),
            shorten(tooltip, TOOLTIP_UNITS),
            build_menu(snapshot, self._texts),
        )

    def _act(self, action: Any, argument: str | None) -> None:
        self._guarded(lambda: self._on_action(action, argument))

    def _guarded(self, change: Callable[[], None]) -> None:
        """Tray libraries raise what their systems raise; the caller is a worker or a loop that must go on."""
        try:
            change()
        except Exception:  # the border to a foreign library
            log.exception("The tray failed")
