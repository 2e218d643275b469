"""An embeddings body to a neutral request. Source: https://platform.openai.com/docs/api-reference/embeddings"""

from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.embeddings import EmbeddingInput, EmbeddingRequest, InputType
from proxy_core.wire.openai.fields import optional_int, optional_text, refused, required_text

__all__ = ["decode_request"]

_MOST_INPUTS = 2048
_READ = frozenset(
    {"model", "input", "encoding_format", "dimensions", "input_type", "task_type", "truncate", "title", "user"}
)
_INPUT_TYPES: Mapping[str, InputType | None] = {
    "text": None,
    "query": "query",
    "search_query": "query",
    "retrieval_query": "query",
    "passage": "document",
    "document": "document",
    "search_document": "document",
    "retrieval_document": "document",
    "classification": "classification",
    "clustering": "clustering",
    "similarity": "similarity",
    "semantic_similarity": "similarity",
}
"""Words of NVIDIA, Cohere, Google and SAP for the same thing, which OpenAI's own models do not have."""
_ENDS = ("NONE", "START", "END")


def decode_request(body: JsonObject) -> EmbeddingRequest:
    """Raises `ClientError` whose `param` is the JSON path of the field at fault."""
    return EmbeddingRequest(
        model=required_text(body, "model", "model"),
        inputs=_decode_input(body.get("input")),
        base64=_wants_base64(body),
        dimensions=_decode_dimensions(body),
        input_type=_decode_type(body, "input_type") or _decode_type(body, "task_type"),
        truncate=_decode_truncate(body),
        title=optional_text(body, "title", "title"),
        user=optional_text(body, "user", "user"),
        diagnostics=tuple(
            Diagnostic(key, "embedding models do not know it")
            for key, value in body.items()
            if key not in _READ and value is not None
        ),
    )


def _decode_input(value: Any) -> tuple[EmbeddingInput, ...]:
    match value:
        case None:
            raise refused("input", "given: a text, a list of texts, or lists of token ids")
        case str():
            return (_text(value, "input"),)
        case []:
            raise refused("input", "a list with at least one text")
        case [int(), *_]:
            return (_tokens(value, "input"),)
        case list() if len(value) > _MOST_INPUTS:
            raise refused("input", f"a list of at most {_MOST_INPUTS} texts")
        case list():
            return tuple(_items(value))
        case _:
            raise refused("input", "a text, a list of texts, or lists of token ids", value)


def _items(values: list[Any]) -> Iterator[EmbeddingInput]:
    for index, value in enumerate(values):
        path = f"input[{index}]"
        match value:
            case str():
                yield _text(value, path)
            case list():
                yield _tokens(value, path)
            case _:
                raise refused(path, "a text or a list of token ids", value)


def _text(value: str, path: str) -> str:
    if not value:
        raise refused(path, "a text that is not empty")
    return value


def _tokens(values: list[Any], path: str) -> tuple[int, ...]:
    if not values:
        raise refused(path, "a list with at least one token id")
    for index, value in enumerate(values):
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise refused(f"{path}[{index}]", "a token id", value)
    return tuple(values)


def _wants_base64(body: JsonObject) -> bool:
    match body.get("encoding_format"):
        case None | "float":
            return False
        case "base64":
            return True
        case value:
            raise refused("encoding_format", "`float` or `base64`", value)


def _decode_dimensions(body: JsonObject) -> int | None:
    dimensions = optional_int(body, "dimensions", "dimensions")
    if dimensions is not None and dimensions < 1:
        raise refused("dimensions", "at least 1")
    return dimensions


def _decode_type(body: JsonObject, key: str) -> InputType | None:
    word = optional_text(body, key, key)
    if word is None:
        return None
    if word.lower() not in _INPUT_TYPES:
        raise refused(key, "one of " + ", ".join(_INPUT_TYPES))
    return _INPUT_TYPES[word.lower()]


def _decode_truncate(body: JsonObject) -> str | None:
    word = optional_text(body, "truncate", "truncate")
    if word is not None and word.upper() not in _ENDS:
        raise refused("truncate", "one of " + ", ".join(_ENDS))
    return word and word.upper()
