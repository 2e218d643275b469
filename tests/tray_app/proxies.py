"""A source of real engines in front of the simulator, and a recorder of what a controller publishes."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from proxy_core.engine import Engine
from proxy_core.settings.api_keys import ApiKeys
from proxy_core.settings.model import ServiceKeyDocument, Settings, SubAccountSettings
from proxy_core.settings.secret import Secret
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import World, demo_world
from tray_app.controller import ProxyController
from tray_app.engine_source import Outline
from tray_app.snapshot import AccountState, Snapshot

KEY = "key-of-the-tray-tests"
LOG = logging.getLogger("tests.tray")


@dataclass
class Source:
    """Engines by `settings`, which a test may replace while the controller lives."""

    settings: Settings
    outlines: Outline = field(default_factory=lambda: Outline("http://127.0.0.1:3001"))
    built: int = 0

    def outline(self) -> Outline:
        accounts = tuple(AccountState(one.name, one.resource_group) for one in self.settings.sub_accounts)
        return replace(self.outlines, accounts=self.outlines.accounts or accounts)

    def build_engine(self) -> Engine:
        self.built += 1
        return Engine(self.settings, ApiKeys((Secret(KEY),)), {}, LOG)


@dataclass
class Recorder:
    """A listener that keeps every snapshot and can wait for one."""

    seen: list[Snapshot] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, snapshot: Snapshot) -> None:
        with self.changed:
            self.seen.append(snapshot)
            self.changed.notify_all()

    def wait_for(self, wanted: Callable[[Snapshot], bool], seconds: float = 20.0) -> Snapshot:
        with self.changed:
            assert self.changed.wait_for(lambda: any(map(wanted, self.seen)), seconds), self.seen[-1:]
            return next(one for one in reversed(self.seen) if wanted(one))

    @property
    def states(self) -> list[str]:
        return [one.state.value for one in self.seen]


def settings_for(sap: Simulator, home: Path) -> Settings:
    accounts = tuple(
        SubAccountSettings(tenant.name, service_key=ServiceKeyDocument("test", sap.service_key(tenant.name)))
        for tenant in sap.world.tenants
    )
    return Settings(config_dir=home, state_dir=home, cache_dir=home / "cache", sub_accounts=accounts, port=0)


@contextmanager
def running_source(home: Path, world: World | None = None) -> Iterator[Source]:
    with Simulator(world or demo_world()) as sap:
        yield Source(settings_for(sap, home))


@contextmanager
def running_controller(source: Source, **options: object) -> Iterator[tuple[ProxyController, Recorder]]:
    controller = ProxyController(source, LOG, watch_seconds=0.05, **options)  # type: ignore[arg-type]
    recorder = Recorder()
    controller.add_listener(recorder)
    try:
        yield controller, recorder
    finally:
        controller.close()
