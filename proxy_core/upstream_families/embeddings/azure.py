"""Azure OpenAI's `/embeddings`: nearly the client's own body."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from proxy_core.errors import UpstreamError
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.embeddings.shapes import dropped, parse_object, read_listed
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["AzureEmbeddings"]

_API_VERSION = "2024-10-21"


class AzureEmbeddings:
    """Texts and token ids, all in one call, base64 where the client wants it."""

    name = "azure_openai"

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Sequence[UpstreamRequest]:
        inputs = request.inputs
        body = {
            "input": inputs[0] if len(inputs) == 1 and isinstance(inputs[0], str) else inputs,
            "encoding_format": "base64" if request.base64 else None,
            "dimensions": request.dimensions,
            "user": request.user,
        }
        path = f"/embeddings?api-version={quote(target.api_version or _API_VERSION, safe='')}"
        notes = dropped(request, "Azure OpenAI", ("input_type", "truncate", "title"))
        return [UpstreamRequest(path, {key: value for key, value in body.items() if value}, diagnostics=notes)]

    def decode_response(self, bodies: Sequence[bytes], request: EmbeddingRequest) -> EmbeddingResponse:
        return read_listed(parse_object(bodies[0]), len(request.inputs))

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
