"""Inference calls: a deployment's URL, its sub-account's token, one transport."""

from collections.abc import Callable, Mapping

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import PendingResponse, Timeouts, Transport

__all__ = ["InferenceCalls"]


class InferenceCalls:
    """`timeouts` by SAP model name stand in for the transport's own."""

    def __init__(
        self,
        sub_accounts: Mapping[str, SubAccount],
        transport: Transport,
        timeouts: Mapping[str, Timeouts] | None = None,
    ) -> None:
        self._sub_accounts = sub_accounts
        self._transport = transport
        self._timeouts = timeouts or {}

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
        account = self._sub_accounts[deployment.sub_account]
        return self._transport.begin(
            method,
            deployment.url + path,
            {**account.headers(), **headers},
            body,
            cancelled=cancelled,
            timeouts=self._timeouts.get(deployment.model),
        )

    def forget_token(self, deployment: Deployment) -> None:
        self._sub_accounts[deployment.sub_account].forget_token()
