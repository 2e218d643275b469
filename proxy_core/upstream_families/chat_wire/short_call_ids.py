"""Ids of tool calls in nine letters and digits, which is all that Mistral takes. Pure."""

import re
from hashlib import sha256

__all__ = ["short_call_id"]

_FITS = re.compile(r"[a-zA-Z0-9]{9}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def short_call_id(identity: str) -> str:
    """The id itself where it fits, as Mistral's own do; else one that is always the same for it, so that a call,
    its result and every later request agree without a memory."""
    if _FITS.fullmatch(identity):
        return identity
    number = int.from_bytes(sha256(identity.encode()).digest()[:16])
    letters = []
    for _ in range(9):
        number, digit = divmod(number, len(_DIGITS))
        letters.append(_DIGITS[digit])
    return "".join(letters)
