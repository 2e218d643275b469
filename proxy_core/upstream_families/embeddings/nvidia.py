"""NVIDIA's retrieval models on `/embeddings`: OpenAI's shape, and the word whether a text asks or answers.

Source: https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html
"""

from collections.abc import Mapping, Sequence

from proxy_core.errors import UpstreamError
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.embeddings.shapes import dropped, parse_object, read_listed, texts_of
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["NvidiaEmbeddings"]

_DEFAULT_TYPE = "query"
_TYPES = {"query": "query", "document": "passage"}


class NvidiaEmbeddings:
    """All texts in one call; the vectors come as numbers. Without the client's word a text is a query."""

    name = "nvidia"

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Sequence[UpstreamRequest]:
        notes = list(dropped(request, "NVIDIA", ("title", "user")))
        if request.input_type is not None and request.input_type not in _TYPES:
            notes.append(Diagnostic("input_type", "NVIDIA knows queries and passages", Action.CHANGED))
        body = {
            "model": target.model,
            "input": list(texts_of(request, target.model)),
            "input_type": _TYPES.get(request.input_type or "", _DEFAULT_TYPE),
            "truncate": request.truncate,
            "dimensions": request.dimensions,
        }
        kept = {key: value for key, value in body.items() if value is not None}
        return [UpstreamRequest("/embeddings", kept, diagnostics=tuple(notes))]

    def decode_response(self, bodies: Sequence[bytes], request: EmbeddingRequest) -> EmbeddingResponse:
        return read_listed(parse_object(bodies[0]), len(request.inputs))

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
