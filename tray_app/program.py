"""The running tray program: its parts, put together, started and ended in order. Knows no command line."""

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from proxy_core.admin.backend import BackendError
from proxy_core.admin.server import AdminServer
from proxy_core.errors import ConfigurationError
from proxy_core.version import VERSION
from tray_app.actions import Actions, Desk
from tray_app.clipboard import copy_text
from tray_app.controller import ProxyController
from tray_app.login_switch import LoginSwitch
from tray_app.menu_items import ActionId
from tray_app.notifications import Notifier
from tray_app.opening import open_in_desktop
from tray_app.profile_backend import ProfileBackend
from tray_app.profile_source import KeySource, Surroundings
from tray_app.single_instance import SingleInstance
from tray_app.snapshot import ProblemKind, Snapshot
from tray_app.survey import Survey
from tray_app.tray import Tray, TrayAvailability, tray_available
from tray_app.update_notice import UpdateNotice

__all__ = ["LOG_FILE", "TrayProgram"]

LOG_FILE = "tray.log"
_END_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")
_WANTS_THE_PAGE = frozenset({ProblemKind.NO_ACCOUNT, ProblemKind.NO_KEYRING, ProblemKind.SECRETS_LOCKED})
_HOST_PATIENCE = 5.0
"""Seconds: at login the program may be there before the panel."""


class TrayProgram:
    """One run. `arguments` are those for a start at login; `log_folder` holds the log files."""

    def __init__(
        self,
        source: KeySource,
        around: Surroundings,
        *,
        config_dir: Path,
        log_folder: Path,
        arguments: Sequence[str] = (),
        demo: bool = False,
    ) -> None:
        self._around = around
        self._texts = around.texts
        self.controller = ProxyController(source, around.log, version=VERSION, demo=demo)
        login = LoginSwitch(around.autostart, around.environ, around.texts, arguments)
        self.backend = ProfileBackend(
            source,
            self.controller,
            login,
            Survey(around.log),
            around.texts,
            config_dir=config_dir,
            log_file=log_folder / LOG_FILE,
            open_folder=open_in_desktop,
            quit_program=lambda: self._actions.run(ActionId.QUIT),
        )
        self._admin = AdminServer(self.backend, around.log, language=around.texts.language)
        self._page_lock = threading.Lock()
        self._tray = Tray(self._act, around.texts, environ=around.environ)
        notifier = Notifier(around.texts, self._tray.notify)
        desk = Desk(copy_text, open_in_desktop, self.page_link, self._tell_link, log_folder)
        self._actions = Actions(
            self.controller, self.backend, login, notifier, desk, around.texts, around.log, self._tray.stop
        )
        self._updates = UpdateNotice(
            lambda: source.profile is not None and source.profile.flag("update_check", False),
            lambda version, link: notifier.insist(around.texts.update_there.format(version=version, link=link)),
            log_folder,
            around.log,
        )
        self._page_wanted = True
        self.controller.add_listener(notifier)
        self.controller.add_listener(self._tray.publish)
        self.controller.add_listener(self._open_page_when_needed)

    def run(self, instance: SingleInstance) -> None:
        """Start the proxy and show the icon, on the main thread, until the user quits or the session ends."""
        self._handle_signals()
        instance.listen(lambda: self._actions.run(ActionId.OPEN_SETTINGS))
        self.controller.start()
        self._updates.start()
        self._tell_about_tray()
        self._tray.run(self.controller.snapshot)

    def close(self) -> None:
        """Stop everything, in the order of dependence. May be called twice."""
        self._updates.close()
        self._tray.stop()
        self.controller.close()
        self._actions.close()
        self._admin.stop()

    def page_link(self) -> str:
        """A one-time address of the settings page, whose server is started if need be. Raises `BackendError`."""
        with self._page_lock:
            if self._admin.error is not None:
                self._admin.stop()
            try:
                self._admin.start()
            except ConfigurationError as error:
                self._around.log.error("The settings page could not be started: %s", error)
                raise BackendError(self._texts.page_failed) from error
            return self._admin.link()

    def _act(self, action: ActionId, argument: str | None) -> None:
        self._actions.run(action, argument)

    def _tell_about_tray(self) -> None:
        sentences = {
            TrayAvailability.NO_HOST: self._texts.no_tray_host,
            TrayAvailability.NO_BUS: self._texts.no_session_bus,
            TrayAvailability.BROKEN: self._texts.tray_broken,
        }
        available = tray_available(self._around.environ, patience=_HOST_PATIENCE)
        if available in sentences:
            self._around.log.warning("%s", sentences[available])
            self._open_page()

    def _open_page_when_needed(self, snapshot: Snapshot) -> None:
        """The first run: there is nothing to see but the page."""
        if snapshot.problem is not None and snapshot.problem.kind in _WANTS_THE_PAGE:
            self._open_page()

    def _open_page(self) -> None:
        """Once in a run without being asked."""
        if self._page_wanted:
            self._page_wanted = False
            self._actions.run(ActionId.OPEN_SETTINGS)

    def _tell_link(self, link: str) -> None:
        """To the terminal alone: the log keeps no secret, not even one that lives for a minute."""
        if sys.stderr is not None and sys.stderr.isatty():
            print(self._texts.open_this_link.format(url=link), file=sys.stderr)  # noqa: T201 - the user's terminal

    def _handle_signals(self) -> None:
        for name in _END_SIGNALS:
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._actions.run(ActionId.QUIT)
