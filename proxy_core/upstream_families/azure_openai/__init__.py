"""Azure OpenAI deployments of SAP AI Core, by their chat completions path or their Responses API."""

from collections.abc import Mapping
from urllib.parse import quote

from proxy_core.errors import UpstreamError
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.upstream_families.azure_openai.chat_route import ChatRoute
from proxy_core.upstream_families.azure_openai.encode_request import encode_request
from proxy_core.upstream_families.azure_openai.parameters import effort_of
from proxy_core.upstream_families.azure_openai.responses_decode import (
    ResponsesStreamDecoder,
    decode_responses_answer,
)
from proxy_core.upstream_families.azure_openai.responses_encode import encode_responses_request
from proxy_core.upstream_families.azure_openai.responses_route import (
    PATH,
    CompactRoute,
    ResponsesRoute,
    needs_responses,
)
from proxy_core.upstream_families.base import (
    FetchFile,
    NativeRoute,
    StreamDecoder,
    Target,
    UpstreamRequest,
)
from proxy_core.upstream_families.chat_wire.decode_response import decode_response
from proxy_core.upstream_families.chat_wire.stream_decoder import ChatStreamDecoder
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["AzureOpenAI"]

_API_VERSION = "2025-04-01-preview"


class AzureOpenAI:
    """The `UpstreamFamily` of executable `azure-openai`."""

    name = "azure_openai"

    def __init__(self) -> None:
        self.native: Mapping[str, NativeRoute] = {
            "openai.chat": ChatRoute(_chat_path),
            "openai.responses": ResponsesRoute(),
            "openai.responses.compact": CompactRoute(),
        }

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        if needs_responses(target, with_tools=bool(request.tools), effort=effort_of(request.reasoning)):
            return encode_responses_request(request, target, fetch)
        return encode_request(request, target, fetch, _chat_path(target))

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        if sent.path == PATH:
            return decode_responses_answer(body, sent, target)
        return decode_response(body, sent, target)

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:  # noqa: ARG002 - Azure streams have one form
        return ResponsesStreamDecoder(sent, target) if sent.path == PATH else ChatStreamDecoder(sent, target)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)


def _chat_path(target: Target) -> str:
    return f"/chat/completions?api-version={quote(target.api_version or _API_VERSION, safe='')}"
