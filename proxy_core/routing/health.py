"""How each deployment has fared: cooldowns, breakers, and sub-accounts that are set aside. Decides nothing else.

A rate limit bars a deployment until it ends. Everything else only puts it behind the others, since who has a single
deployment is better served by a try than by a refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.routing.tenants import Share, Tenants

__all__ = ["LONGEST_COOLDOWN", "Cause", "Health", "State", "Verdict"]

LONGEST_COOLDOWN = 600.0
"""Seconds, whatever SAP's `retry-after` says."""

_FAILURES_TO_OPEN = 3
_OPEN_SECONDS = 10.0
_LONGEST_OPEN = 120.0
_ASIDE_SECONDS = 300.0
_LONGEST_SHARED = 60.0
"""Seconds. SAP's limit of a tenant is one by the minute; a longer wait is the deployment's own."""

_PASSING = frozenset({ErrorKind.CONNECTION, ErrorKind.TIMEOUT, ErrorKind.SERVER, ErrorKind.OVERLOADED})
_GONE = frozenset({404, 410})


class State(StrEnum):
    """What may be expected of a deployment."""

    READY = "ready"
    LIMITED = "limited"
    """SAP's rate limit is reached: not asked until it ends."""
    FAILING = "failing"
    """It failed several times in a row: asked when no other is ready, and probed by one request after a while."""
    ASIDE = "aside"
    """It is gone, or its sub-account's credentials are refused: asked when no other is ready."""


class Cause(StrEnum):
    """Why a deployment rests, for translations of `Verdict.reason`."""

    RATE_LIMIT = "rate_limit"
    CREDENTIALS = "credentials"
    ACCESS = "access"
    GONE = "gone"
    FAILURES = "failures"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`seconds` remain until the state ends by itself; `reason` is for people, empty when ready."""

    state: State
    seconds: float = 0.0
    reason: str = ""
    cause: Cause | None = None


_READY = Verdict(State.READY)


@dataclass(slots=True)
class _Record:
    """`until` is a time of the clock. `failures` in a row; `probing` while one request tries it out."""

    state: State = State.READY
    until: float = 0.0
    reason: str = ""
    cause: Cause | None = None
    failures: int = 0
    probing: bool = False


class Health:
    """`clock` counts seconds. Not safe for many threads: its owner locks."""

    def __init__(self, clock: Callable[[], float], tenants: Tenants) -> None:
        self._clock = clock
        self._tenants = tenants
        self._records: dict[tuple[str, str], _Record] = {}
        self._accounts: dict[str, _Record] = {}
        self._reached: dict[Share, float] = {}

    def verdict(self, deployment: Deployment) -> Verdict:
        """What may be expected now. A failing one whose time is over counts as ready for one request."""
        if not self._records and not self._accounts:
            return _READY
        own = self._judge(self._records.get(_key(deployment)))
        return self._judge(self._accounts.get(deployment.sub_account)) if own.state is State.READY else own

    def shares_reached_limit(self, deployment: Deployment) -> bool:
        """Another deployment of its tenant met the limit of the model, so this one will most likely meet it too."""
        if not self._reached:
            return False
        return self._clock() < self._reached.get(self._tenants.share_of(deployment), 0.0)

    def begin(self, deployment: Deployment) -> None:
        """A request goes to it. The first one after a breaker's time is the probe."""
        record = self._records.get(_key(deployment))
        if record and record.state is State.FAILING and self._clock() >= record.until:
            record.probing = True

    def end(self, deployment: Deployment) -> None:
        """The request is over, whatever came of it."""
        if record := self._records.get(_key(deployment)):
            record.probing = False

    def answered(self, deployment: Deployment) -> None:
        """It works: all that spoke against it is forgotten, except a limit, for the request may be older."""
        record = self._records.get(_key(deployment))
        if record is None or not self._still(record, State.LIMITED):
            self._records.pop(_key(deployment), None)
        self._accounts.pop(deployment.sub_account, None)

    def failed(self, deployment: Deployment, error: ProxyError, upstream_status: int | None) -> None:
        """A client's own mistake speaks for the deployment."""
        match error.kind:
            case ErrorKind.RATE_LIMIT:
                self._bar(deployment, error.retry_after or 0.0)
            case ErrorKind.UPSTREAM_AUTHENTICATION:
                self._accounts[deployment.sub_account] = self._aside(
                    "SAP refused the credentials", Cause.CREDENTIALS
                )
            case ErrorKind.PERMISSION:
                self._records[_key(deployment)] = self._aside("SAP denied access", Cause.ACCESS)
            case ErrorKind.MODEL_NOT_FOUND if upstream_status in _GONE:
                gone = f"SAP says it is gone (status {upstream_status})"
                self._records[_key(deployment)] = self._aside(gone, Cause.GONE)
            case kind if kind in _PASSING:
                self._count(deployment, kind, upstream_status)
            case _:
                self.answered(deployment)

    def reset(self) -> None:
        """Forget everything that speaks against any deployment."""
        self._records.clear()
        self._accounts.clear()
        self._reached.clear()

    def forgive(self) -> None:
        """Forget everything but the rate limits."""
        self._records = {key: one for key, one in self._records.items() if self._still(one, State.LIMITED)}
        self._accounts.clear()

    def account_works(self, sub_account: str) -> None:
        """Its credentials were accepted."""
        self._accounts.pop(sub_account, None)

    def _bar(self, deployment: Deployment, seconds: float) -> None:
        now = self._clock()
        until = now + min(seconds, LONGEST_COOLDOWN)
        self._reached[self._tenants.share_of(deployment)] = min(until, now + _LONGEST_SHARED)
        record = self._records.get(_key(deployment))
        if record and self._still(record, State.LIMITED):
            until = max(until, record.until)  # requests under way may hear of the same limit in other words
        reason = "SAP's rate limit is reached"
        self._records[_key(deployment)] = _Record(State.LIMITED, until, reason, Cause.RATE_LIMIT)

    def _count(self, deployment: Deployment, kind: ErrorKind, upstream_status: int | None) -> None:
        record = self._records.setdefault(_key(deployment), _Record())
        if self._still(record, State.LIMITED) or (self._still(record, State.FAILING) and not record.probing):
            return  # a request from before, or one that had no better place to go
        if record.state is not State.FAILING:
            record.state, record.until = State.READY, 0.0
        record.failures += 1
        if record.failures < _FAILURES_TO_OPEN:
            return
        opened = record.failures - _FAILURES_TO_OPEN
        record.state = State.FAILING
        record.until = self._clock() + min(_OPEN_SECONDS * 2 ** min(opened, 10), _LONGEST_OPEN)
        status = f", status {upstream_status}" if upstream_status else ""
        record.cause = Cause.FAILURES
        record.reason = f"failed {record.failures} times in a row ({kind}{status})"

    def _still(self, record: _Record, state: State) -> bool:
        return record.state is state and self._clock() < record.until

    def _aside(self, reason: str, cause: Cause) -> _Record:
        return _Record(State.ASIDE, self._clock() + _ASIDE_SECONDS, reason, cause)

    def _judge(self, record: _Record | None) -> Verdict:
        if record is None or record.state is State.READY:
            return _READY
        left = record.until - self._clock()
        if left > 0 or record.probing:
            return Verdict(record.state, max(0.0, left), record.reason, record.cause)
        return _READY


def _key(deployment: Deployment) -> tuple[str, str]:
    """Deployments behind orchestration share a URL and differ in the model."""
    return deployment.url, deployment.model
