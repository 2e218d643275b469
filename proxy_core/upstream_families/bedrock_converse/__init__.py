"""Bedrock deployments by the Converse wire: Nova, and a Claude that answers nothing else."""

from collections.abc import Mapping

from proxy_core.errors import UpstreamError
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.upstream_families.base import FetchFile, NativeRoute, StreamDecoder, Target, UpstreamRequest
from proxy_core.upstream_families.bedrock_converse.answers import ConverseStreamDecoder, decode_answer
from proxy_core.upstream_families.bedrock_converse.encode import encode_request
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["BedrockConverse"]


class BedrockConverse:
    """Calls `/converse` and `/converse-stream`."""

    name = "bedrock_converse"
    native: Mapping[str, NativeRoute] = {}

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        """Raises `ClientError` for files that the model cannot read."""
        return encode_request(request, target, fetch)

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        return decode_answer(body, sent, target)

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:
        return ConverseStreamDecoder(content_type, sent, target)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
