"""What kind of image some bytes are, by their first bytes."""

import base64
import binascii

__all__ = ["decode_base64", "image_type_of"]

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def image_type_of(data: bytes) -> str | None:
    """The media type; None for bytes that are no image known here."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def decode_base64(text: str) -> bytes | None:
    """The bytes; None when the text is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
