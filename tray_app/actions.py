"""What each menu item does. `run` only queues; a worker carries the actions out, one after another.

Quitting has a thread of its own: it must not wait behind an action that waits for the user or for SAP.
"""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

from proxy_core.admin.backend import BackendError
from proxy_core.client_settings import Client
from tray_app.clipboard import ClipboardError
from tray_app.controller import ProxyController
from tray_app.login_switch import LoginSwitch
from tray_app.menu import describe_refresh
from tray_app.menu_items import ActionId
from tray_app.notifications import Notifier
from tray_app.profile_backend import ProfileBackend
from tray_app.snapshot import Snapshot
from tray_app.texts import Texts

__all__ = ["Actions", "Desk"]

_JOIN_SECONDS = 2.0


class Desk:
    """What the actions use of the desktop: `copy` raises `ClipboardError`, `open_target` is False when nothing here
    can open it, `page_link` gives a one-time address of the settings page."""

    def __init__(
        self,
        copy: Callable[[str], None],
        open_target: Callable[[str | Path], bool],
        page_link: Callable[[], str],
        on_unopened_link: Callable[[str], None],
        log_folder: Path,
    ) -> None:
        self.copy = copy
        self.open_target = open_target
        self.page_link = page_link
        self.on_unopened_link = on_unopened_link
        self.log_folder = log_folder


class Actions:
    """`on_quit` is called when the proxy has stopped; it ends the program."""

    def __init__(
        self,
        controller: ProxyController,
        backend: ProfileBackend,
        login: LoginSwitch,
        notifier: Notifier,
        desk: Desk,
        texts: Texts,
        log: logging.Logger,
        on_quit: Callable[[], None],
    ) -> None:
        self._controller = controller
        self._backend = backend
        self._login = login
        self._notifier = notifier
        self._desk = desk
        self._texts = texts
        self._log = log
        self._on_quit = on_quit
        self._quitting: threading.Thread | None = None
        self._table: Mapping[ActionId, Callable[[str | None], None]] = {
            ActionId.START: self._start,
            ActionId.STOP: self._stop,
            ActionId.COPY_URL: self._copy_url,
            ActionId.COPY_KEY: self._copy_key,
            ActionId.COPY_CLIENT: self._copy_client,
            ActionId.REFRESH: self._refresh,
            ActionId.COPY_MODEL: self._copy_model,
            ActionId.OPEN_SETTINGS: self._open_settings,
            ActionId.OPEN_LOGS: self._open_logs,
            ActionId.START_AT_LOGIN: self._switch_login,
            ActionId.ABOUT: self._about,
        }
        self._wishes: queue.SimpleQueue[tuple[ActionId, str | None] | None] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, name="tray-actions", daemon=True)
        self._worker.start()

    def run(self, action: ActionId, argument: str | None = None) -> None:
        """Carry out an action soon. Returns at once; from any thread, and from a signal's handler."""
        if action is ActionId.QUIT:
            self._begin_to_quit()
        else:
            self._wishes.put((action, argument))

    def close(self) -> None:
        """End the worker after the action under way."""
        self._wishes.put(None)
        self._worker.join(_JOIN_SECONDS)

    def _begin_to_quit(self) -> None:
        if self._quitting is None:
            self._quitting = threading.Thread(target=self._quit, name="tray-quit", daemon=True)
            self._quitting.start()

    def _quit(self) -> None:
        try:
            self._controller.close()
        finally:
            self._on_quit()

    def _work(self) -> None:
        while (wish := self._wishes.get()) is not None:
            action, argument = wish
            try:
                self._table[action](argument)
            except BackendError as error:
                self._notifier.insist(str(error))
            except ClipboardError:
                self._notifier.insist(self._texts.no_clipboard)
                self._open_settings(None)
            except Exception:  # the thread's top level
                self._log.exception("The action %s failed", action.value)
                self._notifier.insist(self._texts.action_failed)

    # --- the actions

    def _start(self, port: str | None) -> None:
        if port is None:
            self._controller.start()
        else:
            self._backend.start_on_port(int(port))

    def _stop(self, _: str | None) -> None:
        self._controller.stop()

    def _copy_url(self, _: str | None) -> None:
        url = self._controller.snapshot.base_url
        self._desk.copy(url)
        self._notifier.tell(self._texts.url_copied.format(value=url))

    def _copy_key(self, _: str | None) -> None:
        self._desk.copy(self._backend.first_key())
        self._notifier.tell(self._texts.key_copied)

    def _copy_client(self, name: str | None) -> None:
        client = Client(name or "")
        self._desk.copy(self._backend.client_texts()[client])
        place = self._texts.client_places[client]
        self._notifier.tell(self._texts.client_copied.format(client=self._texts.clients[client], place=place))

    def _copy_model(self, name: str | None) -> None:
        self._desk.copy(name or "")
        self._notifier.tell(self._texts.model_copied.format(value=name))

    def _refresh(self, _: str | None) -> None:
        self._controller.refresh().add_done_callback(self._tell_refresh)

    def _tell_refresh(self, done: Future[Snapshot]) -> None:
        snapshot = done.result()
        if snapshot.accounts and len(snapshot.failing_accounts) == len(snapshot.accounts):
            self._notifier.tell(self._texts.refresh_failed)
        elif snapshot.last_refresh is not None:
            self._notifier.tell(describe_refresh(snapshot.last_refresh, self._texts))

    def _open_settings(self, _: str | None) -> None:
        link = self._desk.page_link()
        if not self._desk.open_target(link):
            self._desk.on_unopened_link(link)
            self._notifier.insist(self._texts.cannot_open.format(what=link.partition("?")[0]))

    def _open_logs(self, _: str | None) -> None:
        folder = self._desk.log_folder
        if not self._desk.open_target(folder):
            self._notifier.insist(self._texts.cannot_open.format(what=folder))

    def _switch_login(self, _: str | None) -> None:
        on = not self._login.is_on()
        self._login.set(on)
        self._controller.update()
        self._notifier.tell(self._texts.at_login_on if on else self._texts.at_login_off)

    def _about(self, _: str | None) -> None:
        self._notifier.insist(self._texts.about_body.format(version=self._controller.snapshot.version))
