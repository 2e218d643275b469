"""The types of a Gemini body that passes through: what Google never takes is told here, and nothing is sent.

Ranges, words and unknown fields are Google's to judge. A single object may stand for a list of one, and a number
may be written as a text, as in every JSON of Google's.
Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, assert_never

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject

__all__ = ["check_types"]

_Leaf = Literal["text", "number", "flag"]
_Shape = _Leaf | list[Any] | Mapping[str, Any]
"""An object by its fields, or a list by what stands in it."""

_PART: Mapping[str, _Shape] = {
    "text": "text",
    "thought": "flag",
    "thoughtSignature": "text",
    "inlineData": {"mimeType": "text", "data": "text"},
    "fileData": {"mimeType": "text", "fileUri": "text"},
    "functionCall": {"name": "text", "args": {}},
    "functionResponse": {"name": "text", "response": {}},
}
_CONTENT: Mapping[str, _Shape] = {"role": "text", "parts": [_PART]}
_FUNCTION: Mapping[str, _Shape] = {"name": "text", "description": "text", "parameters": {}}
_BODY: Mapping[str, _Shape] = {
    "contents": [_CONTENT],
    "systemInstruction": _CONTENT,
    "tools": [{"functionDeclarations": [_FUNCTION]}],
    "toolConfig": {"functionCallingConfig": {}},
    "safetySettings": [{}],
    "generationConfig": {
        "temperature": "number",
        "topP": "number",
        "topK": "number",
        "candidateCount": "number",
        "maxOutputTokens": "number",
        "seed": "number",
        "presencePenalty": "number",
        "frequencyPenalty": "number",
        "responseMimeType": "text",
        "responseSchema": {},
        "thinkingConfig": {"includeThoughts": "flag", "thinkingBudget": "number"},
    },
}
_SEAM = re.compile(r"_([a-z])")


def check_types(body: JsonObject) -> None:
    """Raises `ClientError` for the first field, in either spelling, that is of a type Google never takes there."""
    _check(body, _BODY, "")


def _check(value: Any, shape: _Shape, path: str) -> None:
    match shape:
        case "text":
            _demand(isinstance(value, str), path, "a string")
        case "flag":
            _demand(isinstance(value, bool), path, "true or false")
        case "number":
            _demand(_is_number(value), path, "a number")
        case list():
            for index, item in enumerate(value if isinstance(value, list) else [value]):
                _check(item, shape[0], f"{path}[{index}]" if isinstance(value, list) else path)
        case Mapping():
            _demand(isinstance(value, dict), path, "an object")
            for key, item in value.items():
                inner = shape.get(_camel(key) if "_" in key else key)
                if inner is not None and item is not None:
                    _check(item, inner, f"{path}.{key}" if path else key)
        case _:
            assert_never(shape)


def _camel(name: str) -> str:
    return _SEAM.sub(lambda found: found[1].upper(), name)


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _demand(fits: bool, path: str, expected: str) -> None:
    if not fits:
        raise ClientError(f"`{path}` must be {expected}.", param=path)
