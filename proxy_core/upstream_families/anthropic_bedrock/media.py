"""Images and documents: fetched where a URL names them, and labelled by what their bytes are.

Bedrock takes bytes only, and refuses an image whose `media_type` is not what its first bytes say.
"""

import base64
from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.base import FetchFile, RemoteFile
from proxy_core.upstream_families.image_kind import image_type
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import expect_object, expect_text

__all__ = ["adapt_document", "adapt_image", "build_document_source"]

_PDF = b"%PDF-"


def adapt_image(block: JsonObject, path: str, fetch: FetchFile, notes: Notes) -> JsonObject:
    """The block itself when its source is right, else a copy with a better source."""
    source = expect_object(block.get("source"), f"{path}.source")
    match source.get("type"):
        case "base64":
            return _relabelled(block, source, notes)
        case "url":
            file = _fetched(source, path, fetch)
            return {**block, "source": _image_source(file)}
        case other:
            raise _unknown_source(other, path)


def adapt_document(block: JsonObject, path: str, fetch: FetchFile) -> JsonObject:
    source = expect_object(block.get("source"), f"{path}.source")
    match source.get("type"):
        case "base64" | "text" | "content":
            return block
        case "url":
            file = _fetched(source, path, fetch)
            return {**block, "source": build_document_source(file.media_type, file.data, path)}
        case other:
            raise _unknown_source(other, path)


def build_document_source(media_type: str, data: bytes, path: str) -> JsonObject:
    """PDF as base64, anything readable as text. Raises `ClientError` for the rest."""
    if data.startswith(_PDF):
        return {"type": "base64", "media_type": "application/pdf", "data": base64.b64encode(data).decode()}
    try:
        return {"type": "text", "media_type": "text/plain", "data": data.decode()}
    except UnicodeDecodeError:
        raise ClientError(
            f"{path}: the model reads PDF and text, not a document of the type {media_type!r}.", param=path
        ) from None


def _relabelled(block: JsonObject, source: JsonObject, notes: Notes) -> JsonObject:
    data = source.get("data")
    found = image_type(data) if isinstance(data, str) else None
    if found is None or found == source.get("media_type"):
        return block
    notes.changed("image.source.media_type", f"the bytes are {found}")
    return {**block, "source": {**source, "media_type": found}}


def _image_source(file: RemoteFile) -> JsonObject:
    data = base64.b64encode(file.data).decode()
    return {"type": "base64", "media_type": image_type(data) or file.media_type, "data": data}


def _fetched(source: JsonObject, path: str, fetch: FetchFile) -> RemoteFile:
    return fetch(expect_text(source.get("url"), f"{path}.source.url"))


def _unknown_source(kind: Any, path: str) -> ClientError:
    return ClientError(
        f"{path}.source.type: Bedrock cannot read a source of the type {kind!r}; send base64, or a URL.",
        param=f"{path}.source.type",
    )
