"""SAP's orchestration service v2: the one deployment that reaches every model."""

from collections.abc import Mapping

from proxy_core.errors import UpstreamError
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.upstream_families.base import FetchFile, NativeRoute, StreamDecoder, Target, UpstreamRequest
from proxy_core.upstream_families.orchestration.answers import OrchestrationStreamDecoder, decode_answer
from proxy_core.upstream_families.orchestration.encode import encode_request, is_streamed
from proxy_core.upstream_families.orchestration.errors import told_apart
from proxy_core.upstream_families.upstream_errors import decode_error
from proxy_core.upstream_families.whole_answer import WholeAnswerDecoder

__all__ = ["Orchestration"]


class Orchestration:
    """Calls `/v2/completion`. A model that the service does not let stream is asked for the whole answer, which
    then goes out as a stream."""

    name = "orchestration"
    native: Mapping[str, NativeRoute] = {}

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        """Raises `ClientError` for content that the model cannot take."""
        return encode_request(request, target, fetch)

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        return decode_answer(body, sent, target)

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:  # noqa: ARG002 - what was sent tells
        if is_streamed(sent):
            return OrchestrationStreamDecoder(sent, target)
        return WholeAnswerDecoder(lambda body: decode_answer(body, sent, target))

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return told_apart(decode_error(status, headers, body))
