"""Signatures of thoughts on the Anthropic wire.

Claude's own pass unchanged. A thinking block may also carry the proof of another vendor; it then reads
`acp1.<origin>.<base64url>`, so that it comes home to that vendor and never reaches Claude.
"""

import base64
import binascii
from typing import Literal, get_args

from proxy_core.neutral.messages import Signature

__all__ = ["unwrap_signature", "wrap_signature"]

_MARK = "acp1."
_Foreign = Literal["gemini", "openai"]
_FOREIGN: dict[str, _Foreign] = {origin: origin for origin in get_args(_Foreign)}


def wrap_signature(signature: Signature) -> str:
    if signature.origin == "anthropic":
        return signature.value
    value = base64.urlsafe_b64encode(signature.value.encode()).decode().rstrip("=")
    return f"{_MARK}{signature.origin}.{value}"


def unwrap_signature(text: str) -> Signature | None:
    """None for an empty text, and for a wrapper that this proxy did not write."""
    if not text.startswith(_MARK):
        return Signature("anthropic", text) if text else None
    name, _, value = text[len(_MARK) :].partition(".")
    origin = _FOREIGN.get(name)
    if origin is None or not value:
        return None
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        return Signature(origin, decoded.decode())
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
