"""Neutral vectors to an embeddings body."""

import base64
import struct
from collections.abc import Sequence

from proxy_core.json_text import JsonObject
from proxy_core.neutral.embeddings import EmbeddingResponse, Vector

__all__ = ["encode_response"]


def encode_response(response: EmbeddingResponse, model: str, *, as_base64: bool) -> JsonObject:
    """`model` is the name the client asked for. Raises `ValueError` for base64 text that holds no floats."""
    encode = _as_base64 if as_base64 else _as_floats
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": encode(vector)}
            for index, vector in enumerate(response.vectors)
        ],
        "model": model,
        "usage": {"prompt_tokens": response.input_tokens, "total_tokens": response.input_tokens},
    }


def _as_base64(vector: Vector) -> str:
    if isinstance(vector, str):
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _as_floats(vector: Vector) -> Sequence[float]:
    if not isinstance(vector, str):
        return vector
    data = base64.b64decode(vector, validate=True)
    if len(data) % 4:
        raise ValueError("the base64 text holds no 32-bit floats")
    return struct.unpack(f"<{len(data) // 4}f", data)
