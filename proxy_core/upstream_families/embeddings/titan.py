"""Amazon Titan's `/invoke`: one text a call.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
"""

from collections.abc import Mapping, Sequence

from proxy_core.errors import UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.embeddings.shapes import checked_vector, dropped, parse_object, texts_of
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["TitanEmbeddings"]


class TitanEmbeddings:
    """The vectors come as numbers."""

    name = "titan"

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Sequence[UpstreamRequest]:
        size: JsonObject = {"dimensions": request.dimensions} if request.dimensions else {}
        notes = dropped(request, "Titan", ("input_type", "truncate", "title", "user"))
        return [
            UpstreamRequest("/invoke", {"inputText": text, **size}, diagnostics=notes)
            for text in texts_of(request, target.model)
        ]

    def decode_response(self, bodies: Sequence[bytes], request: EmbeddingRequest) -> EmbeddingResponse:  # noqa: ARG002 - one answer an input
        answers = [parse_object(body) for body in bodies]
        vectors = tuple(checked_vector(answer.get("embedding")) for answer in answers)
        return EmbeddingResponse(vectors, sum(answer.get("inputTextTokenCount") or 0 for answer in answers))

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
