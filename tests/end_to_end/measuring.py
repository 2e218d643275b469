"""A proxy whose requests are measured at SAP: which deployment got them, and when."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from proxy_core.settings.model import LimitSettings, ModelLimits
from proxy_core.simulator.request_log import RequestLog, SeenRequest
from proxy_core.simulator.world import World
from tests.end_to_end.four_dialects import Way, four_deployments
from tests.end_to_end.stand import Stand, running_stand

__all__ = ["MODEL", "SAID", "LongLog", "ask_many", "limited_stand", "sub_account_of", "world_with_long_log"]

MODEL = "gpt-4o"
SAID = "[[sim: say all is well]]"


class LongLog(RequestLog):
    """Keeps every request of a test, and when it came."""

    def __init__(self) -> None:
        super().__init__(most=10_000)
        self.came: list[tuple[str, float]] = []

    def add(self, request: SeenRequest) -> None:
        if request.deployment:
            self.came.append((request.deployment, time.monotonic()))
        super().add(request)


def world_with_long_log() -> World:
    world = four_deployments()
    world.requests = LongLog()
    return world


@contextmanager
def limited_stand(home: Path, queue: float = 15.0, **limits: int) -> Iterator[Stand]:
    settings = LimitSettings({MODEL: ModelLimits(**limits)}, learn=False, queue=queue)
    with running_stand(home, world=world_with_long_log(), limits=settings) as stand:
        yield stand


def ask_many(stand: Stand, way: Way, count: int, clients: int) -> list[int]:
    """The statuses of so many requests of so many clients; each says something of its own."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda number: way.ask(stand, f"{SAID} {number}").status, range(count)))


def sub_account_of(stand: Stand, deployment: str) -> str:
    found = stand.engine.router.table.models[MODEL].deployments
    return next(item.sub_account for item in found if item.id == deployment)
