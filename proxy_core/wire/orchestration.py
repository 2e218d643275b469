"""Vocabulary of SAP's orchestration service v2: paths, delimiters, vendors. No translation.

Source: https://help.sap.com/docs/sap-ai-core/sap-ai-core-service-guide/orchestration and the public
specification in https://github.com/SAP/ai-sdk-js (`packages/orchestration/src/spec/api.yaml`).
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

__all__ = [
    "COMPLETION_PATH",
    "INVISIBLE",
    "MODULES",
    "NO_STREAMING",
    "PARAMETERS",
    "UNKNOWN_MODEL",
    "Vendor",
    "file_types_of",
    "has_broken_delimiters",
    "neutralised",
    "vendor_of",
]

COMPLETION_PATH = "/v2/completion"

MODULES = ("filtering", "masking", "grounding", "translation")
"""Modules beside the model's own that a configuration may hold."""

NO_STREAMING = re.compile(r"streaming is not supported", re.IGNORECASE)
"""What the service says of a model that is not enabled for streaming."""

UNKNOWN_MODEL = re.compile(r"(^|: )Model \S+ (in version \S+ )?(is )?not (supported|found|allowed|available)\b")
"""What the service says of a model or version that this deployment does not reach."""

Vendor = Literal["anthropic", "gemini", "openai", "other"]

_VENDORS: tuple[tuple[re.Pattern[str], Vendor], ...] = (
    (re.compile(r"^anthropic--"), "anthropic"),
    (re.compile(r"^gemini"), "gemini"),
    (re.compile(r"^(gpt|o\d)"), "openai"),
)
PARAMETERS: Mapping[Vendor, frozenset[str]] = {
    "anthropic": frozenset({"top_k", "thinking", "output_config"}),
    "gemini": frozenset({"top_k", "seed", "presence_penalty", "frequency_penalty"}),
    "openai": frozenset({"seed", "presence_penalty", "frequency_penalty", "reasoning_effort"}),
    "other": frozenset({"seed", "presence_penalty", "frequency_penalty"}),
}
"""Model parameters beside those that every vendor takes. Unknown ones reach the model, which refuses them."""

_PDF = "application/pdf"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FILE_TYPES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"^anthropic--"), frozenset({_PDF})),
    (re.compile(r"^gemini"), frozenset({_PDF, "audio/mpeg"})),
    (re.compile(r"^sonar"), frozenset({_PDF, _DOCX})),
)
"""Media types of the files that the service passes on, beside texts.

Source: the decision record on file inputs in https://github.com/SAP/ai-sdk-js.
"""

_OPENING = re.compile(r"\{(?=[{%#])")
INVISIBLE = "\N{ZERO WIDTH SPACE}"
"""What stands within a delimiter that is to be none."""
_BROKEN = re.compile(rf"\{{{INVISIBLE}[{{%#]")


def vendor_of(model: str) -> Vendor:
    return next((vendor for pattern, vendor in _VENDORS if pattern.search(model)), "other")


def file_types_of(model: str) -> frozenset[str]:
    """Media types of the files that the service passes on to the model; GPT, Nova and Mistral get none."""
    return next((types for pattern, types in _FILE_TYPES if pattern.search(model)), frozenset())


def neutralised(value: Any) -> Any:
    """The value with every `{{`, `{%` and `{#` in its texts broken by an invisible character, so that the service
    takes them for no placeholders. What holds none stays the same object."""
    match value:
        case str():
            return _OPENING.sub("{" + INVISIBLE, value) if _OPENING.search(value) else value
        case list():
            items = [neutralised(item) for item in value]
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        case dict():
            changed = {key: new for key, item in value.items() if (new := neutralised(item)) is not item}
            return {**value, **changed} if changed else value
        case _:
            return value


def has_broken_delimiters(value: Any) -> bool:
    """True for a value that `neutralised` has changed."""
    match value:
        case str():
            return INVISIBLE in value and _BROKEN.search(value) is not None
        case list():
            return any(map(has_broken_delimiters, value))
        case dict():
            return any(map(has_broken_delimiters, value.values()))
        case _:
            return False
