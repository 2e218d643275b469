"""Parameters of a Responses body made fit for one model of Azure OpenAI, in place. Source: as in `parameters`."""

from typing import Any

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.upstream_families.azure_openai.parameters import nearest_effort
from proxy_core.wire.openai.responses_reasoning import ENCRYPTED_CONTENT
from proxy_core.wire.openai.responses_shapes import SMALLEST_OUTPUT

__all__ = ["fit_responses_parameters"]

_SAMPLING_KEYS = ("temperature", "top_p", "top_logprobs")
_LOGPROBS = "message.output_text.logprobs"
_REASONING_KEYS = ("effort", "summary", "generate_summary")
_KNOWN_INCLUDES = frozenset({ENCRYPTED_CONTENT, _LOGPROBS, "message.input_image.image_url"})
"""The others ask for what tools at the vendor found."""


def fit_responses_parameters(body: JsonObject, capabilities: Capabilities) -> list[Diagnostic]:
    """Returns what was changed or left out."""
    notes: list[Diagnostic] = []
    if not body.get("tools"):
        for key in ("tools", "tool_choice", "parallel_tool_calls"):
            body.pop(key, None)
    if not body.get("stream"):
        body.pop("stream_options", None)
    _fit_length(body, capabilities.max_output_tokens, notes)
    if not capabilities.sampling:
        refused = [key for key in _SAMPLING_KEYS if body.pop(key, None) is not None]
        notes += [Diagnostic(key, "reasoning models refuse it") for key in refused]
    _fit_reasoning(body, capabilities, notes)
    _fit_include(body, capabilities, notes)
    return notes


def _fit_length(body: JsonObject, limit: int | None, notes: list[Diagnostic]) -> None:
    asked = body.get("max_output_tokens")
    if not isinstance(asked, int | float) or isinstance(asked, bool):
        return
    fitted = max(SMALLEST_OUTPUT, asked if limit is None else min(asked, limit))
    if fitted != asked:
        body["max_output_tokens"] = fitted
        notes.append(Diagnostic("max_output_tokens", f"set to {fitted}, which the model takes", Action.CHANGED))


def _fit_reasoning(body: JsonObject, capabilities: Capabilities, notes: list[Diagnostic]) -> None:
    asked = body.get("reasoning")
    if not isinstance(asked, dict):
        return
    if not capabilities.efforts:
        del body["reasoning"]
        notes.append(Diagnostic("reasoning", "the model does not reason"))
        return
    kept = {key: asked[key] for key in _REASONING_KEYS if asked.get(key) is not None}
    notes += [
        Diagnostic(f"reasoning.{key}", "Azure OpenAI does not know it") for key in asked.keys() - {*_REASONING_KEYS}
    ]
    effort = kept.get("effort")
    if isinstance(effort, str) and (fitted := nearest_effort(effort, capabilities.efforts)) != effort:
        kept["effort"] = fitted
        notes.append(Diagnostic("reasoning.effort", f"the model does not know {effort[:50]!r}", Action.CHANGED))
    body["reasoning"] = kept


def _fit_include(body: JsonObject, capabilities: Capabilities, notes: list[Diagnostic]) -> None:
    asked = body.get("include")
    if not isinstance(asked, list):
        return
    kept = [name for name in asked if _may_include(name, capabilities)]
    notes += [
        Diagnostic(f"include: {str(name)[:50]}", "the model has nothing of it")
        for name in asked
        if name not in kept
    ]
    if kept:
        body["include"] = kept
    else:
        del body["include"]


def _may_include(name: Any, capabilities: Capabilities) -> bool:
    if name == ENCRYPTED_CONTENT:
        return bool(capabilities.efforts)
    if name == _LOGPROBS:
        return capabilities.sampling
    return not isinstance(name, str) or name in _KNOWN_INCLUDES
