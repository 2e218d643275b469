"""The form of a transcription as far as the proxy must know it: which model, and that there is a file."""

from dataclasses import dataclass

from proxy_core.errors import ClientError
from proxy_core.framing.multipart import FormField, MultipartError, read_form
from proxy_core.http_exchange import RawRequest

__all__ = ["TranscriptionForm", "decode_form"]


_SINGLE = ("file", "model")


@dataclass(frozen=True, slots=True)
class TranscriptionForm:
    """`content_type` holds the boundary of the client's form."""

    model: str
    content_type: str


def decode_form(raw: RawRequest) -> TranscriptionForm:
    """Raises `ClientError` that names the field at fault."""
    content_type = raw.headers.get("content-type", "")
    try:
        found = read_form(raw.body, content_type)
    except MultipartError as error:
        raise ClientError(
            f"The body must be a form with the fields `file` and `model`, sent as multipart/form-data: {error}."
        ) from None
    fields = {field.name: field for field in found}
    for name in _SINGLE:
        if sum(field.name == name for field in found) > 1:
            raise ClientError(f"`{name}` is given more than once.", param=name)
    _check_file(fields.get("file"))
    _check_temperature(fields.get("temperature"))
    return TranscriptionForm(raw.path_model or _model_of(fields.get("model")), content_type)


def _check_file(file: FormField | None) -> None:
    if file is None or file.filename is None:
        raise ClientError("`file` is missing; it must be a sound file with its name.", param="file")
    if not file.content:
        raise ClientError("`file` is empty; it must be a sound file.", param="file")


def _check_temperature(field: FormField | None) -> None:
    if field is None:
        return
    try:
        float(field.text)
    except ValueError:
        raise ClientError("`temperature` must be a number.", param="temperature") from None


def _model_of(field: FormField | None) -> str:
    model = field.text.strip() if field and field.filename is None else ""
    if not model:
        raise ClientError("`model` must name a model: GET /v1/models lists them.", param="model")
    return model
