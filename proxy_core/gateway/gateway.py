"""The gateway: a client's request in, a reply out, whatever happens between.

It parses the body once, resolves the model, tries the deployments in order until one begins to answer,
and streams. Before the first content byte a failure moves on to the next deployment or becomes a real
HTTP status; after it, the stream ends with the dialect's error frame.
"""

import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from proxy_core.aicore.deployment import Deployment
from proxy_core.client_dialects.base import ReplyContext
from proxy_core.errors import Cancelled, ClientError, ErrorKind, ProxyError, UpstreamError, without_traces
from proxy_core.gateway.answer_watch import AnswerWatch
from proxy_core.gateway.attempt import Attempt
from proxy_core.gateway.conversation_key import session_of
from proxy_core.gateway.kept_responses import KeptResponses
from proxy_core.gateway.ports import DeploymentCalls, Dispatching, Routes
from proxy_core.gateway.refusals import Refusals
from proxy_core.gateway.replies import Pieces, error_reply, json_reply, reply_headers, stream_reply
from proxy_core.gateway.request_body import model_of, parse_body, wants_stream
from proxy_core.gateway.response_memory import ResponseMemory
from proxy_core.gateway.rough_count import guess_tokens
from proxy_core.gateway.side_calls import SideCalls
from proxy_core.gateway.silence import Silence
from proxy_core.gateway.steady_id import SteadyId
from proxy_core.gateway.thoughts import ThoughtMemory
from proxy_core.gateway.token_counting import TokenCounting
from proxy_core.gateway.translation import ClientCall
from proxy_core.gateway.trial import Patience, Trial
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.json_text import JsonObject
from proxy_core.registry import DIALECTS, EMBEDDING_DIALECTS
from proxy_core.routing.affinity import Session
from proxy_core.routing.models import Resolution
from proxy_core.upstream_families.base import FetchFile

__all__ = ["Gateway", "GatewayOptions"]

_KEEPING = "openai.responses"
"""The wire whose answers clients may refer to later."""
_REFERRING = frozenset({_KEEPING, "openai.responses.compact"})


def _no_modules(_model: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """`keep_alive_seconds`: silence after which the client gets a sign of life. `api_versions` by SAP model
    name. `modules` gives the orchestration modules of a SAP model name. `extra_headers` go on every reply."""

    keep_alive_seconds: float = 10.0
    api_versions: Mapping[str, str] = field(default_factory=dict)
    modules: Callable[[str], Mapping[str, Any]] = _no_modules
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)


@dataclass(slots=True)
class _Progress:
    """What the attempts of one request have come to. `fetch` gets each file once for all of them."""

    trial: Trial
    fetch: FetchFile
    silence: Silence
    watch: AnswerWatch | None = None
    steady: SteadyId | None = None
    attempt: Attempt | None = None


