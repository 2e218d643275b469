"""One request's way through the deployments that may answer it: which to ask next, how long to wait for a turn, and
what to tell in the end."""

import logging
import math
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import Cancelled, ErrorKind, ProxyError, UpstreamError, without_traces
from proxy_core.gateway.failover import failure_to_tell, tries_elsewhere, wait_of
from proxy_core.gateway.ports import Dispatching
from proxy_core.routing.affinity import Session
from proxy_core.routing.dispatch import Full
from proxy_core.routing.models import Resolution

__all__ = ["Patience", "Trial"]

_Answer = TypeVar("_Answer")

_TICK = 0.5
"""Seconds after which a waiting request looks whether its client is still there."""
_SOON = 1.0
"""Seconds. So much may only mean that nobody knows when a running request ends: worth the rest of the wait."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: after `failover` no further deployment is tried; for `queue` a request waits where limits allow none
    at the moment."""

    failover: float = 900.0
    queue: float = 15.0


class Trial:
    """Made for one request. `clock` gives Unix time in seconds, `monotonic` counts them. `client_gone` tells that
    nobody waits any more."""

    def __init__(
        self,
        dispatch: Dispatching,
        resolution: Resolution,
        session: Session | None,
        request_id: str,
        log: logging.Logger,
        *,
        patience: Patience,
        client_gone: Callable[[], bool],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._dispatch = dispatch
        self._resolution = resolution
        self._session = session
        self._request_id = request_id
        self._log = log
        self._patience = patience
        self._client_gone = client_gone
        self._clock = clock
        self._monotonic = monotonic
        self._began = monotonic()
        self._failures: list[ProxyError] = []

    def deployments(self) -> Generator[Deployment | None, None, None]:
        """The deployments to ask, one after the other, each taken until the next is asked for or the generator is
        closed. None comes now and then while the request waits for its turn. Once nothing is left to ask, raises
        the failure to tell the client of: whoever got an answer stops asking for more. Raises `Cancelled`."""
        untried = list(self._resolution.deployments)
        while untried and self._may_go_on():
            deployment = yield from self._next(untried)
            if deployment is None:
                break
            untried.remove(deployment)
            try:
                yield deployment
            finally:
                self._dispatch.release(deployment)
        raise failure_to_tell(self._failures)

    def failed(self, deployment: Deployment, error: UpstreamError) -> None:
        """The deployment did not answer."""
        error.retry_after = wait_of(error, self._clock())
        self._failures.append(without_traces(error))
        self._log.warning(
            "%s deployment %s of %s failed: %s, status %s",
            self._request_id, deployment.id, deployment.sub_account, error.kind, error.upstream_status,
        )  # fmt: skip
        self._dispatch.failed(deployment, error)

    def took_calls(self, deployment: Deployment, calls: int) -> None:
        """What the deployment was asked for this request came in so many calls, each of which SAP counts."""
        if calls > 1:
            self._dispatch.add_calls(deployment, calls - 1)

    def ended(self, deployment: Deployment, broken: UpstreamError | None) -> None:
        """The deployment answered; `broken` is what ended its stream too early."""
        if broken is None:
            self._dispatch.answered(deployment)
        else:
            broken.retry_after = wait_of(broken, self._clock())
            self._dispatch.failed(deployment, broken)

    def first(self, ask: Callable[[Deployment], _Answer]) -> _Answer:
        """What the first deployment answers that does. Raises `ProxyError` and `Cancelled`."""
        with closing(self.deployments()) as deployments:
            for deployment in deployments:
                if deployment is None:
                    continue
                try:
                    answer = ask(deployment)
                except UpstreamError as error:
                    self.failed(deployment, error)
                else:
                    self.ended(deployment, None)
                    return answer
        raise AssertionError("the deployments end with an error")

    def _may_go_on(self) -> bool:
        if not self._failures:
            return True
        return tries_elsewhere(self._failures[-1]) and self._spent() < self._patience.failover

    def _spent(self) -> float:
        return self._monotonic() - self._began

    def _next(self, untried: list[Deployment]) -> Generator[None, None, Deployment | None]:
        """None when limits leave nothing to ask; then that is a failure too. Only a request that has asked nobody
        yet waits: one that has was told already how long to stay away."""
        model, dispatch = self._resolution.public_model, self._dispatch
        if self._failures or not dispatch.has_line(model):
            taken = dispatch.take(model, untried, self._session)
            if isinstance(taken, Deployment):
                return taken
            if not self._failures and taken.seconds <= self._patience.queue:
                taken = yield from self._queued(untried)
        else:
            taken = yield from self._queued(untried)
        if isinstance(taken, Full):
            self._failures.append(self._limited(taken))
            return None
        return taken

    def _queued(self, untried: list[Deployment]) -> Generator[None, None, Deployment | Full]:
        place = self._dispatch.join_line(self._resolution.public_model, tuple(untried))
        try:
            while True:
                taken = self._dispatch.take(place.model, untried, self._session, place)
                if isinstance(taken, Deployment):
                    return taken
                left = self._patience.queue - self._spent()
                if left <= 0 or taken.seconds > max(left, _SOON):
                    return taken
                self._dispatch.wait_in_line(place, min(_TICK, left))
                if self._client_gone():
                    raise Cancelled
                yield
        finally:
            self._dispatch.leave_line(place)

    def _limited(self, full: Full) -> ProxyError:
        return ProxyError(
            f"The limit of requests to {self._resolution.public_model} is reached at the moment. "
            f"Try again in {max(1, math.ceil(full.seconds))} s.",
            status=429,
            kind=ErrorKind.RATE_LIMIT,
            retry_after=max(1.0, full.seconds),
        )
