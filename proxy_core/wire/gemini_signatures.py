"""Signatures of thoughts on the Gemini wire, whose clients take them for base64.

Gemini's own pass unchanged. Another vendor's are wrapped, so that they come home to that vendor.
"""

import base64
import binascii
from typing import Literal

from proxy_core.neutral.messages import Signature
from proxy_core.wire.wrapping import is_wrapped, unwrap, wrap

__all__ = ["is_foreign", "read_signature", "standard_base64", "wrap_hidden", "wrap_signature"]

_FOREIGN: dict[str, Literal["anthropic", "openai"]] = {"anthropic": "anthropic", "openai": "openai"}
_HIDDEN = "hidden"


def wrap_signature(signature: Signature) -> str:
    return signature.value if signature.origin == "gemini" else _packed(signature.origin, signature.value)


def wrap_hidden(thought: str) -> str:
    """An encrypted thought, which this wire can only carry as a signature."""
    return _packed(_HIDDEN, thought)


def is_foreign(text: str) -> bool:
    """Whether a signature on the wire is this proxy's wrapper around another vendor's."""
    return _unpacked(text) is not None


def read_signature(text: str) -> tuple[Signature | None, str | None]:
    """A signature or an encrypted thought; two times None for a wrapper that this proxy did not write."""
    inner = _unpacked(text)
    if inner is None:
        return Signature("gemini", standard_base64(text)), None
    kind, value = unwrap(inner) or ("", "")
    if kind == _HIDDEN:
        return None, value
    origin = _FOREIGN.get(kind)
    return (Signature(origin, value) if origin else None), None


def standard_base64(text: str) -> str:
    """Google's Python client writes base64 for URLs, in signatures and in files; not all others take it."""
    return text.replace("-", "+").replace("_", "/")


def _packed(kind: str, value: str) -> str:
    return base64.b64encode(wrap(kind, value).encode()).decode()


def _unpacked(text: str) -> str | None:
    """The wrapper inside."""
    try:
        inner = base64.b64decode(standard_base64(text), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return inner if is_wrapped(inner) else None
