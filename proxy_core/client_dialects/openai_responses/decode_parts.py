"""Content parts of Responses messages and tool results to neutral parts, one function per part kind."""

from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import FilePart, TextPart
from proxy_core.wire.openai.fields import optional_text, required_text
from proxy_core.wire.openai.files import guess_type, kind_of, split_data_url, web_url

__all__ = ["decode_content"]

_AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


def decode_content(content: Any, path: str) -> tuple[TextPart | FilePart, ...]:
    """A settled content: a string or a list of parts. Raises `ClientError`."""
    if isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(
        decoded
        for index, part in enumerate(content)
        if (decoded := _decode_part(part, f"{path}[{index}]")) != TextPart("")
    )


def _decode_part(part: JsonObject, path: str) -> TextPart | FilePart:
    match part["type"]:
        case "input_text" | "output_text" | "summary_text" | "reasoning_text":
            return TextPart(required_text(part, "text", f"{path}.text"))
        case "refusal":
            return TextPart(required_text(part, "refusal", f"{path}.refusal"))
        case "input_image":
            return _decode_image(part, path)
        case "input_file":
            return _decode_file(part, path)
        case "input_audio":
            return _decode_audio(part, path)
        case kind:
            raise ClientError(
                f"`{path}.type` is {kind[:50]!r}, which this proxy cannot pass on.", param=f"{path}.type"
            )


def _decode_image(part: JsonObject, path: str) -> FilePart:
    _refuse_file_id(part, "image_url", path)
    url = part.get("image_url")
    if isinstance(url, dict):  # the chat wire's form
        url = url.get("url")
    where = f"{path}.image_url"
    url = required_text({"image_url": url}, "image_url", where)
    extras = {"openai.detail": part["detail"]} if isinstance(part.get("detail"), str) else {}
    if not url.startswith("data:"):
        return FilePart("image", url=web_url(url, where), extras=extras, path=where)
    media_type, data = split_data_url(url, where)
    return FilePart("image", media_type=media_type or "image/png", data=data, extras=extras, path=where)


def _decode_file(part: JsonObject, path: str) -> FilePart:
    filename = optional_text(part, "filename", f"{path}.filename")
    if (address := optional_text(part, "file_url", f"{path}.file_url")) is not None:
        url = web_url(address, f"{path}.file_url")
        return FilePart(kind_of(guess_type(filename)), url=url, filename=filename, path=f"{path}.file_url")
    _refuse_file_id(part, "file_data", path)
    text = required_text(part, "file_data", f"{path}.file_data")
    media_type, data = split_data_url(text, f"{path}.file_data") if text.startswith("data:") else (None, text)
    media_type = media_type or guess_type(filename)
    return FilePart(kind_of(media_type), media_type=media_type, data=data, filename=filename, path=path)


def _decode_audio(part: JsonObject, path: str) -> FilePart:
    audio = part.get("input_audio")
    holder: JsonObject = audio if isinstance(audio, dict) else part
    form = required_text(holder, "format", f"{path}.input_audio.format")
    media_type = _AUDIO_TYPES.get(form, f"audio/{form}")
    data = required_text(holder, "data", f"{path}.input_audio.data")
    return FilePart("audio", media_type=media_type, data=data, path=path)


def _refuse_file_id(part: JsonObject, instead: str, path: str) -> None:
    if part.get(instead) is None and part.get("file_id") is not None:
        where = f"{path}.file_id"
        raise ClientError(f"`{where}` cannot be read here: send the file's content as `{instead}`.", param=where)
