"""Azure OpenAI's whisper-like transcriptions: a form with a sound file in, its words out."""

from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from proxy_core.simulator.azure.openai_words import RefusedError
from proxy_core.simulator.exchange import Answer, Call, json_answer, text_answer

__all__ = ["handle"]

FORMATS = ("json", "text", "srt", "verbose_json", "vtt")
KNOWN = frozenset({"file", "model", "language", "prompt", "response_format", "temperature"})
KNOWN_LISTS = frozenset({"timestamp_granularities[]"})
SECONDS = 2.5


def handle(call: Call) -> Answer:
    """Needs an `api-version`, as every Azure operation but Responses."""
    if not call.query.get("api-version") or call.method != "POST":
        return json_answer(404, {"error": {"code": "404", "message": "Resource not found"}})
    try:
        return transcribed(call)
    except RefusedError as error:
        return error.answer()


def transcribed(call: Call) -> Answer:
    """Raises `RefusedError` when the service would refuse the form."""
    fields = read_fields(call)
    for name in fields:
        if name not in KNOWN | KNOWN_LISTS:
            raise RefusedError(f"Unrecognized request argument supplied: {name}")
    if "file" not in fields:
        raise RefusedError("'file' is a required property", "file")
    filename, sound = fields["file"]
    if not filename:
        raise RefusedError("Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', 'wav', 'webm']", "file")
    form = fields.get("response_format", (None, b"json"))[1].decode()
    if form not in FORMATS:
        raise RefusedError(f"Invalid response_format '{form}'.", "response_format")
    return written(form, f"You recorded {len(sound)} bytes in {filename}.")


def read_fields(call: Call) -> dict[str, tuple[str | None, bytes]]:
    """Filename and content by field."""
    head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + call.body)
    if form.get_content_type() != "multipart/form-data":
        raise RefusedError("The request must be multipart/form-data.")
    return {
        str(part.get_param("name", header="content-disposition")): content_of(part) for part in form.iter_parts()
    }


def content_of(part: MIMEPart) -> tuple[str | None, bytes]:
    payload = part.get_payload(decode=True)
    return part.get_filename(), payload if isinstance(payload, bytes) else b""


def written(form: str, text: str) -> Answer:
    segment: dict[str, Any] = {"id": 0, "start": 0.0, "end": SECONDS, "text": text}
    match form:
        case "json":
            return json_answer(200, {"text": text})
        case "verbose_json":
            told = {"task": "transcribe", "language": "english", "duration": SECONDS, "text": text}
            return json_answer(200, {**told, "segments": [segment]})
        case "srt":
            return text_answer(200, f"1\n00:00:00,000 --> 00:00:02,500\n{text}\n\n")
        case "vtt":
            return text_answer(200, f"WEBVTT\n\n00:00:00.000 --> 00:00:02.500\n{text}\n\n")
        case _:
            return text_answer(200, f"{text}\n")
