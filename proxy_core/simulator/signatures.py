"""Thinking signatures as keyed hashes: what a simulated model signed it knows again, everything else it refuses."""

import base64
import binascii
import hashlib
import hmac

__all__ = ["redact", "sign_step", "sign_thinking", "step_is_genuine", "thinking_is_genuine", "unredact"]

_KEY = b"the simulated vendors' own secret; it protects nothing"
_CLAUDE_PREFIX = b"\x12\x90\x02"  # real signatures start with this protobuf header: "EpAC" in base64
_GEMINI_PREFIX = b"\x0a\xce\x01"  # likewise "Cs4B"


def _hash(purpose: str, *parts: bytes) -> bytes:
    return hmac.new(_KEY, b"\0".join((purpose.encode(), *parts)), hashlib.sha512).digest()


def sign_thinking(thinking: str) -> str:
    """Claude's signature of a thinking text; any Claude model accepts it, as the real ones do."""
    return base64.b64encode(_CLAUDE_PREFIX + _hash("claude", thinking.encode())).decode()


def thinking_is_genuine(thinking: str, signature: str) -> bool:
    return hmac.compare_digest(sign_thinking(thinking).encode(), signature.encode())


def redact(thinking: str) -> str:
    """The `data` of a redacted thinking block: the text itself, unreadable at a glance, and its hash."""
    text = thinking.encode()
    return base64.b64encode(_hash("redacted", text)[:16] + text[::-1]).decode()


def unredact(data: str) -> str | None:
    """The text in `data`; None when this service did not make it."""
    raw = _decode(data)
    text = raw[16:][::-1]
    return text.decode() if raw and hmac.compare_digest(raw[:16], _hash("redacted", text)[:16]) else None


def sign_step(seed: str) -> str:
    """Gemini's thought signature: opaque, bound to the service and not to the part it rides on."""
    nonce = hashlib.sha256(seed.encode()).digest()[:16]
    return base64.b64encode(_GEMINI_PREFIX + nonce + _hash("gemini", nonce)).decode()


def step_is_genuine(signature: str) -> bool:
    raw = _decode(signature)
    nonce = raw[3:19]
    return hmac.compare_digest(raw, _GEMINI_PREFIX + nonce + _hash("gemini", nonce))


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
