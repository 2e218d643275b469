"""The family's front: which function does what. No rule of the wire lives here."""

from collections.abc import Mapping

from proxy_core.errors import UpstreamError
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.upstream_families.anthropic_bedrock.answer import decode_response
from proxy_core.upstream_families.anthropic_bedrock.encode import encode_request
from proxy_core.upstream_families.anthropic_bedrock.native import NativeMessages
from proxy_core.upstream_families.anthropic_bedrock.stream import InvokeStreamDecoder
from proxy_core.upstream_families.base import (
    FetchFile,
    NativeRoute,
    StreamDecoder,
    Target,
    UpstreamRequest,
)
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["AnthropicBedrock"]


class AnthropicBedrock:
    """Claude deployments of the executable `aws-bedrock`."""

    name = "anthropic_bedrock"
    native: Mapping[str, NativeRoute] = {"anthropic.messages": NativeMessages()}

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        return encode_request(request, target, fetch)

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        return decode_response(body, sent, target)

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:
        return InvokeStreamDecoder(content_type, sent, target)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
