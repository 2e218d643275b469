"""The first look at a request's body: JSON, and the fields that the gateway itself needs."""

from proxy_core.errors import ClientError
from proxy_core.http_exchange import RawRequest
from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = ["model_of", "parse_body", "wants_stream"]


def parse_body(raw: RawRequest) -> JsonObject:
    """The body, with what the path says instead of it (`model`, `stream`). Raises `ClientError`."""
    try:
        value = load_json(raw.body)
    except JsonError as error:
        raise ClientError(f"The request body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise ClientError("The request body must be a JSON object.")
    if raw.path_model is not None:
        value["model"] = raw.path_model
    if raw.path_stream is not None:
        value["stream"] = raw.path_stream
    return value


def model_of(body: JsonObject) -> str:
    """Raises `ClientError`."""
    model = body.get("model")
    if not isinstance(model, str) or not model.strip():
        raise ClientError("`model` must name a model: GET /v1/models lists them.", param="model")
    return model


def wants_stream(body: JsonObject) -> bool:
    """Raises `ClientError`."""
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise ClientError("`stream` must be true or false.", param="stream")
    return stream is True
