"""Several calls to one deployment that answer one request together, some at a time, whole answers in their order.

A refused token is fetched anew, and fields that the model refuses by name are left out, as `attempt` does it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import UpstreamError
from proxy_core.gateway.answer_head import await_head
from proxy_core.gateway.ports import DeploymentCalls, PendingResponse
from proxy_core.gateway.refusals import Refusals, remove_fields
from proxy_core.json_text import dump_json
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.upstream_families.base import UpstreamRequest

__all__ = ["FanOut", "WholeAnswer"]

_AT_ONCE = 8


class _ReadsErrors(Protocol):
    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError: ...


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """Header names are lower case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Waiting:
    sent: UpstreamRequest
    pending: PendingResponse
    tokens: int
    """How many tokens had been refused when this call went out."""


class FanOut:
    """Made for one deployment and one request; `answers` is called once. `notes` tell what is left out already."""

    def __init__(
        self,
        deployment: Deployment,
        family: _ReadsErrors,
        *,
        calls: DeploymentCalls,
        refusals: Refusals,
        cancelled: Callable[[], bool],
        notes: Iterable[Diagnostic] = (),
    ) -> None:
        self._deployment = deployment
        self._family = family
        self._calls = calls
        self._refusals = refusals
        self._cancelled = cancelled
        self._left_out = refusals.of(deployment.model)
        self._refused_tokens = 0
        self._notes = dict.fromkeys(notes)
        self.sap_request_id: str | None = None
        self.calls = 0
        """How many requests were sent; not those that were sent anew."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What the calls leave out of the client's request."""
        return tuple(self._notes)

    def answers(self, requests: Iterable[UpstreamRequest]) -> list[WholeAnswer]:
        """The answers in the order of the requests. Raises `UpstreamError` for the first that fails."""
        waiting: deque[_Waiting] = deque()
        answers: list[WholeAnswer] = []
        try:
            for request in requests:
                self.calls += 1
                waiting.append(self._begin(request))
                if len(waiting) == _AT_ONCE:
                    answers.append(self._answer(waiting.popleft()))
            while waiting:
                answers.append(self._answer(waiting.popleft()))
        finally:
            for left in waiting:
                left.pending.close()
        return answers

    def _begin(self, sent: UpstreamRequest) -> _Waiting:
        notes = [*sent.diagnostics]
        notes += (Diagnostic(name, "the model refused it") for name in remove_fields(sent.body, self._left_out))
        self._notes.update(dict.fromkeys(notes))
        body = dump_json(sent.body) if sent.raw is None else sent.raw
        pending = self._calls.begin(self._deployment, sent.path, sent.headers, body, self._cancelled)
        return _Waiting(sent, pending, self._refused_tokens)

    def _answer(self, waiting: _Waiting) -> WholeAnswer:
        renewed = False
        while True:
            response = await_head(waiting.pending)
            try:
                self.sap_request_id = response.headers.get("x-request-id") or self.sap_request_id
                body = response.read_all()
            finally:
                response.close()
            if response.status < 400:
                return WholeAnswer(response.headers, body)
            error = self._family.decode_error(response.status, response.headers, body)
            error.request_id = error.request_id or self.sap_request_id
            if not self._has_remedy(error, waiting, renewed):
                raise error
            renewed = renewed or error.upstream_status == 401
            waiting = self._begin(waiting.sent)

    def _has_remedy(self, error: UpstreamError, waiting: _Waiting, renewed: bool) -> bool:
        if error.upstream_status == 401 and not renewed:
            if waiting.tokens == self._refused_tokens:  # else another call has had it fetched anew already
                self._refused_tokens += 1
                self._calls.forget_token(self._deployment)
            return True
        named = self._refusals.learn(self._deployment.model, error, self._left_out)
        self._left_out |= named
        return bool(named)
