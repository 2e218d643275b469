"""One attempt to have one deployment answer one request.

Some remedies are taken within the attempt: a refused token is fetched anew once, fields that the model's 400
names as unknown are left out, and so are thoughts whose proof it does not take.
"""

import logging
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any

from proxy_core.aicore.deployment import Deployment
from proxy_core.capabilities import capabilities_of
from proxy_core.errors import Cancelled, ErrorKind, UpstreamError, without_traces
from proxy_core.gateway.answer_watch import Home
from proxy_core.gateway.deployment_family import chat_family_of
from proxy_core.gateway.misshapen import MISSHAPEN, misshapen_answer
from proxy_core.gateway.ports import DeploymentCalls, PendingResponse, UpstreamResponse
from proxy_core.gateway.refusals import Refusals, lacks_operation, refuses_thoughts, remove_fields
from proxy_core.gateway.silence import Silence
from proxy_core.gateway.thoughts import ThoughtMemory
from proxy_core.gateway.translation import ClientCall, Pipe, Translation, build_translation
from proxy_core.json_text import dump_json
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.upstream_families.base import FetchFile, Target

__all__ = ["Attempt"]

_HELD_LIMIT = 1 << 20
"""Metadata held back before the first content, in bytes; more than this is passed on as it is."""
_REFUSED_FIELD_RETRIES = 3
"""A 400 often names one field only, and the next one in the next answer."""
_CONNECTION_LOST = (ErrorKind.CONNECTION, ErrorKind.TIMEOUT)


