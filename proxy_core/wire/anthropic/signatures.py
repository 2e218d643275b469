"""Signatures of thoughts on the Anthropic wire.

Claude's own pass unchanged. A thinking block may also carry the proof of another vendor; it then is wrapped,
so that it comes home to that vendor and never reaches Claude.
"""

from typing import Literal, get_args

from proxy_core.neutral.messages import Signature
from proxy_core.wire.wrapping import is_wrapped, unwrap, wrap

__all__ = ["unwrap_signature", "wrap_signature"]

_Foreign = Literal["gemini", "openai"]
_FOREIGN: dict[str, _Foreign] = {origin: origin for origin in get_args(_Foreign)}


def wrap_signature(signature: Signature) -> str:
    return signature.value if signature.origin == "anthropic" else wrap(signature.origin, signature.value)


def unwrap_signature(text: str) -> Signature | None:
    """None for an empty text, and for a wrapper that this proxy did not write."""
    if not is_wrapped(text):
        return Signature("anthropic", text) if text else None
    kind, value = unwrap(text) or ("", "")
    origin = _FOREIGN.get(kind)
    return Signature(origin, value) if origin else None
