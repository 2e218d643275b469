"""The native route: an Anthropic client to Claude. Only named keys are edited."""

import re
from collections.abc import Mapping

from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.anthropic_bedrock.adapt import adapt_body, build_call
from proxy_core.upstream_families.anthropic_bedrock.answer import read_message
from proxy_core.upstream_families.anthropic_bedrock.stream_adapter import InvokeStreamAdapter
from proxy_core.upstream_families.base import FetchFile, StreamAdapter, Target, UpstreamRequest
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import decode_usage

__all__ = ["NativeMessages"]

_MODEL = re.compile(rb'"model"\s*:\s*"[^"\\]*"')
_CONTENT = b'"content"'


class NativeMessages:
    """`anthropic.messages` to `/invoke` and `/invoke-with-response-stream`."""

    def adapt_request(
        self, body: JsonObject, headers: Mapping[str, str], target: Target, fetch: FetchFile
    ) -> UpstreamRequest:
        notes = Notes()
        adapted = adapt_body(body, headers, target, fetch, notes)
        return build_call(adapted, body.get("stream") is True, notes)

    def adapt_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> tuple[bytes, Usage]:  # noqa: ARG002 - the route's contract
        """The answer with the public model name, every other byte as it came."""
        message = read_message(body)
        return _with_model(body, message, target.public_model), decode_usage(message.get("usage") or {})

    def stream_adapter(self, body: JsonObject, sent: UpstreamRequest, target: Target) -> StreamAdapter:  # noqa: ARG002 - the route's contract
        return InvokeStreamAdapter(target.public_model)


def _with_model(body: bytes, message: JsonObject, model: str) -> bytes:
    """Spliced where the field stands before the content, in which a like one may occur; else written anew."""
    found = _MODEL.search(body)
    if found and found.end() <= body.find(_CONTENT) and body[: found.start()].count(b"{") == 1:
        return body[: found.start()] + b'"model":' + dump_json(model) + body[found.end() :]
    return dump_json({**message, "model": model})