class Attempt:
    """Made for one deployment and one request; `whole` or `stream` is called once."""

    def __init__(
        self,
        deployment: Deployment,
        call: ClientCall,
        *,
        calls: DeploymentCalls,
        fetch: FetchFile,
        memory: ThoughtMemory,
        refusals: Refusals,
        cancelled: Callable[[], bool],
        keep_alive_seconds: float,
        api_version: str | None,
        modules: Mapping[str, Any],
        log: logging.Logger,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deployment = deployment
        self._call = call
        self._calls = calls
        self._fetch = fetch
        self._memory = memory
        self._refusals = refusals
        self._cancelled = cancelled
        self._wait = keep_alive_seconds
        self._silence = Silence(keep_alive_seconds, clock)
        self._log = log
        self._family = chat_family_of(deployment)
        self._target = Target(
            model=deployment.model,
            public_model=call.context.model,
            capabilities=capabilities_of(deployment.model),
            api_version=api_version,
            model_version=deployment.model_version,
            modules=modules,
            lacking=refusals.lacking(deployment.url),
        )
        self._left_out = refusals.of(deployment.model)
        self._renewed = False
        self._retries = _REFUSED_FIELD_RETRIES
        self._translation = self._translated()
        self.sap_request_id: str | None = None
        self.broken: UpstreamError | None = None
        """What ended the stream after content had gone out."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What this attempt leaves out of the client's request."""
        return self._translation.diagnostics

    @property
    def home(self) -> Home:
        """Who keeps the answer for a client that refers to it later."""
        later = self._translation.later()
        return (None, None) if later is None else (self._deployment, later)

    def whole(self) -> bytes:
        """The client's whole answer. Raises `UpstreamError`."""
        while True:
            body = self._whole_body()
            try:
                return self._translation.whole(body)
            except UpstreamError as error:
                if not self._mends(error):
                    raise
            except MISSHAPEN as error:
                raise self._misshapen(error) from error

    def _whole_body(self) -> bytes:
        opening = self._open()
        while True:
            try:
                next(opening)
            except StopIteration as opened:
                response: UpstreamResponse = opened.value
                break
        try:
            return response.read_all()
        finally:
            response.close()

    def stream(self) -> Generator[bytes, None, None]:
        """The client's stream. Raises `UpstreamError` before the first content; later it ends the stream with
        the dialect's error frame itself. Signs of life come at any time."""
        served = False
        while not served:
            response = yield from self._alive_while_opening()
            try:
                pipe = self._translation.pipe(response.headers.get("content-type", ""))
                served = yield from self._relayed(response, pipe)
            except MISSHAPEN as error:
                raise self._misshapen(error) from error
            finally:
                response.close()

    def _relayed(self, response: UpstreamResponse, pipe: Pipe) -> Generator[bytes, None, bool]:
        """False when the stream began with an error that is mended by now: the call is worth another try."""
        try:
            held, ended = yield from self._until_content(response, pipe)
        except UpstreamError as error:
            if not self._mends(error):
                raise
            return False
        if held:
            yield held
        if not ended:
            yield from self._after_content(response, pipe)
        return True

    def _after_content(self, response: UpstreamResponse, pipe: Pipe) -> Generator[bytes, None, None]:
        read, feed, wait, silence, cancelled = (
            response.read_some, pipe.feed, self._wait, self._silence, self._cancelled
        )  # fmt: skip
        silence.end()
        try:
            while (data := read(wait)) != b"":
                out = feed(data) if data else pipe.keep_alive()
                if out:
                    silence.end()
                elif silence.lasts_too_long():
                    out = pipe.keep_alive()
                if cancelled():  # a stream that never pauses meets no other place that asks
                    raise Cancelled
                if out:
                    yield out
            out = pipe.close()
        except UpstreamError as error:
            out = self._broken_end(pipe, error)
        except MISSHAPEN as error:
            out = pipe.fail(self._misshapen(error))
        if out:
            yield out

    def _broken_end(self, pipe: Pipe, error: UpstreamError) -> bytes:
        """The dialect's error frame; but an answer that was complete stays so when the connection is lost after
        it."""
        without_traces(error)  # a decoder may hold it
        if error.kind in _CONNECTION_LOST:
            try:
                return pipe.close()
            except UpstreamError:
                pass
        self.broken = error
        self._log.warning("%s stream broke: %s", self._call.request_id, error.kind)
        return pipe.fail(error)

    def _misshapen(self, error: Exception) -> UpstreamError:
        return misshapen_answer(
            error, self._deployment.model, self._call.request_id, self.sap_request_id, self._log
        )

    def _until_content(self, response: UpstreamResponse, pipe: Pipe) -> Generator[bytes, None, tuple[bytes, bool]]:
        """Read up to the first content, which is returned with all that came before it, and whether that was the
        whole stream."""
        held = bytearray()
        while not pipe.content_started and len(held) < _HELD_LIMIT:
            data = response.read_some(self._wait)
            if data == b"":
                held += pipe.close()
                return bytes(held), True
            if data:
                held += pipe.feed(data)
            if data is None or (not pipe.content_started and self._silence.lasts_too_long()):
                self._silence.end()
                yield pipe.keep_alive()
        return bytes(held), False

    def _alive_while_opening(self) -> Generator[bytes, None, UpstreamResponse]:
        opening = self._open()
        while True:
            try:
                next(opening)
            except StopIteration as opened:
                response: UpstreamResponse = opened.value
                return response
            self._silence.end()
            yield self._call.dialect.keep_alive_frame()

    def _open(self) -> Generator[None, None, UpstreamResponse]:
        """Send the request and wait for a good head; yields after each silence of the keep-alive time."""
        while True:
            response = yield from self._head(self._sent())
            self.sap_request_id = response.headers.get("x-request-id") or response.headers.get("ai-inference-id")
            if response.status < 400:
                self._refusals.note_lacking(self._deployment.url, self._target.lacking)
                return response
            error = self._error_of(response)
            if not self._mends(error):
                raise error

    def _mends(self, error: UpstreamError) -> bool:
        """True when the same deployment is worth another try, which then does without what it refused."""
        if error.upstream_status == 401 and not self._renewed:
            self._renewed = True
            self._calls.forget_token(self._deployment)
            return True
        if self._retries and (named := self._refusals.learn(self._deployment.model, error, self._left_out)):
            self._retries -= 1
            self._left_out |= named
        elif not self._lacks_operation(error) and not self._refuses_thoughts(error):
            return False
        self._translation = self._translated()
        return True

    def _lacks_operation(self, error: UpstreamError) -> bool:
        """True when the deployment says it does not have what the call uses; the next translation does without."""
        operation = self._translation.sent.operation
        if operation is None or operation in self._target.lacking or not lacks_operation(error):
            return False
        self._target = replace(self._target, lacking=self._target.lacking | {operation})
        return True

    def _refuses_thoughts(self, error: UpstreamError) -> bool:
        """True when the next translation leaves the thoughts of the conversation behind, for the first time."""
        if self._target.without_thoughts or not refuses_thoughts(error):
            return False
        self._target = replace(self._target, without_thoughts=True)
        return True

    def _head(self, pending: PendingResponse) -> Generator[None, None, UpstreamResponse]:
        try:
            while (response := pending.poll(self._wait)) is None:
                yield
        except BaseException:
            pending.close()
            raise
        return response

    def _translated(self) -> Translation:
        translation = build_translation(self._family, self._call, self._target, self._fetch, self._memory)
        sent = translation.sent
        for field in remove_fields(sent.body, self._left_out, sent.model_fields):
            translation.diagnostics = (*translation.diagnostics, Diagnostic(field, "the model refused it"))
        for note in translation.diagnostics:
            self._log.debug("%s %r %s: %s", self._call.request_id, note.field[:100], note.action, note.reason)
        return translation

    def _sent(self) -> PendingResponse:
        sent = self._translation.sent
        return self._calls.begin(self._deployment, sent.path, sent.headers, dump_json(sent.body), self._cancelled)

    def _error_of(self, response: UpstreamResponse) -> UpstreamError:
        try:
            error = self._family.decode_error(response.status, response.headers, response.read_all())
        finally:
            response.close()
        error.request_id = error.request_id or self.sap_request_id
        return error
