"""Gemini deployments (`gcp-vertexai`): neutral requests out, neutral answers in. No I/O of its own.

`ChatRequest.extras["gemini.safety_settings"]`, when given, is sent as `safetySettings`.
"""

from collections.abc import Mapping

from proxy_core.errors import UpstreamError
from proxy_core.neutral.fold import fold
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.upstream_families.base import FetchFile, NativeRoute, StreamDecoder, Target, UpstreamRequest
from proxy_core.upstream_families.gemini.answers import GeminiStreamDecoder, decode_answer
from proxy_core.upstream_families.gemini.native import GeminiRoute
from proxy_core.upstream_families.gemini.requests import build_request
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["Gemini"]


class Gemini:
    """Calls `/models/{model}:generateContent` and `:streamGenerateContent`."""

    name = "gemini"
    native: Mapping[str, NativeRoute] = {"gemini.generate_content": GeminiRoute()}

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        """Raises `ClientError` for tool results without their call and for files that cannot be sent."""
        return build_request(request, target, fetch)

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        """Raises `UpstreamError` for a blocked prompt, a failed answer and a body that is no answer."""
        return fold(decode_answer(body, sent, target))

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:  # noqa: ARG002 - the bytes themselves tell
        return GeminiStreamDecoder(sent, target)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
