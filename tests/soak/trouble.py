"""Bad days at SAP: faults come and go at random, tokens end, deployments are replaced."""

import random
import threading
from collections.abc import Callable

from proxy_core.simulator.faults import LM_API, TOKEN_ENDPOINT, Fault
from proxy_core.simulator.world import World
from tests.soak.conversation import MODELS

__all__ = ["Trouble", "build_world"]

_TENANTS = ("demo-eu", "demo-us")
_FAULTS = (
    Fault("status", status=429, retry_after="1"),
    Fault("status", status=429, body="empty", retry_after="2"),
    Fault("status", status=500),
    Fault("status", status=503, body="text"),
    Fault("status", status=504, body="html"),
    Fault("status", status=404, body="text"),
    Fault("reset"),
    Fault("reset", after_frames=3),
    Fault("drop"),
    Fault("drop", after_frames=4),
    Fault("end"),
    Fault("end", after_frames=2),
    Fault("stall", seconds=2.0),
    Fault("stall", seconds=2.0, where="first"),
    Fault("stall", seconds=1.0, where="middle", after_frames=2),
    Fault("throttle"),
    Fault("throttle", after_frames=3),
    Fault("split"),
    Fault("crlf"),
    Fault("merge"),
)


def build_world(world: World) -> World:
    """The world with two more deployments of each model, one in each sub-account."""
    for tenant in _TENANTS:
        for model in MODELS:
            world.deploy(tenant, model)
    return world


class Trouble:
    """Runs from `begin` to `end`; `count` tells how often it struck."""

    def __init__(self, world: World, seed: int) -> None:
        self.count = 0
        self._world = world
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._strike, daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Everything is well from now on."""
        self._over.set()
        self._thread.join(10)
        self._world.faults.clear()

    def _strike(self) -> None:
        common: tuple[Callable[[], None], ...] = (self._harm,) * 30
        works = (*common, self._heal, self._end_tokens, self._harm_tokens, self._harm_lists, self._replace)
        while not self._over.wait(self._chance.uniform(0.05, 0.4)):
            self._chance.choice(works)()
            self.count += 1

    def _harm(self) -> None:
        faults = self._chance.sample(_FAULTS, self._chance.choice((0, 0, 1, 1, 1, 2)))
        self._world.faults.set(self._any_deployment(), *faults)

    def _heal(self) -> None:
        self._world.faults.clear()

    def _end_tokens(self) -> None:
        self._world.tokens.revoke_all(self._chance.choice(_TENANTS))

    def _harm_tokens(self) -> None:
        self._world.faults.set(TOKEN_ENDPOINT, Fault("status", status=503, times=2))

    def _harm_lists(self) -> None:
        self._world.faults.set(LM_API, Fault("status", status=500, times=3))

    def _replace(self) -> None:
        tenant, model = self._chance.choice(_TENANTS), self._chance.choice(MODELS)
        old = self._world.find(tenant, model)
        self._world.deploy(tenant, model)
        self._world.remove(old.id)

    def _any_deployment(self) -> str:
        records = self._world.records(self._chance.choice(_TENANTS), "default")
        return self._chance.choice(
            [record.deployment.id for record in records if record.deployment.model in MODELS]
        )
