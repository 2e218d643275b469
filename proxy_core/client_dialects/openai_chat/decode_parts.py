"""Content parts of chat messages to neutral parts."""

from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import NO_EXTRAS, Extras, FilePart, ReasoningPart, Signature, TextPart
from proxy_core.wire.openai.fields import optional_text, refused, required_object, required_text
from proxy_core.wire.openai.files import guess_type, kind_of, split_data_url, web_url

__all__ = ["decode_content", "decode_extras"]

ContentPart = TextPart | FilePart | ReasoningPart

_AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


def decode_content(content: Any, path: str) -> tuple[ContentPart, ...]:
    """A string, a list of parts, or null. Raises `ClientError`."""
    match content:
        case None | "":
            return ()
        case str():
            return (TextPart(content),)
        case list():
            return tuple(_decode_part(part, f"{path}[{index}]") for index, part in enumerate(content))
        case _:
            raise refused(path, "a string or a list of parts", content)


def decode_extras(holder: JsonObject) -> Extras:
    """Claude's cache mark, which routers put on messages, parts and tools of this wire."""
    mark = holder.get("cache_control")
    return {"anthropic.cache_control": mark} if isinstance(mark, dict) else NO_EXTRAS


def _decode_part(part: Any, path: str) -> ContentPart:
    if isinstance(part, str):
        return TextPart(part)
    part = required_object(part, path)
    match part.get("type", "text" if "text" in part else None):
        case "text":
            return TextPart(required_text(part, "text", f"{path}.text"), extras=decode_extras(part))
        case "image_url":
            return _decode_image(part, path)
        case "file":
            return _decode_file(part, path)
        case "input_audio":
            return _decode_audio(part, path)
        case "refusal":
            return TextPart(required_text(part, "refusal", f"{path}.refusal"))
        case "thinking":
            return _decode_thinking(part, path)
        case "redacted_thinking":
            return ReasoningPart("", redacted=required_text(part, "data", f"{path}.data"))
        case kind:
            raise ClientError(f"`{path}.type` is {kind!r}, which this proxy cannot pass on.", param=f"{path}.type")


def _decode_image(part: JsonObject, path: str) -> FilePart:
    path = f"{path}.image_url"
    image = part.get("image_url")
    if isinstance(image, dict):
        url, where = required_text(image, "url", f"{path}.url"), f"{path}.url"
        detail = image.get("detail")
    else:
        url, where, detail = required_text(part, "image_url", path), path, None
    extras = dict(decode_extras(part))
    if isinstance(detail, str):
        extras["openai.detail"] = detail
    if not url.startswith("data:"):
        return FilePart("image", url=web_url(url, where), extras=extras, path=where)
    media_type, data = split_data_url(url, where)
    return FilePart("image", media_type=media_type or "image/png", data=data, extras=extras, path=where)


def _decode_file(part: JsonObject, path: str) -> FilePart:
    path = f"{path}.file"
    file = required_object(part.get("file"), path)
    if "file_data" not in file and file.get("file_id") is not None:
        where = f"{path}.file_id"
        raise ClientError(f"`{where}` cannot be read here: send the file's content as `file_data`.", param=where)
    filename = optional_text(file, "filename", f"{path}.filename")
    text = required_text(file, "file_data", f"{path}.file_data")
    extras = decode_extras(part)
    if text.startswith(("http://", "https://")):
        return FilePart(kind_of(guess_type(filename)), url=text, filename=filename, extras=extras, path=path)
    media_type, data = split_data_url(text, f"{path}.file_data") if text.startswith("data:") else (None, text)
    media_type = media_type or guess_type(filename)
    return FilePart(
        kind_of(media_type), media_type=media_type, data=data, filename=filename, extras=extras, path=path
    )


def _decode_audio(part: JsonObject, path: str) -> FilePart:
    path = f"{path}.input_audio"
    audio = required_object(part.get("input_audio"), path)
    form = required_text(audio, "format", f"{path}.format")
    if form not in _AUDIO_TYPES:
        raise refused(f"{path}.format", "one of " + ", ".join(_AUDIO_TYPES))
    data = required_text(audio, "data", f"{path}.data")
    return FilePart("audio", media_type=_AUDIO_TYPES[form], data=data, path=path)


def _decode_thinking(part: JsonObject, path: str) -> ReasoningPart:
    """A thought in Anthropic's shape."""
    signature = optional_text(part, "signature", f"{path}.signature")
    text = optional_text(part, "thinking", f"{path}.thinking") or ""
    return ReasoningPart(text, signature=Signature("anthropic", signature) if signature else None)
