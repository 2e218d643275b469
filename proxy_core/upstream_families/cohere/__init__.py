"""Cohere's Command models (`aicore-cohere`) by the v2 chat wire."""

from collections.abc import Mapping

from proxy_core.errors import UpstreamError
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.upstream_families.base import FetchFile, NativeRoute, StreamDecoder, Target, UpstreamRequest
from proxy_core.upstream_families.cohere.answers import CohereStreamDecoder, decode_answer
from proxy_core.upstream_families.cohere.encode import encode_request
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["Cohere"]


class Cohere:
    """Calls `/v2/chat`."""

    name = "cohere"
    native: Mapping[str, NativeRoute] = {}

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        """Raises `ClientError` for files that the model cannot read."""
        return encode_request(request, target, fetch)

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        return decode_answer(body, sent, target)

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:  # noqa: ARG002 - these streams have one form
        return CohereStreamDecoder(sent, target)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
