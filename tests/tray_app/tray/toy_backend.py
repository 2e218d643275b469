"""A tray library for tests: draws nothing, notes what it is told and in which thread, fails as real ones do."""

import queue
import threading
from collections.abc import Callable
from typing import Any

from tray_app.tray.backends import LoadedBackend, import_pystray

__all__ = ["ToyBackend", "ToyIcon"]


class ToyIcon:
    """Like macOS' tray: `run` is the loop of the main thread, and every change must come from it."""

    def __init__(self, backend: "ToyBackend", *arguments: Any, linux_on_theme: Any = None) -> None:
        self.backend = backend
        self.name, self.icon, self.title, self.menu = arguments
        self.refusals = backend.refusals
        self.notified: list[tuple[str, str]] = []
        self.on_theme = linux_on_theme

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("icon", "title", "menu", "visible") and "menu" in self.__dict__:
            self.backend.changes.append((name, threading.current_thread()))
            if self.refusals:
                raise self.refusals.pop()
        super().__setattr__(name, value)

    def run(self, set_up: Callable[[Any], None]) -> None:
        if self.backend.run_error:
            raise self.backend.run_error
        starter = threading.Thread(target=set_up, args=(self,))
        starter.start()
        for task in iter(self.backend.tasks.get, None):
            task()
        starter.join()

    def stop(self) -> None:
        self.backend.tasks.put(None)

    def notify(self, text: str, title: str) -> None:
        if self.backend.notify_error:
            raise self.backend.notify_error
        self.notified.append((title, text))


class ToyBackend:
    def __init__(
        self,
        refusals: list[Exception] | None = None,
        run_error: Exception | None = None,
        notify_error: Exception | None = None,
    ) -> None:
        self.refusals = refusals or []
        self.run_error = run_error
        self.notify_error = notify_error
        self.tasks: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self.changes: list[tuple[str, threading.Thread]] = []
        self.icons: list[ToyIcon] = []
        self.loaded = LoadedBackend(import_pystray("dummy"), self._build_icon, self.tasks.put, str)

    def _build_icon(self, *arguments: Any, **options: Any) -> ToyIcon:
        self.icons.append(ToyIcon(self, *arguments, **options))
        return self.icons[-1]
