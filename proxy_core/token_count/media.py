"""Tokens of images and documents, from the first bytes of the files. Decodes no pixel and inflates nothing.

Sources: https://docs.claude.com/en/docs/build-with-claude/vision (width times height by 750, after scaling the long
edge to 1568 pixels) and https://docs.claude.com/en/docs/build-with-claude/pdf-support (about 7000 tokens for three
pages of text and their pictures).
"""

import base64
import binascii
import re
import struct

__all__ = ["estimate_document", "estimate_image", "image_size"]

_PIXELS_A_TOKEN = 750
_LONG_EDGE = 1568
_LARGEST_IMAGE = 1600
"""Tokens of an image that is as large as images may be; taken for those whose size cannot be seen."""
_SMALLEST_IMAGE = 1
_HEAD = 256 * 1024
"""Characters of base64 text that are read for the size: a JPEG may hold a preview before it tells its own."""

_PAGE = 2300
_PAGE_BYTES = 60_000
"""Bytes of a page, where a PDF hides its pages in compressed objects."""
_PAGE_MARK = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_LINEAR_PAGES = re.compile(rb"/Linearized\b[^>]{0,200}?/N\s+(\d{1,6})")
_PDF_START = "JVBERi"

_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of the frames that hold a size."""


def estimate_image(data: str | None) -> int:
    """Tokens of a base64 image; None and unknown formats count as a large one."""
    size = image_size(data) if data else None
    if size is None:
        return _LARGEST_IMAGE
    width, height = size
    scale = min(1.0, _LONG_EDGE / max(width, height, 1))
    tokens = round(width * scale * height * scale / _PIXELS_A_TOKEN)
    return max(_SMALLEST_IMAGE, min(tokens, _LARGEST_IMAGE))


def estimate_document(data: str | None) -> int:
    """Tokens of a base64 document by its pages; None counts as one page."""
    if not data:
        return _PAGE
    if not data.startswith(_PDF_START):
        return max(1, len(data) * 3 // 4 // 4)
    return _PAGE * _pages(_decoded(data))


def image_size(data: str) -> tuple[int, int] | None:
    """Width and height in pixels of a base64 PNG, JPEG, GIF or WebP; None for what is none of them."""
    head = _decoded(data[:_HEAD])
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            return struct.unpack_from(">II", head, 16)
        if head.startswith((b"GIF87a", b"GIF89a")):
            return struct.unpack_from("<HH", head, 6)
        if head.startswith(b"\xff\xd8"):
            return _jpeg_size(head)
        if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return _webp_size(head)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    place = 2
    while place < len(head):
        if head[place] != 0xFF:
            return None
        marker = head[place + 1]
        if marker == 0xFF:  # padding
            place += 1
        elif marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", head, place + 5)
            return width, height
        elif 0xD0 <= marker <= 0xD8 or marker == 0x01:  # no length follows
            place += 2
        else:
            place += 2 + max(2, struct.unpack_from(">H", head, place + 2)[0])
    return None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    match head[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = struct.unpack_from("<I", head, 21)[0]
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width, height = head[24:27], head[27:30]
            return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
        case _:
            return None


def _pages(pdf: bytes) -> int:
    told = _LINEAR_PAGES.search(pdf, 0, 2048)
    if told:
        return max(1, int(told[1]))
    return len(_PAGE_MARK.findall(pdf)) or 1 + len(pdf) // _PAGE_BYTES


def _decoded(data: str) -> bytes:
    """As much as can be read: other bytes than those of base64 are passed over."""
    try:
        return base64.b64decode(data + "=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return b""
