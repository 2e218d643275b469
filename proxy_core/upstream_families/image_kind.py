"""What an image is by its first bytes; upstreams refuse one whose label says something else. Pure."""

import base64
import binascii

__all__ = ["image_type"]

_HEAD = 24
"""Base64 characters that hold the 18 first bytes of a file."""
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def image_type(data: str) -> str | None:
    """The media type by the first bytes of a base64 text; None when they are no image that a model takes."""
    try:
        head = base64.b64decode(data[:_HEAD])
    except (binascii.Error, ValueError):
        return None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)
