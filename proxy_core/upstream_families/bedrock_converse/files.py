"""Images and documents as Converse takes them: bytes only, with a short word for their kind."""

import base64
import binascii
import re

from proxy_core.capabilities import Capabilities
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import FilePart
from proxy_core.upstream_families.base import FetchFile
from proxy_core.upstream_families.image_kind import image_type
from proxy_core.wire.bedrock_converse import DOCUMENT_FORMATS, IMAGE_FORMATS

__all__ = ["FileEncoder"]

_LONGEST_NAME = 200
_UNFIT = re.compile(r"[^a-zA-Z0-9 \-()\[\]]+")
_BLANKS = re.compile(r"\s+")


class FileEncoder:
    """Encodes the files of one request; gives each document a name of its own."""

    def __init__(self, capabilities: Capabilities, fetch: FetchFile) -> None:
        self._capabilities = capabilities
        self._fetch = fetch
        self._names: set[str] = set()

    def encode(self, part: FilePart, path: str) -> JsonObject:
        """Raises `ClientError` for a file that the model cannot read."""
        path = part.path or path
        match part.kind:
            case "image":
                return self._image(part, path)
            case "document":
                return self._document(part, path)
            case "audio":
                raise ClientError(f"{path}: this model cannot listen to audio.", param=path)

    def _image(self, part: FilePart, path: str) -> JsonObject:
        if not self._capabilities.images:
            raise ClientError(f"{path}: this model does not read images.", param=path)
        media_type, data = self._inline(part, path)
        media_type = image_type(data) or media_type
        if media_type not in IMAGE_FORMATS:
            raise ClientError(f"{path}: the model sees PNG, JPEG, GIF and WebP, not {media_type!r}.", param=path)
        return {"image": {"format": IMAGE_FORMATS[media_type], "source": {"bytes": data}}}

    def _document(self, part: FilePart, path: str) -> JsonObject:
        media_type, data = self._inline(part, path)
        if media_type not in DOCUMENT_FORMATS:
            media_type = "text/plain"
        if not self._capabilities.documents or media_type == "text/plain":
            return {"text": _read_text(data, part.filename, path)}
        document = {
            "format": DOCUMENT_FORMATS[media_type],
            "name": self._name(part.filename),
            "source": {"bytes": data},
        }
        return {"document": document}

    def _name(self, filename: str | None) -> str:
        """Letters, digits and single blanks, unlike every other name of the request."""
        stem = (filename or "document").rpartition(".")[0] or filename or "document"
        plain = _BLANKS.sub(" ", _UNFIT.sub(" ", stem)).strip()[:_LONGEST_NAME] or "document"
        name, number = plain, 2
        while name in self._names:
            name, number = f"{plain[: _LONGEST_NAME - 8]} {number}", number + 1
        self._names.add(name)
        return name

    def _inline(self, part: FilePart, path: str) -> tuple[str, str]:
        """Media type and base64 text; a file by URL is fetched."""
        if part.data is not None:
            return part.media_type or "application/pdf", part.data
        if part.url is None:
            raise ClientError(f"{path}: the file has neither data nor a URL.", param=path)
        file = self._fetch(part.url)
        return file.media_type, base64.b64encode(file.data).decode()


def _read_text(data: str, filename: str | None, path: str) -> str:
    try:
        text = base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        raise ClientError(f"{path}: this model cannot read the document; send it as text.", param=path) from None
    return f"{filename}:\n{text}" if filename else text
