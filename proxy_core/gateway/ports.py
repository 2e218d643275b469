"""What the gateway needs from the layers below, as protocols, so that a list of bytes can stand in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import UpstreamError
from proxy_core.routing.affinity import Session
from proxy_core.routing.dispatch import Full, Place
from proxy_core.routing.models import Purpose, Resolution

__all__ = ["DeploymentCalls", "Dispatching", "PendingResponse", "Routes", "UpstreamResponse"]


class UpstreamResponse(Protocol):
    """An upstream answer whose head has arrived. Header names are lower case."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def read_some(self, wait: float | None = None) -> bytes | None:
        """The body bytes of one read; empty at the end; None when nothing came within `wait` seconds."""

    def read_all(self) -> bytes:
        """The rest of the body."""

    def close(self) -> None:
        """Give the connection back, or cut it when the answer is not complete."""


class PendingResponse(Protocol):
    """A request that is sent and not yet answered."""

    def poll(self, wait: float) -> UpstreamResponse | None:
        """The answer, or None when its head did not come within `wait` seconds."""

    def close(self) -> None:
        """Give up."""


class DeploymentCalls(Protocol):
    """Inference calls to deployments."""

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

    def forget_token(self, deployment: Deployment) -> None:
        """The token of the deployment's sub-account was refused."""


class Routes(Protocol):
    """From a model name to the deployments that may answer."""

    def resolve(self, name: str, purpose: Purpose) -> Resolution:
        """Raises `ProxyError` when nothing serves the name."""


class Dispatching(Protocol):
    """Which deployment a request goes to now, and how deployments fare; see `routing.dispatch.Dispatch`."""

    def take(
        self, model: str, candidates: Sequence[Deployment], session: Session | None, place: Place | None = None
    ) -> Deployment | Full:
        """A deployment, to be given back with `release`."""

    def release(self, deployment: Deployment) -> None: ...

    def add_calls(self, deployment: Deployment, calls: int) -> None: ...

    def answered(self, deployment: Deployment) -> None: ...

    def failed(self, deployment: Deployment, error: UpstreamError) -> None: ...

    def has_line(self, model: str) -> bool: ...

    def join_line(self, model: str, wanted: Sequence[Deployment] | None = None) -> Place: ...

    def leave_line(self, place: Place) -> None: ...

    def wait_in_line(self, place: Place, seconds: float) -> None: ...
