"""What the wires for vectors share: texts out of a request, vectors out of answers, notes on what stays behind."""

from collections.abc import Sequence
from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse, Vector
from proxy_core.upstream_families.chat_wire.answers import parse_chunk, unreadable_error

__all__ = ["checked_vector", "dropped", "parse_object", "read_listed", "texts_of"]

parse_object = parse_chunk


def texts_of(request: EmbeddingRequest, who: str) -> tuple[str, ...]:
    """The inputs as texts. Raises `ClientError` for token ids, which only OpenAI's models understand."""
    texts = tuple(item for item in request.inputs if isinstance(item, str))
    if len(texts) != len(request.inputs):
        raise ClientError(
            f"{who} takes texts only: `input` holds token ids, which are those of OpenAI's models. Send the texts "
            "themselves (LangChain: `check_embedding_ctx_length=False`).",
            param="input",
        )
    return texts


def dropped(request: EmbeddingRequest, who: str, fields: Sequence[str]) -> tuple[Diagnostic, ...]:
    """Notes for those of the named fields that the client has sent."""
    return tuple(
        Diagnostic(field, f"{who} does not know it") for field in fields if getattr(request, field) is not None
    )


def read_listed(answer: JsonObject, count: int) -> EmbeddingResponse:
    """OpenAI's shape: `data` with an `index` each, and `usage`. Raises `UpstreamError`."""
    data = answer.get("data")
    if not isinstance(data, list) or len(data) != count:
        raise unreadable_error("it does not hold one vector for each input")
    ordered = sorted(data, key=lambda item: item.get("index", 0))
    usage = answer.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    vectors = tuple(checked_vector(item.get("embedding")) for item in ordered)
    return EmbeddingResponse(vectors, tokens if isinstance(tokens, int) else 0)


def checked_vector(value: Any) -> Vector:
    """Raises `UpstreamError` for anything but numbers or base64 text."""
    if isinstance(value, list | str) and value:
        return value
    raise unreadable_error("it holds no vector")
