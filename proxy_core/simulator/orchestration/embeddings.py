"""Orchestration's embeddings: a checked body to the final result."""

import base64
import struct
from collections.abc import Mapping
from typing import Any

from proxy_core.simulator.mind.token_count import count_tokens
from proxy_core.simulator.orchestration.errors import OrchestrationError
from proxy_core.simulator.vectors import embed

__all__ = ["embeddings_result"]

_MODULE = "Embedding Module"
_DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
    "amazon--titan-embed-text": 1024,
    "gemini-embedding": 3072,
    "nvidia--llama-3.2-nv-embedqa-1b": 2048,
}


def embeddings_result(body: Mapping[str, Any]) -> dict[str, Any]:
    """The `final_result` object. Raises `OrchestrationError` for an unknown model or a missing type."""
    model = body["config"]["modules"]["embeddings"]["model"]
    name, params, given = model["name"], model.get("params", {}), body["input"]
    if name not in _DIMENSIONS:
        raise OrchestrationError(_MODULE, f"Model name must be one of dict_keys({list(_DIMENSIONS)!r})")
    if name.startswith("nvidia") and "type" not in given:
        raise OrchestrationError(_MODULE, "'input_type' parameter is required for asymmetric models")
    dimensions = params.get("dimensions", _DIMENSIONS[name])
    if dimensions > _DIMENSIONS[name]:
        raise OrchestrationError(_MODULE, f"Invalid value for 'dimensions' = {dimensions}.")
    texts = given["text"] if isinstance(given["text"], list) else [given["text"]]
    tokens = sum(count_tokens(text) for text in texts)
    encoding = params.get("encoding_format", "float")
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "embedding": _encoded(embed(text, dimensions), encoding), "index": index}
            for index, text in enumerate(texts)
        ],
        "model": name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _encoded(vector: list[float], encoding: str) -> list[float] | str:
    if encoding == "float":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
