"""Inference calls: a deployment's URL, its sub-account's token, one transport."""

from collections.abc import Callable, Mapping

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import PendingResponse, Timeouts, Transport

__all__ = ["InferenceCalls"]


def _usual_timeouts(_deployment: Deployment) -> None:
    """Every deployment has the transport's own."""


def _no_look() -> None:
    """Nothing has happened."""


class InferenceCalls:
    """`timeouts_of` tells the waiting times of a deployment that stand in for the transport's own, `look` is called
    before each request relies on a token and a connection."""

    def __init__(
        self,
        sub_accounts: Mapping[str, SubAccount],
        transport: Transport,
        timeouts_of: Callable[[Deployment], Timeouts | None] = _usual_timeouts,
        look: Callable[[], None] = _no_look,
    ) -> None:
        self._sub_accounts = sub_accounts
        self._transport = transport
        self._timeouts_of = timeouts_of
        self._look = look

    def begin(
        self,
        deployment: Deployment,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        cancelled: Callable[[], bool],
        method: str = "POST",
    ) -> PendingResponse:
        """Send a request below the deployment's URL. Raises `UpstreamError`."""
        self._look()
        account = self._sub_accounts[deployment.sub_account]
        return self._transport.begin(
            method,
            deployment.url + path,
            {**account.headers(), **headers},
            body,
            cancelled=cancelled,
            timeouts=self._timeouts_of(deployment),
        )

    def forget_token(self, deployment: Deployment) -> None:
        self._sub_accounts[deployment.sub_account].forget_token()
