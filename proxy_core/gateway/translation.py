"""One attempt's translation: native where client and deployment speak the same wire, else by the neutral model.

A request is served by exactly one of the two; the gateway does not see which.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol, cast, runtime_checkable

from proxy_core.client_dialects.base import ClientDialect, ReplyContext, StreamEncoder
from proxy_core.errors import ProxyError
from proxy_core.gateway.metering import MeteredPipe, count_answer
from proxy_core.gateway.rough_count import BYTES_PER_TOKEN
from proxy_core.gateway.thoughts import ThoughtMemory, ThoughtRecorder
from proxy_core.http_exchange import TokenMeter
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.events import Event, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.base import (
    ChoosyRoute,
    FetchFile,
    NativeRoute,
    StreamAdapter,
    StreamDecoder,
    Target,
    UpstreamFamily,
    UpstreamRequest,
)

__all__ = ["ClientCall", "NativeTranslation", "NeutralTranslation", "Pipe", "Translation", "build_translation"]


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A client's request, parsed once; nothing in it changes between attempts."""

    dialect: ClientDialect
    body: JsonObject
    headers: Mapping[str, str]
    request_id: str
    context: ReplyContext
    meter: TokenMeter | None = None


class Pipe(Protocol):
    """Upstream stream bytes in, client stream bytes out."""

    @property
    def content_started(self) -> bool:
        """True once bytes that the user will see have come out."""

    @property
    def usage(self) -> Usage | None:
        """What the upstream has reported so far."""

    def feed(self, data: bytes) -> bytes: ...

    def close(self) -> bytes: ...

    def fail(self, error: ProxyError) -> bytes: ...

    def keep_alive(self) -> bytes: ...


class Translation(Protocol):
    sent: UpstreamRequest
    diagnostics: tuple[Diagnostic, ...]

    def whole(self, body: bytes) -> bytes:
        """Upstream answer to client answer."""

    def pipe(self, content_type: str) -> Pipe: ...

    def later(self) -> Callable[[bytes], bytes] | None:
        """What makes the upstream's answer the client's when it is read again; None where the upstream keeps
        none that the client could read."""


def build_translation(
    family: UpstreamFamily, call: ClientCall, target: Target, fetch: FetchFile, memory: ThoughtMemory
) -> Translation:
    """The translation of one attempt. Raises `ClientError` for what the deployment cannot be asked."""
    route = family.native.get(call.dialect.name)
    if route is not None and _serves(route, call, target):
        return NativeTranslation(route, call, target, fetch)
    return NeutralTranslation(family, call, target, fetch, memory)


@cache
def _is(cls: type, protocol: type) -> bool:
    """Asked once for each class: before Python 3.12 the question takes longer than a small translation."""
    return issubclass(cls, protocol)


def _serves(route: NativeRoute, call: ClientCall, target: Target) -> bool:
    return not _is(type(route), ChoosyRoute) or cast("ChoosyRoute", route).serves(call.body, target)


class NativeTranslation:
    """Same wire on both sides."""

    def __init__(self, route: NativeRoute, call: ClientCall, target: Target, fetch: FetchFile) -> None:
        self._route = route
        self._call = call
        self._target = target
        self.sent = route.adapt_request(call.body, call.headers, target, fetch)
        self.diagnostics = self.sent.diagnostics

    def whole(self, body: bytes) -> bytes:
        answer, usage = self._route.adapt_response(body, self.sent, self._target)
        _count(usage, answer, self._call)
        return answer

    def later(self) -> Callable[[bytes], bytes]:
        route, sent, target = self._route, replace(self.sent, body={}), self._target
        return lambda body: route.adapt_response(body, sent, target)[0]

    def pipe(self, content_type: str) -> Pipe:  # noqa: ARG002 - the native wires have one stream form
        adapter = self._route.stream_adapter(self._call.body, self.sent, self._target)
        return _metered(_NativePipe(adapter, self._call), self._call)


class NeutralTranslation:
    """Client wire to neutral model to upstream wire, and back."""

    def __init__(
        self, family: UpstreamFamily, call: ClientCall, target: Target, fetch: FetchFile, memory: ThoughtMemory
    ) -> None:
        self._family = family
        self._call = call
        self._target = target
        self._memory = memory
        request = memory.restore(call.dialect.decode_request(call.body, call.headers))
        self.sent = family.encode_request(request, target, fetch)
        self.diagnostics = (*request.diagnostics, *self.sent.diagnostics)

    def whole(self, body: bytes) -> bytes:
        response = self._family.decode_response(body, self.sent, self._target)
        self._memory.keep_answer(response)
        answer = dump_json(self._call.dialect.encode_response(response, self._call.context))
        _count(response.usage, answer, self._call)
        return answer

    def later(self) -> None:
        return None

    def pipe(self, content_type: str) -> Pipe:
        decoder = self._family.stream_decoder(content_type, self.sent, self._target)
        encoder = self._call.dialect.stream_encoder(self._call.context)
        return _metered(_NeutralPipe(decoder, encoder, ThoughtRecorder(self._memory)), self._call)


def _count(usage: Usage, answer: bytes, call: ClientCall) -> None:
    count_answer(call.meter, usage, lambda: call.context.estimate_input_tokens() + len(answer) // BYTES_PER_TOKEN)


def _metered(pipe: Pipe, call: ClientCall) -> Pipe:
    if call.meter is None:
        return pipe
    metered = MeteredPipe(pipe, call.context.estimate_input_tokens)
    call.meter.ask_at_end(metered.tokens)
    return metered


@runtime_checkable
class _SpeaksItself(Protocol):
    """An adapter whose wire numbers its frames, so that only it can write more of them."""

    def fail(self, error: ProxyError) -> bytes: ...

    def keep_alive(self) -> bytes: ...


class _NativePipe:
    def __init__(self, adapter: StreamAdapter, call: ClientCall) -> None:
        self._adapter = adapter
        self._call = call
        self._speaker = cast("_SpeaksItself", adapter) if _is(type(adapter), _SpeaksItself) else None
        self.feed = adapter.feed
        self.close = adapter.close

    @property
    def content_started(self) -> bool:
        return self._adapter.content_started

    @property
    def usage(self) -> Usage | None:
        return self._adapter.usage

    def fail(self, error: ProxyError) -> bytes:
        if self._speaker:
            return self._speaker.fail(error)
        return self._call.dialect.error_frame(error, self._call.request_id)

    def keep_alive(self) -> bytes:
        if self._speaker:
            return self._speaker.keep_alive()
        return self._call.dialect.keep_alive_frame()


class _NeutralPipe:
    def __init__(self, decoder: StreamDecoder, encoder: StreamEncoder, recorder: ThoughtRecorder) -> None:
        self._decoder = decoder
        self._encoder = encoder
        self._recorder = recorder
        self.content_started = False
        self.usage: Usage | None = None
        self.fail = encoder.fail
        self.keep_alive = encoder.keep_alive

    def feed(self, data: bytes) -> bytes:
        return self._encode(self._decoder.feed(data))

    def close(self) -> bytes:
        return self._encode(self._decoder.close())

    def _encode(self, events: Sequence[Event]) -> bytes:
        if not events:
            return b""
        if not self.content_started:
            self._watch_head(events)
        if isinstance(last := events[-1], StreamEnd):
            self.usage = last.usage
        self._recorder.watch(events)
        return self._encoder.feed(events)

    def _watch_head(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, StreamStart):
                self.usage = event.usage
            elif isinstance(event, PartStart | StreamEnd):
                self.content_started = True
                return
