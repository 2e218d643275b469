"""Embedding vectors of the simulated models: unit length, and equal for equal texts."""

import base64
import hashlib
import math
import struct
from collections.abc import Sequence

__all__ = ["as_base64", "vector_of"]


def vector_of(text: str, dimensions: int) -> list[float]:
    raw = [_value(text, place) for place in range(dimensions)]
    length = math.sqrt(sum(value * value for value in raw)) or 1.0
    return [round(value / length, 8) for value in raw]


def as_base64(vector: Sequence[float]) -> str:
    """OpenAI's `base64` form: 32-bit floats, little-endian."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _value(text: str, place: int) -> float:
    digest = hashlib.blake2b(f"{place}\0{text}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**31 - 1.0
