"""Hosts that speak OpenAI's chat completions in a flavour of their own: Mistral, open models, Sonar."""

from collections.abc import Mapping

from proxy_core.errors import UpstreamError
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.upstream_families.base import FetchFile, NativeRoute, StreamDecoder, Target, UpstreamRequest
from proxy_core.upstream_families.openai_compatible.chat_route import ChatRoute
from proxy_core.upstream_families.openai_compatible.encode import encode_request
from proxy_core.upstream_families.openai_compatible.sources import SourcesStreamDecoder, decode_with_sources
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["OpenAICompatible"]


class OpenAICompatible:
    """Calls `/chat/completions` with the model's name in the body."""

    name = "openai_compatible"

    def __init__(self) -> None:
        self.native: Mapping[str, NativeRoute] = {"openai.chat": ChatRoute()}

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        """Raises `ClientError` for content and tools that the model cannot take."""
        return encode_request(request, target, fetch)

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        return decode_with_sources(body, sent, target)

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:  # noqa: ARG002 - these streams have one form
        return SourcesStreamDecoder(sent, target)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
