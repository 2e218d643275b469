"""Ids that look random and follow from the request, so that the same call gives the same answer."""

import hashlib

__all__ = ["id_text", "pieces_of"]

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def id_text(seed: bytes, purpose: str, length: int = 22) -> str:
    """Letters and digits of the given length; equal seeds and purposes give equal ids."""
    digest = hashlib.sha512(purpose.encode() + b"\0" + seed).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])


def pieces_of(text: str, size: int) -> list[str]:
    """Cut a text into pieces of `size` characters."""
    return [text[start : start + size] for start in range(0, len(text), size)]
