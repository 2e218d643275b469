"""One request's way through the deployments that may answer it: which to ask next, and what to tell in the end."""

import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ErrorKind, UpstreamError, without_traces
from proxy_core.gateway.failover import failure_to_tell, tries_elsewhere, wait_of
from proxy_core.gateway.ports import Routes
from proxy_core.routing.models import Resolution

__all__ = ["Trial"]

_Answer = TypeVar("_Answer")


class Trial:
    """Made for one request. `clock` gives Unix time in seconds."""

    def __init__(
        self,
        routes: Routes,
        resolution: Resolution,
        request_id: str,
        log: logging.Logger,
        clock: Callable[[], float],
    ) -> None:
        self._routes = routes
        self._resolution = resolution
        self._request_id = request_id
        self._log = log
        self._clock = clock
        self._failures: list[UpstreamError] = []

    def deployments(self) -> Iterator[Deployment]:
        """The deployments to ask, one after the other. Once none is left, raises the failure to tell the client
        of: whoever got an answer stops asking for more."""
        for deployment in self._routes.order(self._resolution.deployments):
            told = len(self._failures)
            yield deployment
            if len(self._failures) > told and not tries_elsewhere(self._failures[-1]):
                break
        raise failure_to_tell(self._failures)

    def failed(self, deployment: Deployment, error: UpstreamError) -> None:
        """The deployment did not answer."""
        if error.retry_after is None:
            error.retry_after = wait_of(error, self._clock())
        self._failures.append(without_traces(error))
        self._log.warning(
            "%s deployment %s of %s failed: %s, status %s",
            self._request_id, deployment.id, deployment.sub_account, error.kind, error.upstream_status,
        )  # fmt: skip
        if error.upstream_status == 404 and error.kind is not ErrorKind.NOT_FOUND:
            self._routes.report_missing(deployment)

    def first(self, ask: Callable[[Deployment], _Answer]) -> _Answer:
        """What the first deployment answers that does. Raises `UpstreamError`."""
        for deployment in self.deployments():
            try:
                return ask(deployment)
            except UpstreamError as error:
                self.failed(deployment, error)
        raise AssertionError("the deployments end with an error")
