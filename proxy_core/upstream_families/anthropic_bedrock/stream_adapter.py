"""Claude's stream to an Anthropic client's stream.

SAP leaves out the `event:` lines, which clients need. The frames that carry content are recognised by
their first bytes and copied; only the few frames around them are read as JSON.
"""

from typing import Any

from proxy_core.errors import UpstreamError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.anthropic_bedrock.frames import (
    AWS_MEDIA_TYPE,
    Frames,
    build_cut_error,
    build_frames,
    read_frame,
)
from proxy_core.wire.anthropic import decode_usage

__all__ = ["InvokeStreamAdapter"]

_CONTENT = b'{"type":"content_block_delta"'
_HEAD = b"event: content_block_delta\ndata: "
_TAIL = b"\n\n"
_END = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_NOT_YET_CONTENT = frozenset({"message_start", "content_block_start", "ping"})


class InvokeStreamAdapter:
    """One stream. An error that follows content in the same read is raised by the next call, so that the
    content still reaches the client."""

    def __init__(self, public_model: str) -> None:
        self.content_started = False
        self.usage: Usage | None = None
        self._model = public_model
        self._frames: Frames | None = None
        self._counts: JsonObject = {}
        self._ended = False
        self._error: UpstreamError | None = None

    def feed(self, data: bytes) -> bytes:
        if self._error is not None:
            raise self._error
        if self._frames is None:
            self._frames = build_frames(_media_type(data))
        return self._adapt_all(self._frames.feed(data))

    def close(self) -> bytes:
        last = b"" if self._frames is None else self._adapt_all(self._frames.close())
        if self._error is not None:
            raise self._error
        if not self._ended:
            raise build_cut_error()
        return last

    def _adapt_all(self, payloads: list[bytes]) -> bytes:
        out: list[bytes] = []
        try:
            for payload in payloads:
                if payload.startswith(_CONTENT) and b"\n" not in payload:
                    out += (_HEAD, payload, _TAIL)
                    self.content_started = True
                else:
                    out.append(self._adapt(payload))
        except UpstreamError as error:
            if not self.content_started or not out:
                raise
            self._error = error
        return b"".join(out)

    def _adapt(self, payload: bytes) -> bytes:
        frame = read_frame(payload)
        name = frame["type"]
        if name not in _NOT_YET_CONTENT:
            self.content_started = True
        match name:
            case "message_start":
                return self._start(frame)
            case "message_delta":
                self._count(frame.get("usage"))
            case "message_stop":
                self._ended = True
                return _END
        return _with_name(name, payload)

    def _start(self, frame: JsonObject) -> bytes:
        message = frame.get("message")
        if not isinstance(message, dict):
            message = {}
        self._count(message.get("usage"))
        return _with_name("message_start", dump_json({**frame, "message": {**message, "model": self._model}}))

    def _count(self, usage: Any) -> None:
        """Counts are totals so far: a later one replaces an earlier one."""
        if isinstance(usage, dict):
            self._counts.update({key: value for key, value in usage.items() if value is not None})
            self.usage = decode_usage(self._counts)


def _with_name(name: str, payload: bytes) -> bytes:
    lines = payload.replace(b"\n", b"\ndata: ")
    return b"event: %b\ndata: %b\n\n" % (name.encode(), lines)


def _media_type(first: bytes) -> str:
    """An AWS event stream begins with a length below 16 MB, so with a zero byte; text never does."""
    return AWS_MEDIA_TYPE if first[:1] == b"\0" else "text/event-stream"
