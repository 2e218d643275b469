"""Rules of Gemini about the contents: roles, parts, function turns and thought signatures. Vertex's own texts."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from proxy_core.simulator.gemini.models import GeminiModel
from proxy_core.simulator.gemini.schema import DATA_FIELDS
from proxy_core.simulator.signatures import step_is_genuine
from proxy_core.simulator.validation.image_kind import decode_base64, image_type_of
from proxy_core.simulator.validation.shapes import RefusalError

__all__ = ["check_contents", "parts_of"]

Content = Mapping[str, Any]
_DOCS = "Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"
_SIGNATURE_DOCS = "Learn more: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures"
_ANY_SIGNATURE = ("skip_thought_signature_validator", "context_engineering_is_the_way_to_go")
_MIME_STARTS = ("text/", "audio/", "video/")
_MIME_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "application/pdf", "application/json"}
)


def parts_of(content: Content, kind: str) -> list[Any]:
    """The `kind` members of a content's parts, thoughts left out."""
    return [part[kind] for part in content.get("parts", []) if kind in part and not part.get("thought")]


def check_contents(body: Mapping[str, Any], model: GeminiModel) -> None:
    contents = body.get("contents", [])
    if not contents:
        raise RefusalError(f"Unable to submit request because at least one contents field is required. {_DOCS}")
    for index, content in enumerate(contents):
        _check_content(f"contents[{index}]", content, model)
    _check_roles(contents)
    _check_function_turns(contents)
    if model.has_levels:
        _check_signed(contents)


def _check_content(where: str, content: Content, model: GeminiModel) -> None:
    if content.get("role", "user") not in ("user", "model"):
        raise RefusalError("Please use a valid role: user, model.")
    if not content.get("parts"):
        raise RefusalError(
            "Unable to submit request because it must include at least one parts field, which describes the prompt "
            f"input. {_DOCS}"
        )
    for index, part in enumerate(content["parts"]):
        _check_part(f"{where}.parts[{index}]", part, model)


def _check_part(where: str, part: Mapping[str, Any], model: GeminiModel) -> None:
    kinds = [kind for kind in DATA_FIELDS if kind in part]
    if len(kinds) > 1:
        raise RefusalError(f"Invalid value at '{where}' (oneof), oneof field 'data' is already set.")
    if not kinds:
        raise RefusalError(f"{where}.data: required oneof field 'data' must have one initialized field")
    _check_signature(where, part)
    match kinds[0]:
        case "text" if not part["text"] and "thought_signature" not in part:
            raise RefusalError(
                "Unable to submit request because it has an empty text parameter. Add a value to the parameter and "
                f"try again. {_DOCS}"
            )
        case "inline_data":
            _check_blob(where, part["inline_data"])
        case "function_response":
            _check_response(where, part["function_response"], model)


def _check_signature(where: str, part: Mapping[str, Any]) -> None:
    signature = part.get("thought_signature")
    if signature is None or signature in _ANY_SIGNATURE:
        return
    if decode_base64(signature) is None:
        raise RefusalError(f"Invalid value at '{where}.thought_signature' (TYPE_BYTES), Base64 decoding failed")
    if not step_is_genuine(signature):
        raise RefusalError("Thought signature is not valid.")


def _check_blob(where: str, blob: Mapping[str, Any]) -> None:
    mime, data = blob.get("mime_type", ""), decode_base64(blob.get("data", ""))
    if data is None:
        raise RefusalError(f"Invalid value at '{where}.inline_data.data' (TYPE_BYTES), Base64 decoding failed")
    if mime not in _MIME_TYPES and not mime.startswith(_MIME_STARTS):
        raise RefusalError(
            f"Unable to submit request because it has a mimeType parameter with value {mime}, which is not "
            f"supported. Update the mimeType and try again. {_DOCS}"
        )
    if mime in ("image/png", "image/jpeg", "image/webp") and image_type_of(data) is None:
        raise RefusalError("Unable to process input image. Please retry or report in the support channel.")
    if mime == "application/pdf" and not data.startswith(b"%PDF"):
        raise RefusalError("The document has no pages.")


def _check_response(where: str, response: Mapping[str, Any], model: GeminiModel) -> None:
    if "parts" in response and not model.has_levels:
        raise RefusalError("Unable to submit request because multimodal function response is not supported.")
    for index, part in enumerate(response.get("parts", [])):
        _check_blob(f"{where}.function_response.parts[{index}]", part.get("inline_data", {}))


def _check_roles(contents: list[Content]) -> None:
    roles = [content.get("role", "user") for content in contents]
    if roles[0] != "user" or any(one == other for one, other in pairwise(roles)):
        raise RefusalError("Please ensure that multiturn requests alternate between user and model.")
    if roles[-1] != "user":
        raise RefusalError("Please ensure that multiturn requests end with a user role or a function response.")


def _check_function_turns(contents: list[Content]) -> None:
    for before, content in zip([{}, *contents], contents, strict=False):
        calls = len(parts_of(before, "function_call"))
        responses = len(parts_of(content, "function_response"))
        if responses and not calls:
            raise RefusalError(
                "Please ensure that function response turn comes immediately after a function call turn."
            )
        if calls != responses:
            raise RefusalError(
                "Please ensure that the number of function response parts is equal to the number of function call "
                "parts of the function call turn."
            )


def _check_signed(contents: list[Content]) -> None:
    """Since the user last spoke, the first call of each step must carry its signature."""
    spoken = [index for index, content in enumerate(contents) if _user_speaks(content)]
    for index in range(spoken[-1] if spoken else 0, len(contents)):
        first = next((part for part in contents[index]["parts"] if "function_call" in part), None)
        if first is not None and "thought_signature" not in first:
            name = first["function_call"].get("name", "")
            raise RefusalError(
                f"Unable to submit request because function call `{name}` in the {index + 1}. content block is "
                f"missing a `thought_signature`. {_SIGNATURE_DOCS}"
            )


def _user_speaks(content: Content) -> bool:
    return content.get("role", "user") == "user" and not parts_of(content, "function_response")
