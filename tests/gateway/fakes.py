"""Lists of bytes in place of SAP."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import Cancelled, UpstreamError
from proxy_core.gateway import Gateway, GatewayOptions
from proxy_core.http_exchange import RawRequest
from proxy_core.routing.dispatch import Dispatch
from proxy_core.routing.models import Purpose, Resolution
from proxy_core.settings.model import Settings
from proxy_core.upstream_families.base import FetchFile, RemoteFile

__all__ = ["FakeAnswer", "FakeSap", "build_gateway", "chunk", "deployment", "raw_request"]


def deployment(name: str, model: str = "gpt-4o", executable: str = "azure-openai") -> Deployment:
    return Deployment(
        id=name,
        url=f"https://sap.example/{name}",
        sub_account=name,
        status="RUNNING",
        model=model,
        model_version="",
        executable_id=executable,
        scenario_id="foundation-models",
        configuration_name="",
        created_at=0,
    )


def chunk(piece: Mapping[str, Any], finish: str | None = None) -> bytes:
    """One frame of an Azure chat stream."""
    choice = {"index": 0, "delta": piece, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "model": "gpt-4o", "choices": [choice]}).encode() + b"\n\n"


@dataclass
class FakeAnswer:
    """`reads` are what the reads give: bytes, None for silence, an error to raise. `closed` tells that it was."""

    status: int = 200
    reads: Sequence[bytes | UpstreamError | None] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False

    def __post_init__(self) -> None:
        self._left = list(self.reads)

    def read_some(self, wait: float | None = None) -> bytes | None:  # noqa: ARG002 - nothing is waited for
        step = self._left.pop(0) if self._left else b""
        if isinstance(step, UpstreamError):
            raise step
        return step

    def read_all(self) -> bytes:
        return b"".join(step for step in self._left if isinstance(step, bytes))

    def poll(self, wait: float) -> "FakeAnswer":  # noqa: ARG002 - it is there already
        return self

    def close(self) -> None:
        self.closed = True


class FakeSap:
    """Answers in turn, whichever deployment is asked, and keeps what was asked: `Routes` and `DeploymentCalls`."""

    def __init__(self, *answers: FakeAnswer, deployments: Sequence[Deployment] = ()) -> None:
        self.answers = list(answers)
        self.deployments = tuple(deployments) or (deployment("a"), deployment("b"))
        self.bodies: list[Any] = []
        self.forgotten: list[str] = []

    def begin(
        self,
        deployment: Deployment,  # noqa: ARG002 - answers come in turn
        path: str,  # noqa: ARG002
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes,
        cancelled: Callable[[], bool],
        method: str = "POST",  # noqa: ARG002
    ) -> FakeAnswer:
        if cancelled():
            raise Cancelled
        self.bodies.append(json.loads(body))
        return self.answers[len(self.bodies) - 1]

    def forget_token(self, deployment: Deployment) -> None:
        self.forgotten.append(deployment.id)

    def resolve(self, name: str, purpose: Purpose) -> Resolution:  # noqa: ARG002 - everything chats
        return Resolution(name, name, False, self.deployments)


def no_file(url: str) -> RemoteFile:
    raise AssertionError(url)


def build_gateway(sap: FakeSap, *, keep_alive_seconds: float = 10.0, fetch: FetchFile = no_file) -> Gateway:
    options = GatewayOptions(keep_alive_seconds=keep_alive_seconds)
    here = Path()
    return Gateway(sap, Dispatch(Settings(here, here, here)), sap, fetch, logging.getLogger("test"), options)


def raw_request(
    dialect: str = "openai.chat", *, client_gone: Callable[[], bool] = lambda: False, **body: Any
) -> RawRequest:
    asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 9, **body}
    return RawRequest("chat", dialect, {}, json.dumps(asked).encode(), "req_1", client_gone)
