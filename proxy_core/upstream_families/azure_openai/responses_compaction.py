"""A folded conversation of Azure (`/responses/compact`) as the answer to a request of its own kind."""

from time import time

from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.azure_openai.responses_answers import parse_response
from proxy_core.upstream_families.chat_wire.answers import unreadable_error
from proxy_core.wire.openai.responses_frames import KEEP_ALIVE_COMMENT, build_frame, failure_frames
from proxy_core.wire.openai.responses_shapes import decode_responses_usage, encode_responses_usage

__all__ = ["CompactionStream", "build_folded_response"]


def build_folded_response(body: bytes, model: str) -> JsonObject:
    """A response whose one item is the folded conversation. Raises `UpstreamError`."""
    answer = parse_response(body)
    folded = [item for item in answer["output"] if isinstance(item, dict) and item.get("type") == "compaction"]
    if not folded:
        raise unreadable_error("it holds no folded conversation")
    created = answer.get("created_at")
    return {
        "id": answer.get("id"),
        "object": "response",
        "created_at": created if isinstance(created, int) else int(time()),
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": folded[-1:],
        "usage": encode_responses_usage(decode_responses_usage(answer.get("usage"))),
    }


class CompactionStream:
    """The whole answer of Azure told as a stream once it is there."""

    def __init__(self, model: str) -> None:
        self.content_started = False
        self.usage: Usage | None = None
        self._model = model
        self._data = bytearray()

    def feed(self, data: bytes) -> bytes:
        self._data += data
        return b""

    def close(self) -> bytes:
        response = build_folded_response(bytes(self._data), self._model)
        self.content_started = True
        self.usage = decode_responses_usage(response["usage"])
        begun = {"response": {**response, "status": "in_progress", "output": [], "usage": None}}
        item = {"output_index": 0, "item": response["output"][0]}
        told = (
            ("response.created", begun),
            ("response.in_progress", begun),
            ("response.output_item.added", item),
            ("response.output_item.done", item),
            ("response.completed", {"response": response}),
        )
        return b"".join(build_frame(kind, number, fields) for number, (kind, fields) in enumerate(told))

    def fail(self, error: ProxyError) -> bytes:
        return failure_frames(error, {"id": "resp_failed", "object": "response", "output": [], "usage": None}, 0)

    def keep_alive(self) -> bytes:
        return KEEP_ALIVE_COMMENT
