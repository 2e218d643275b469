"""The orchestration service's `/v2/embeddings`, for models without a deployment of their own.

Source: https://github.com/SAP/ai-sdk-js/blob/main/packages/orchestration/src/spec/api.yaml
"""

from collections.abc import Mapping, Sequence

from proxy_core.errors import ClientError, UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse, InputType
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import unreadable_error
from proxy_core.upstream_families.embeddings.shapes import dropped, parse_object, read_listed, texts_of
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["OrchestrationEmbeddings"]

_TYPES: Mapping[InputType, str] = {
    "query": "query",
    "document": "document",
    "classification": "classification",
    "clustering": "clustering",
    "similarity": "text",
}
_ASYMMETRIC = "nvidia"
"""Models of this vendor want to know whether a text asks or answers."""
_MODULES = frozenset({"masking"})
"""What the service can do around a model that makes vectors; for a conversation it can do more."""


class OrchestrationEmbeddings:
    """All texts in one call, masked where the user has configured it."""

    name = "orchestration"

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Sequence[UpstreamRequest]:
        _check_modules(target)
        texts = texts_of(request, "The orchestration service")
        params: JsonObject = {"encoding_format": "base64" if request.base64 else "float"}
        if request.dimensions:
            params["dimensions"] = request.dimensions
        given: JsonObject = {"text": list(texts) if len(texts) > 1 else texts[0]}
        if kind := _type_of(request, target.model):
            given["type"] = kind
        model = {"name": target.model, "version": target.model_version or "latest", "params": params}
        modules = {"embeddings": {"model": model}, **target.modules}
        body = {"config": {"modules": modules}, "input": given}
        notes = dropped(request, "The orchestration service", ("truncate", "title", "user"))
        return [UpstreamRequest("/v2/embeddings", body, diagnostics=notes)]

    def decode_response(self, bodies: Sequence[bytes], request: EmbeddingRequest) -> EmbeddingResponse:
        result = parse_object(bodies[0]).get("final_result")
        if not isinstance(result, dict):
            raise unreadable_error("it holds no final result")
        return read_listed(result, len(request.inputs))

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)


def _check_modules(target: Target) -> None:
    """A text that the user wants filtered is never sent without its filter."""
    if impossible := sorted(set(target.modules) - _MODULES):
        raise ClientError(
            f"The configuration asks for {', '.join(impossible)} around {target.model}, but SAP's orchestration "
            "service has only masking for models that make vectors. Take the rest out of `orchestration` in "
            "config.json."
        )


def _type_of(request: EmbeddingRequest, model: str) -> str | None:
    if request.input_type:
        return _TYPES[request.input_type]
    return "query" if model.startswith(_ASYMMETRIC) else None
