"""Files within the text of a request: data URLs, web addresses and what kind of file they name."""

from typing import Literal

from proxy_core.wire.openai.fields import refused

__all__ = ["guess_type", "kind_of", "split_data_url", "web_url"]

_TYPES = {"txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "html": "text/html"}


def web_url(url: str, path: str) -> str:
    """The address itself. Raises `ClientError` for anything else."""
    if url.startswith(("http://", "https://")):
        return url
    raise refused(path, "a data URL or an http(s) URL")


def split_data_url(url: str, path: str) -> tuple[str | None, str]:
    """`data:image/png;base64,iVBOR…` to media type and base64 text. Raises `ClientError`."""
    head, comma, data = url.partition(",")
    if not comma or not head.endswith(";base64"):
        raise refused(path, "a base64 data URL")
    media_type = head[len("data:") : -len(";base64")].partition(";")[0].strip().lower()
    return media_type or None, data


def guess_type(filename: str | None) -> str:
    """The media type by the name's ending; PDF where it does not tell."""
    return _TYPES.get((filename or "").rpartition(".")[2].lower(), "application/pdf")


def kind_of(media_type: str) -> Literal["image", "audio", "document"]:
    match media_type.partition("/")[0]:
        case "image":
            return "image"
        case "audio":
            return "audio"
        case _:
            return "document"
