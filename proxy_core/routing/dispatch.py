"""Which deployment a request goes to now: health, limits, load, priorities and affinity together, under one lock.

It talks to nobody and starts no thread. A request takes one deployment, gives it back when it is over, and says
how it went.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import UpstreamError
from proxy_core.routing.affinity import Affinity, Session
from proxy_core.routing.balancer import Balancer
from proxy_core.routing.health import Health, State, Verdict
from proxy_core.routing.limits import Limits
from proxy_core.routing.load import Load
from proxy_core.routing.tenants import Tenants
from proxy_core.settings.model import Settings

__all__ = ["DeploymentStatus", "Dispatch", "Full", "Place"]

_GONE = frozenset({404, 410})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Full:
    """No deployment may be asked now; `seconds` from now one may be."""

    seconds: float


@dataclass(slots=True, eq=False)
class Place:
    """A place in the line for a model, for `wanted` deployments of it, None for any. `seen` is the mark of what had
    happened when it was last used."""

    model: str
    wanted: Sequence[Deployment] | None = None
    seen: int = -1


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """`in_flight` counts requests under way; `full_seconds` is when the limits allow one more, 0.0 for now."""

    deployment: Deployment
    in_flight: int
    verdict: Verdict
    full_seconds: float


class Dispatch:
    """Safe for many threads. `on_missing` is called when a deployment turned out to be gone, not more often than
    the deployment is given a new chance. `tenants` tells which sub-accounts share SAP's limits. `clock` counts
    seconds, `wall_clock` gives Unix time."""

    def __init__(
        self,
        settings: Settings,
        *,
        on_missing: Callable[[], None] = lambda: None,
        tenants: Tenants | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        accounts = settings.sub_accounts
        self.limits = Limits(settings.limits, accounts)
        self._affinity = Affinity() if settings.affinity else None
        self._priorities = {account.name: account.priority for account in accounts}
        self._balancer = Balancer({account.name: account.weight for account in accounts})
        tenants = tenants or Tenants()
        self._health = Health(clock, tenants)
        self._load = Load(self.limits, wall_clock, tenants)
        self._on_missing = on_missing
        self._lines: dict[str, deque[Place]] = {}
        self._changed = threading.Condition()
        self._changes = 0

    def take(
        self, model: str, candidates: Sequence[Deployment], session: Session | None, place: Place | None = None
    ) -> Deployment | Full:
        """The deployment to ask now, to be given back with `release`. `model` is the published name and
        `candidates` its deployments that were not asked yet; `session` names the conversation. With a `place` it
        is one that nobody ahead in the line waits for; without, a line does not matter."""
        with self._changed:
            usable = [item for item in candidates if self._seconds_barred(item) == 0.0]
            if place is not None:
                place.seen = self._changes
                usable = self._left_by_others(usable, place)
            if not usable:
                return Full(self._soonest(candidates))
            chosen = self._choose(model, usable, session)
            self._health.begin(chosen)
            self._load.begin(chosen)
            return chosen

    def release(self, deployment: Deployment) -> None:
        """The request is over."""
        with self._changed:
            self._load.end(deployment)
            self._health.end(deployment)
            if self._lines:
                self._tell_the_line()

    def add_calls(self, deployment: Deployment, calls: int) -> None:
        """The request became so many calls more than the one that `take` has counted."""
        with self._changed:
            self._load.add_calls(deployment, calls)

    def answered(self, deployment: Deployment) -> None:
        """It answered as it should."""
        with self._changed:
            self._health.answered(deployment)

    def failed(self, deployment: Deployment, error: UpstreamError) -> None:
        """It did not answer, or broke off."""
        with self._changed:
            before = self._health.verdict(deployment).state
            self._health.failed(deployment, error, error.upstream_status)
            after = self._health.verdict(deployment)
        if after.state is not State.READY and after.state is not before:
            logger.warning(
                "Deployment %s of %s is %s for %d s: %s.",
                deployment.id, deployment.sub_account, after.state, after.seconds, after.reason,
            )  # fmt: skip
            if error.upstream_status in _GONE:
                self._on_missing()

    # --- the line

    def has_line(self, model: str) -> bool:
        """Others wait for this model."""
        return model in self._lines

    def waiting(self, model: str) -> int:
        """How many do."""
        with self._changed:
            return len(self._lines.get(model, ()))

    def join_line(self, model: str, wanted: Sequence[Deployment] | None = None) -> Place:
        """At the end of the line; to be left with `leave_line`."""
        place = Place(model, wanted)
        with self._changed:
            self._lines.setdefault(model, deque()).append(place)
        return place

    def leave_line(self, place: Place) -> None:
        with self._changed:
            line = self._lines[place.model]
            line.remove(place)
            if not line:
                del self._lines[place.model]
            self._tell_the_line()

    def wait_in_line(self, place: Place, seconds: float) -> None:
        """Until something may have changed since the place was last used with `take`, at most `seconds`."""
        with self._changed:
            if place.seen == self._changes:
                self._changed.wait(seconds)

    # --- for people

    def status(self, deployments: Sequence[Deployment]) -> tuple[DeploymentStatus, ...]:
        with self._changed:
            return tuple(
                DeploymentStatus(
                    item,
                    self._load.in_flight(item),
                    self._health.verdict(item),
                    self._load.seconds_until_free(item),
                )
                for item in deployments
            )

    def reset(self) -> None:
        """Give every deployment a new chance at once."""
        with self._changed:
            self._health.reset()
            self._tell_the_line()

    def forgive(self) -> None:
        """Forget what failed, as after a sleep, when the network was to blame. SAP's rate limits stay."""
        with self._changed:
            self._health.forgive()

    def account_works(self, sub_account: str) -> None:
        """Its credentials were accepted."""
        with self._changed:
            self._health.account_works(sub_account)

    # --- parts

    def _tell_the_line(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def _left_by_others(self, usable: list[Deployment], place: Place) -> list[Deployment]:
        """A request that waits for one certain deployment does not hold up those who wait for another."""
        for other in self._lines[place.model]:
            if other is place:
                break
            usable = [item for item in usable if other.wanted is not None and item not in other.wanted]
        return usable

    def _seconds_barred(self, deployment: Deployment) -> float:
        verdict = self._health.verdict(deployment)
        limited = verdict.seconds if verdict.state is State.LIMITED else 0.0
        return max(limited, self._load.seconds_until_free(deployment))

    def _soonest(self, candidates: Sequence[Deployment]) -> float:
        return min(map(self._seconds_barred, candidates))

    def _choose(self, model: str, usable: Sequence[Deployment], session: Session | None) -> Deployment:
        if len(usable) > 1:
            usable = self._best(usable)
        if session is None or self._affinity is None:
            return self._balancer.pick(model, usable, self._load.in_flight)
        home = self._affinity.home(model, session)
        chosen = next((item for item in usable if (item.url, item.model) == home), None)
        chosen = chosen or self._balancer.pick(model, usable, self._load.in_flight)
        self._affinity.settle(model, session, chosen)
        return chosen

    def _best(self, usable: Sequence[Deployment]) -> Sequence[Deployment]:
        """Those that are ready before all others, of these the ones of the lowest priority number, and of these the
        ones that share no limit with one that has just reached it."""
        ranks = [self._rank(item) for item in usable]
        best = min(ranks)
        return [item for item, rank in zip(usable, ranks, strict=True) if rank == best]

    def _rank(self, deployment: Deployment) -> tuple[bool, int, bool]:
        ready = self._health.verdict(deployment).state is State.READY
        priority = self._priorities.get(deployment.sub_account, 1)
        return not ready, priority, self._health.shares_reached_limit(deployment)
