"""One attempt's translation: native where client and deployment speak the same wire, else by the neutral model.

A request is served by exactly one of the two; the gateway does not see which.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from proxy_core.client_dialects.base import ClientDialect, ReplyContext, StreamEncoder
from proxy_core.errors import ProxyError
from proxy_core.gateway.thoughts import ThoughtMemory, ThoughtRecorder
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.events import Event, PartStart, StreamEnd
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


class Pipe(Protocol):
    """Upstream stream bytes in, client stream bytes out."""

    @property
    def content_started(self) -> bool:
        """True once bytes that the user will see have come out."""

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
    if route is not None and (not isinstance(route, ChoosyRoute) or route.serves(call.body, target)):
        return NativeTranslation(route, call, target, fetch)
    return NeutralTranslation(family, call, target, fetch, memory)


class NativeTranslation:
    """Same wire on both sides."""

    def __init__(self, route: NativeRoute, call: ClientCall, target: Target, fetch: FetchFile) -> None:
        self._route = route
        self._call = call
        self._target = target
        self.sent = route.adapt_request(call.body, call.headers, target, fetch)
        self.diagnostics = self.sent.diagnostics

    def whole(self, body: bytes) -> bytes:
        answer, _usage = self._route.adapt_response(body, self.sent, self._target)
        return answer

    def later(self) -> Callable[[bytes], bytes]:
        route, sent, target = self._route, replace(self.sent, body={}), self._target
        return lambda body: route.adapt_response(body, sent, target)[0]

    def pipe(self, content_type: str) -> Pipe:  # noqa: ARG002 - the native wires have one stream form
        adapter = self._route.stream_adapter(self._call.body, self.sent, self._target)
        return _NativePipe(adapter, self._call)


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
        return dump_json(self._call.dialect.encode_response(response, self._call.context))

    def later(self) -> None:
        return None

    def pipe(self, content_type: str) -> Pipe:
        decoder = self._family.stream_decoder(content_type, self.sent, self._target)
        encoder = self._call.dialect.stream_encoder(self._call.context)
        return _NeutralPipe(decoder, encoder, ThoughtRecorder(self._memory))


@runtime_checkable
class _SpeaksItself(Protocol):
    """An adapter whose wire numbers its frames, so that only it can write more of them."""

    def fail(self, error: ProxyError) -> bytes: ...

    def keep_alive(self) -> bytes: ...


class _NativePipe:
    def __init__(self, adapter: StreamAdapter, call: ClientCall) -> None:
        self._adapter = adapter
        self._call = call
        self._speaker = adapter if isinstance(adapter, _SpeaksItself) else None
        self.feed = adapter.feed
        self.close = adapter.close

    @property
    def content_started(self) -> bool:
        return self._adapter.content_started

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
            self.content_started = any(isinstance(event, PartStart | StreamEnd) for event in events)
        self._recorder.watch(events)
        return self._encoder.feed(events)
