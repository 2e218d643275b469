"""What is under way: requests of each deployment, and what the limits of each model still allow."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from proxy_core.aicore.deployment import Deployment
from proxy_core.routing.limits import Limits
from proxy_core.routing.tenants import Share, Tenants

__all__ = ["Load"]

_MINUTE = 60.0
_UNTIL_ONE_ENDS = 1.0
"""Nobody knows when a running request ends; this is when to look again."""


@dataclass(slots=True)
class _Count:
    """`started` counts requests that began in `minute`."""

    minute: int = -1
    started: int = 0


class Load:
    """`clock` gives Unix time in seconds: SAP counts by the minute and begins anew with each. Requests per
    minute are counted by tenant, as SAP does, and requests at once by sub-account. Not safe for many threads: its
    owner locks."""

    def __init__(self, limits: Limits, clock: Callable[[], float], tenants: Tenants) -> None:
        self._limits = limits
        self._clock = clock
        self._tenants = tenants
        self._in_flight: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._running: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._counts: defaultdict[Share, _Count] = defaultdict(_Count)

    def in_flight(self, deployment: Deployment) -> int:
        return self._in_flight[deployment.url, deployment.model]

    def begin(self, deployment: Deployment) -> None:
        self._in_flight[deployment.url, deployment.model] += 1
        self._running[deployment.sub_account, deployment.model] += 1
        self._count(deployment).started += 1

    def add_calls(self, deployment: Deployment, calls: int) -> None:
        """One request became so many calls more."""
        self._count(deployment).started += calls

    def end(self, deployment: Deployment) -> None:
        self._in_flight[deployment.url, deployment.model] -= 1
        self._running[deployment.sub_account, deployment.model] -= 1

    def seconds_until_free(self, deployment: Deployment) -> float:
        """0.0 when the limits allow one more request now."""
        limits = self._limits.of(deployment.sub_account, deployment.model)
        if limits.requests_per_minute is not None and self._count(deployment).started >= limits.requests_per_minute:
            return _MINUTE - self._clock() % _MINUTE
        running = self._running[deployment.sub_account, deployment.model]
        if limits.concurrency is not None and running >= limits.concurrency:
            return _UNTIL_ONE_ENDS
        return 0.0

    def _count(self, deployment: Deployment) -> _Count:
        count = self._counts[self._tenants.share_of(deployment)]
        minute = int(self._clock() // _MINUTE)
        if minute != count.minute:
            count.minute, count.started = minute, 0
        return count
