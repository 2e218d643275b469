"""Google's embedding model by `:predict`: one text a call.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
"""

from collections.abc import Mapping, Sequence

from proxy_core.errors import UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse, InputType, Vector
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import unreadable_error
from proxy_core.upstream_families.embeddings.shapes import checked_vector, dropped, parse_object, texts_of
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["GeminiEmbeddings"]

_TASKS: Mapping[InputType, str] = {
    "query": "RETRIEVAL_QUERY",
    "document": "RETRIEVAL_DOCUMENT",
    "classification": "CLASSIFICATION",
    "clustering": "CLUSTERING",
    "similarity": "SEMANTIC_SIMILARITY",
}


class GeminiEmbeddings:
    """The vectors come as numbers."""

    name = "gemini"

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Sequence[UpstreamRequest]:
        parameters: JsonObject = {}
        if request.dimensions:
            parameters["outputDimensionality"] = request.dimensions
        if request.truncate:
            parameters["autoTruncate"] = request.truncate != "NONE"
        notes = dropped(request, "Gemini", ("user",))
        return [
            UpstreamRequest(
                f"/models/{target.model}:predict",
                {"instances": [_instance(text, request)], **({"parameters": parameters} if parameters else {})},
                diagnostics=notes,
            )
            for text in texts_of(request, target.model)
        ]

    def decode_response(self, bodies: Sequence[bytes], request: EmbeddingRequest) -> EmbeddingResponse:  # noqa: ARG002 - one answer an input
        read = [_read(body) for body in bodies]
        return EmbeddingResponse(tuple(vector for vector, _ in read), sum(tokens for _, tokens in read))

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)


def _instance(text: str, request: EmbeddingRequest) -> JsonObject:
    instance: JsonObject = {"content": text}
    if request.input_type:
        instance["task_type"] = _TASKS[request.input_type]
    if request.title and request.input_type == "document":
        instance["title"] = request.title
    return instance


def _read(body: bytes) -> tuple[Vector, int]:
    match parse_object(body).get("predictions"):
        case [{"embeddings": {"values": values, **rest}}]:
            statistics = rest.get("statistics")
            tokens = statistics.get("token_count") if isinstance(statistics, dict) else None
            return checked_vector(values), int(tokens or 0)
        case _:
            raise unreadable_error("it does not hold one prediction")
