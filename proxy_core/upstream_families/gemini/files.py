"""Images, documents and sound for Gemini: inline data, or a reference to Google's own storage."""

import base64

from proxy_core.errors import ClientError
from proxy_core.neutral.messages import FilePart
from proxy_core.upstream_families.base import FetchFile
from proxy_core.wire.gemini import Wire

__all__ = ["encode_file"]

_OWN_STORAGE = "gs://"
_TYPES_BY_OPENING = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi0": "application/pdf",
}
"""Media types by the first characters of the base64 text."""
_USUAL_TYPES = {"image": "image/png", "document": "application/pdf", "audio": "audio/wav"}


def encode_file(part: FilePart, fetch: FetchFile) -> Wire:
    """`inlineData`, or `fileData` for `gs://`. Web addresses are fetched: Gemini cannot reach all of them.

    Raises `ClientError` for a file that is neither given nor can be fetched.
    """
    if part.data is not None:
        return _inline(_media_type(part, part.data), part.data)
    if part.url is None:
        raise ClientError("A file must be given as base64 data or as a URL: file ids cannot be used here.",
                          param=part.path or "messages")  # fmt: skip
    if part.url.startswith(_OWN_STORAGE):
        return {"fileData": {"mimeType": part.media_type or _USUAL_TYPES[part.kind], "fileUri": part.url}}
    found = fetch(part.url)
    return _inline(found.media_type, base64.b64encode(found.data).decode())


def _inline(media_type: str, data: str) -> Wire:
    return {"inlineData": {"mimeType": media_type, "data": data}}


def _media_type(part: FilePart, data: str) -> str:
    """What the first bytes say, as clients name the wrong image type; else what the client says."""
    if part.kind != "audio":
        for opening, media_type in _TYPES_BY_OPENING.items():
            if data.startswith(opening):
                return media_type
    return part.media_type or _USUAL_TYPES[part.kind]
