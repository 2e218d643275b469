"""A soak: the real program in its own process, many clients, random trouble at SAP, and what may not happen."""

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.end_to_end.user import Program, User
from tests.soak.clients import Crowd
from tests.soak.trouble import Trouble, build_world
from tests.soak.watch import Holding, holding_of, settled_holding

__all__ = ["MOST_GROWTH", "Report", "run_soak"]

MOST_GROWTH = 10_000_000
"""Bytes of resident memory, from the end of the warm-up to the end."""
_RUSH = 80
"""Clients at once in the warm-up: more than the server takes, so that all its threads begin, which they do when
they are first needed."""
_MORE_THREADS = 8
"""Those that the server keeps for what is no stream; a rush may leave some of them unneeded."""
_SHORTEST_WARM_UP = 45.0
_KEY = "soak-key-0123456789"
_QUIET_SECONDS = 11.0
"""The proxy gives free memory back every ten."""
_TIMEOUTS = {"first_byte": 1.5, "idle": 1.5}
"""Shorter than the stalls of `trouble`."""


@dataclass(frozen=True)
class Report:
    """`before` and `after` are the proxy's holdings while no request is under way."""

    outcomes: dict[str, int]
    wrong: tuple[str, ...]
    troubles: int
    before: Holding
    after: Holding

    @property
    def problems(self) -> list[str]:
        """What must not happen; empty when all is well."""
        found = list(dict.fromkeys(self.wrong))[:20]
        if self.after.threads > self.before.threads + _MORE_THREADS:
            found.append(f"threads grew from {self.before.threads} to {self.after.threads}")
        if self.after.descriptors > self.before.descriptors:
            found.append(f"descriptors grew from {self.before.descriptors} to {self.after.descriptors}")
        if self.after.memory > self.before.memory + MOST_GROWTH:
            found.append(f"memory grew from {self.before} to {self.after}")
        for outcome in ("answered", "refused", "broken off", "left"):
            if not self.outcomes.get(outcome):
                found.append(f"no request {outcome}: the soak proves nothing")
        return found

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.outcomes.items()))
        return f"{counts}; {self.troubles} troubles; before: {self.before}; after: {self.after}"


def run_soak(
    folder: Path, *, seconds: float, clients: int, seed: int, say: Callable[[str], None] = lambda _line: None
) -> Report:
    """The first sixth of the time is the warm-up, but long enough to fill what is remembered within bounds."""
    warm_up = max(seconds / 6, _SHORTEST_WARM_UP)
    logging.getLogger("proxy_core.simulator").setLevel(logging.CRITICAL)
    with Simulator(build_world(demo_world())) as sap, _proxy(folder, sap) as proxy:

        def tell(line: str) -> None:
            say(f"{line}; {holding_of(proxy.process.pid)}")

        crowd, trouble = Crowd(proxy.port, _KEY, clients, seed), Trouble(sap.world, seed)
        with contextlib.ExitStack() as stack:
            stack.callback(crowd.end)
            trouble.begin()
            stack.callback(trouble.end)
            _rush(sap, proxy.port, seed)
            _let_run(crowd, warm_up, tell)
            before = settled_holding(proxy.process.pid, _QUIET_SECONDS)
            say(f"After the warm-up: {before}")
            _let_run(crowd, seconds - warm_up, tell)
        after = settled_holding(proxy.process.pid, _QUIET_SECONDS)
        return Report(dict(crowd.outcomes), tuple(crowd.wrong), trouble.count, before, after)


def _rush(sap: Simulator, port: int, seed: int) -> None:
    crowd = Crowd(port, _KEY, _RUSH, seed)
    sap.world.faults.set(ANY_DEPLOYMENT, Fault("stall", seconds=1.0))
    crowd.go_on()
    time.sleep(2.0)
    crowd.end()
    sap.world.faults.clear()


def _let_run(crowd: Crowd, seconds: float, say: Callable[[str], None]) -> None:
    """Ends with no request under way."""
    deadline = time.monotonic() + seconds
    crowd.go_on()
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, 30.0))
        say(f"{left:.0f} s left: {dict(crowd.outcomes)}")
    crowd.pause()


@contextlib.contextmanager
def _proxy(folder: Path, sap: Simulator) -> Iterator[Program]:
    user = User(folder)
    config: dict[str, Any] = {
        "subAccounts": {
            tenant.name: {"service_key_json": sap.service_key(tenant.name)} for tenant in sap.world.tenants
        },
        "secret_authentication_tokens": [_KEY],
        "timeouts": _TIMEOUTS,
    }
    user.write("config.json", json.loads(json.dumps(config)))
    with user.running() as program:
        yield program
