"""Embedding vectors of the simulated models: unit length, and equal for equal texts."""

import hashlib
import math

__all__ = ["embed"]


def embed(text: str, dimensions: int) -> list[float]:
    raw = [_value(text, block) for block in range(dimensions)]
    length = math.sqrt(sum(value * value for value in raw)) or 1.0
    return [round(value / length, 8) for value in raw]


def _value(text: str, place: int) -> float:
    digest = hashlib.blake2b(f"{place}\0{text}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**31 - 1.0