class Gateway:
    """Serves the model calls of every dialect. Safe for many threads: no state of a request is kept in it."""

    def __init__(
        self,
        routes: Routes,
        dispatch: Dispatching,
        calls: DeploymentCalls,
        fetch: FetchFile,
        log: logging.Logger,
        options: GatewayOptions | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._routes = routes
        self._dispatch = dispatch
        self._calls = calls
        self._fetch = fetch
        self._log = log
        self._options = options or GatewayOptions()
        self._clock = clock
        self._memory = ThoughtMemory()
        self._responses = ResponseMemory()
        self._kept = KeptResponses(self._responses, calls, self._options.extra_headers)
        self._refusals = Refusals(log)
        side_calls = SideCalls(
            routes,
            self._trial,
            calls,
            self._refusals,
            log,
            api_versions=self._options.api_versions,
            modules=self._options.modules,
            extra_headers=self._options.extra_headers,
        )
        self._other_endpoints: Mapping[str, Callable[[RawRequest], Reply]] = {
            "count_tokens": TokenCounting(routes, self._options.extra_headers).count,
            **dict.fromkeys(EMBEDDING_DIALECTS, side_calls.embed),
            "transcriptions": side_calls.transcribe,
        }

    def handle(self, raw: RawRequest) -> Reply:
        """Answer one request; errors become replies in the client's dialect."""
        try:
            return self._answer(raw)
        except Cancelled:
            error: ProxyError = _stopped()
        except ProxyError as failure:
            error = without_traces(failure)
        except RecursionError:
            error = ClientError("The request body is nested too deeply.")
        self._log.info("%s answered with %d %s", raw.request_id, error.status, error.kind)
        return error_reply(DIALECTS[raw.dialect], error, raw.request_id, self._options.extra_headers)

    def _answer(self, raw: RawRequest) -> Reply:
        if raw.kept_id is not None:
            return self._kept.answer(raw)
        if other := self._other_endpoints.get(raw.endpoint):
            return other(raw)
        body = parse_body(raw)
        stream = wants_stream(body)
        resolution = self._routes.resolve(model_of(body), "chat")
        if resolution.substituted:
            self._log.info(
                "%s model %r is served by %s", raw.request_id, resolution.requested[:100], resolution.public_model
            )
        watch = self._watch(raw, body)
        previous = body.get("previous_response_id")
        if raw.dialect in _REFERRING:
            body, deployments = self._responses.place(body, resolution.deployments)
            resolution = replace(resolution, deployments=deployments)
        session = session_of(raw.headers, body) if len(resolution.deployments) > 1 else None
        trial = self._trial(raw, resolution, session)
        progress = _Progress(
            trial, cache(self._fetch), Silence(self._options.keep_alive_seconds, time.monotonic), watch
        )
        call = self._call(raw, body, resolution, previous)
        if stream:
            progress.steady = SteadyId() if raw.dialect == _KEEPING else None
            pieces = self._streamed(raw, call, progress)
            first = next(pieces)
            return stream_reply(Pieces(first, pieces), self._headers(raw, resolution, progress))
        answer = self._whole(raw, call, progress)
        return json_reply(answer, self._headers(raw, resolution, progress))

    def _trial(self, raw: RawRequest, resolution: Resolution, session: Session | None = None) -> Trial:
        return Trial(
            self._dispatch,
            resolution,
            session,
            raw.request_id,
            self._log,
            patience=self._options.patience,
            client_gone=raw.client_gone,
            clock=self._clock,
            monotonic=time.monotonic,
        )

    def _watch(self, raw: RawRequest, body: JsonObject) -> AnswerWatch | None:
        """For answers that the client may refer to later."""
        if raw.dialect != _KEEPING or body.get("store") is False:
            return None
        return AnswerWatch(self._responses, body, len(raw.body))

    def _call(self, raw: RawRequest, body: JsonObject, resolution: Resolution, previous: Any) -> ClientCall:
        """`previous` is the response that the client goes on from, also where `body` holds what it stands for."""
        asked = body if previous is None else {**body, "previous_response_id": previous}
        context = ReplyContext(
            model=resolution.public_model if resolution.substituted else resolution.requested,
            created=int(self._clock()),
            request=asked,
            estimate_input_tokens=partial(guess_tokens, len(raw.body), body),
        )
        return ClientCall(DIALECTS[raw.dialect], body, raw.headers, raw.request_id, context, raw.meter)

    def _whole(self, raw: RawRequest, call: ClientCall, progress: _Progress) -> bytes:
        def ask(deployment: Deployment) -> bytes:
            attempt = self._attempt(deployment, call, raw, progress)
            answer = attempt.whole()
            if progress.watch:
                progress.watch.whole(answer, attempt.home)
            return answer

        return progress.trial.first(ask)

    def _streamed(self, raw: RawRequest, call: ClientCall, progress: _Progress) -> Generator[bytes, None, None]:
        """The client's stream. Raises `ProxyError` or `Cancelled` before its first piece only; later errors
        are told inside the stream."""
        committed = False
        try:
            for piece in self._tried(raw, call, progress):
                committed = True
                yield piece
        except (ProxyError, Cancelled) as failure:
            if not committed:
                raise
            error = without_traces(failure) if isinstance(failure, ProxyError) else _stopped()
            frame = call.dialect.error_frame(error, call.request_id)
            yield progress.steady.last_words(frame, f"resp_{call.request_id}") if progress.steady else frame

    def _tried(self, raw: RawRequest, call: ClientCall, progress: _Progress) -> Generator[bytes, None, None]:
        with closing(progress.trial.deployments()) as deployments:
            for deployment in deployments:
                if deployment is None:
                    yield from self._alive(call, progress)
                    continue
                try:
                    attempt = self._attempt(deployment, call, raw, progress)
                    yield from _watched(attempt, progress)
                except UpstreamError as error:
                    progress.trial.failed(deployment, error)
                else:
                    progress.trial.ended(deployment, attempt.broken)
                    return

    def _alive(self, call: ClientCall, progress: _Progress) -> Iterator[bytes]:
        """A sign of life from a request that waits for its turn."""
        if progress.silence.lasts_too_long():
            yield call.dialect.keep_alive_frame()

    def _attempt(self, deployment: Deployment, call: ClientCall, raw: RawRequest, progress: _Progress) -> Attempt:
        progress.attempt = Attempt(
            deployment,
            call,
            calls=self._calls,
            fetch=progress.fetch,
            memory=self._memory,
            refusals=self._refusals,
            cancelled=raw.client_gone,
            keep_alive_seconds=self._options.keep_alive_seconds,
            api_version=self._options.api_versions.get(deployment.model),
            modules=self._options.modules(deployment.model),
            log=self._log,
        )
        return progress.attempt

    def _headers(self, raw: RawRequest, resolution: Resolution, progress: _Progress) -> dict[str, str]:
        substitute = resolution.public_model if resolution.substituted else None
        return reply_headers(raw.request_id, progress.attempt, substitute, self._options.extra_headers)


def _watched(attempt: Attempt, progress: _Progress) -> Generator[bytes, None, None]:
    """The pieces of an attempt; those of a response that the client may refer to go by what remembers it."""
    pieces = attempt.stream()
    if progress.steady is None:
        return pieces
    pieces = progress.steady.stream(pieces, attempt)
    return progress.watch.stream(pieces, progress.steady) if progress.watch else pieces


def _stopped() -> ProxyError:
    return ProxyError("The proxy stopped while it answered.", status=503, kind=ErrorKind.OVERLOADED)
