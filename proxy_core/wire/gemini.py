"""Vocabulary of the Gemini wire (Vertex AI v1): bodies, finish reasons, limits. No translation.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
"""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import FinishKind

__all__ = [
    "FINISH_KINDS",
    "HOPELESS_WORDS",
    "LONGEST_NAME",
    "MOST_STOP_SEQUENCES",
    "SIGNATURE_PLACEHOLDER",
    "Content",
    "FunctionDeclaration",
    "Wire",
]

Wire = dict[str, Any]
"""A part, a candidate or another object whose keys depend on its kind."""


class Content(TypedDict):
    """One turn: `role` is `user` or `model`."""

    role: str
    parts: list[Wire]


class FunctionDeclaration(TypedDict):
    """`parametersJsonSchema` takes JSON Schema, `parameters` the small OpenAPI dialect of older models."""

    name: str
    description: NotRequired[str]
    parametersJsonSchema: NotRequired[JsonObject]
    parameters: NotRequired[JsonObject]


FINISH_KINDS: Mapping[str, FinishKind] = {
    "STOP": FinishKind.STOP,
    "MAX_TOKENS": FinishKind.LENGTH,
    "SAFETY": FinishKind.CONTENT_FILTER,
    "RECITATION": FinishKind.CONTENT_FILTER,
    "BLOCKLIST": FinishKind.CONTENT_FILTER,
    "PROHIBITED_CONTENT": FinishKind.CONTENT_FILTER,
    "SPII": FinishKind.CONTENT_FILTER,
    "LANGUAGE": FinishKind.CONTENT_FILTER,
    "MODEL_ARMOR": FinishKind.CONTENT_FILTER,
    "IMAGE_SAFETY": FinishKind.CONTENT_FILTER,
    "IMAGE_PROHIBITED_CONTENT": FinishKind.CONTENT_FILTER,
    "IMAGE_RECITATION": FinishKind.CONTENT_FILTER,
    "IMAGE_OTHER": FinishKind.CONTENT_FILTER,
    "NO_IMAGE": FinishKind.CONTENT_FILTER,
}
"""Reasons that end an answer. Every other word is a failure of the model or of the request."""

HOPELESS_WORDS = frozenset({"MISSING_THOUGHT_SIGNATURE"})
"""Finish reasons that the same request meets again."""

LONGEST_NAME = 64
"""Characters of a function name."""

MOST_STOP_SEQUENCES = 5

SIGNATURE_PLACEHOLDER = "skip_thought_signature_validator"
"""Stands for the signature of a function call that another model made.
Source: https://ai.google.dev/gemini-api/docs/thought-signatures"""
