"""The whole program without its icon: profile in memory, real controller, real simulator, recorded desktop."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from proxy_core.settings.profile import Profile
from proxy_core.settings.secret_store import MemorySecretStore, SecretStore
from proxy_core.simulator.server import Simulator
from tests.tray_app.proxies import LOG, Recorder
from tray_app.actions import Actions, Desk
from tray_app.autostart import XdgAutostart
from tray_app.clipboard import ClipboardError
from tray_app.controller import ProxyController
from tray_app.login_switch import LoginSwitch
from tray_app.menu_items import ActionId
from tray_app.notifications import Notifier
from tray_app.profile_backend import ProfileBackend
from tray_app.profile_source import ProfileSource, Surroundings
from tray_app.survey import Survey
from tray_app.texts import ENGLISH

GROUP = "default"


@dataclass
class Program:
    """`copied`, `opened`, `told`: what the user saw. `clipboard_works` and `opener_works` break the desktop."""

    folder: Path
    sap: Simulator
    source: ProfileSource
    controller: ProxyController
    backend: ProfileBackend
    recorder: Recorder
    copied: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    quits: int = 0
    clipboard_works: bool = True
    opener_works: bool = True
    ended: threading.Event = field(default_factory=threading.Event)
    actions: Actions | None = None

    @property
    def profile(self) -> Profile:
        return self.source.require_profile()

    def key_text(self, tenant: int = 0) -> str:
        """A service key of the simulator as a user pastes it."""
        return json.dumps(self.sap.service_key(self.sap.world.tenants[tenant].name))

    def act(self, action: ActionId, argument: str | None = None) -> None:
        """Run an action and those before it to their end."""
        assert self.actions is not None
        self.actions.run(action, argument)
        done = threading.Event()
        self.actions._table = {**self.actions._table, ActionId.ABOUT: lambda _: done.set()}
        self.actions.run(ActionId.ABOUT)
        assert done.wait(30)

    def count_quit(self) -> None:
        self.quits += 1

    def copy(self, text: str) -> None:
        if not self.clipboard_works:
            raise ClipboardError
        self.copied.append(text)

    def open_target(self, target: str | Path) -> bool:
        if self.opener_works:
            self.opened.append(str(target))
        return self.opener_works


@contextmanager
def running_program(
    folder: Path, sap: Simulator, *, with_store: bool = True, store: SecretStore | None = None
) -> Iterator[Program]:
    """With an empty profile, on a free port unless the `store` is the test's own."""
    autostart = XdgAutostart(folder / "autostart")
    environ = {"AI_CORE_PROXY_HOME": str(folder)}
    around = Surroundings(environ, environ, autostart, ENGLISH, LOG)
    kept = store or MemorySecretStore()
    source = ProfileSource(folder / "config", (lambda: kept) if with_store else no_store, around)
    controller = ProxyController(source, LOG, version="1.2.3", watch_seconds=0.05)
    recorder = Recorder()
    controller.add_listener(recorder)
    login = LoginSwitch(autostart, environ, ENGLISH, ["--demo"])
    backend = ProfileBackend(
        source,
        controller,
        login,
        Survey(LOG),
        ENGLISH,
        config_dir=folder / "config",
        log_file=folder / "tray.log",
        open_folder=lambda target: program.open_target(target),  # noqa: PLW0108 - the program is made below
        quit_program=lambda: program.count_quit(),  # noqa: PLW0108 - likewise
    )
    program = Program(folder, sap, source, controller, backend, recorder)
    notifier = Notifier(ENGLISH, lambda _title, text: program.told.append(text))
    controller.add_listener(notifier)
    desk = Desk(
        program.copy, program.open_target, lambda: "http://127.0.0.1:9/enter?ticket=t", program.links.append, folder
    )
    program.actions = Actions(controller, backend, login, notifier, desk, ENGLISH, LOG, program.ended.set)
    if with_store and store is None:
        program.profile.change({"port": 0})
    try:
        yield program
    finally:
        controller.close()
        program.actions.close()


def no_store() -> MemorySecretStore:
    from proxy_core.settings.secret_store import SecretStoreError

    raise SecretStoreError("No keyring here. Install one.")
