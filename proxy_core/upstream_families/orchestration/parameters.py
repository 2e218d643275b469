"""`model.params`: OpenAI's names for what all models take, and each vendor's own for the rest."""

from collections.abc import Mapping
from typing import Any

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, Reasoning
from proxy_core.upstream_families.chat_wire.encode_tools import encode_choice
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.claude_options import build_claude_options
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.orchestration import PARAMETERS, Vendor

__all__ = ["encode_parameters"]

_RANKS = {"none": 0, "minimal": 1, "low": 2, "medium": 3, "high": 4, "xhigh": 5, "max": 6}
_LOW_BUDGET, _MEDIUM_BUDGET = 2048, 8192
_FORCED = ("required", "one")


def encode_parameters(
    request: ChatRequest, names: ToolNames, vendor: Vendor, capabilities: Capabilities, notes: Notes, *, tools: bool
) -> JsonObject:
    """`tools` tells whether any go with the request."""
    if vendor == "anthropic":
        params = _claude_parameters(request, capabilities, notes)
    else:
        params = _common_parameters(request, vendor, capabilities, notes, tools=tools)
    if request.sampling.stop:
        params["stop"] = list(request.sampling.stop)
    params |= _extra_parameters(request, vendor, notes)
    if tools:
        params |= _tool_parameters(request, names, vendor)
    if request.user:
        notes.dropped("user", "the service has no place for it")
    return params


def _claude_parameters(request: ChatRequest, capabilities: Capabilities, notes: Notes) -> JsonObject:
    """Without a limit the service sets the model's own; a budget of thinking needs one that is larger."""
    choice = request.tool_choice
    options = build_claude_options(
        request, capabilities, notes, forced_tool=choice is not None and choice.mode in _FORCED
    )
    limit = options.pop("max_tokens")
    if request.sampling.max_output_tokens is not None or "budget_tokens" in options.get("thinking", {}):
        options["max_completion_tokens"] = limit
    return options


def _common_parameters(
    request: ChatRequest, vendor: Vendor, capabilities: Capabilities, notes: Notes, *, tools: bool
) -> JsonObject:
    sampling = request.sampling
    params = _given({"temperature": sampling.temperature, "top_p": sampling.top_p})
    if not capabilities.sampling:
        for key in params:
            notes.dropped(key, "reasoning models refuse it")
        params = {}
    params |= _limit(sampling.max_output_tokens, capabilities, notes)
    if effort := _effort(request.reasoning, vendor, capabilities, notes, tools=tools):
        params["reasoning_effort"] = effort
    return params


def _limit(asked: int | None, capabilities: Capabilities, notes: Notes) -> JsonObject:
    """A limit as large as the whole context leaves no room for the question; without one, the model writes what is
    left."""
    limit, context = capabilities.max_output_tokens, capabilities.context_tokens
    if asked is None:
        return {}
    if limit is not None and asked > limit:
        notes.changed("max_completion_tokens", f"the model writes at most {limit} tokens")
        return {"max_completion_tokens": limit}
    if limit is None and context is not None and asked >= context:
        notes.dropped("max_completion_tokens", f"the model reads and writes {context} tokens together")
        return {}
    return {"max_completion_tokens": asked}


def _extra_parameters(request: ChatRequest, vendor: Vendor, notes: Notes) -> JsonObject:
    sampling = request.sampling
    known = PARAMETERS[vendor]
    values = _given(
        {
            "top_k": sampling.top_k,
            "seed": sampling.seed,
            "presence_penalty": sampling.presence_penalty,
            "frequency_penalty": sampling.frequency_penalty,
        }
    )
    if vendor == "anthropic":
        values.pop("top_k", None)  # is among Claude's options
    for key in values.keys() - known:
        notes.dropped(key, "the model has no such setting")
    return {key: value for key, value in values.items() if key in known}


def _tool_parameters(request: ChatRequest, names: ToolNames, vendor: Vendor) -> JsonObject:
    """Claude was seen to call nothing at all unless the choice was spelt out
    (https://github.com/fr0ster/llm-agent/issues/7)."""
    params: JsonObject = {}
    if request.tool_choice:
        params["tool_choice"] = encode_choice(request.tool_choice, names)
    elif vendor == "anthropic":
        params["tool_choice"] = "auto"
    if request.parallel_tool_calls is not None:
        params["parallel_tool_calls"] = request.parallel_tool_calls
    return params


def _effort(
    reasoning: Reasoning | None, vendor: Vendor, capabilities: Capabilities, notes: Notes, *, tools: bool
) -> str | None:
    wanted = _effort_word(reasoning)
    if wanted is None:
        return None
    if "reasoning_effort" not in PARAMETERS[vendor] or not capabilities.efforts:
        if wanted != "none":
            notes.dropped("reasoning_effort", "the service passes on no such setting to this model")
        return None
    if tools and not capabilities.tools_with_effort:
        notes.dropped("reasoning_effort", "the model refuses it together with tools")
        return None
    if wanted in capabilities.efforts:
        return wanted
    notes.changed("reasoning_effort", f"the model does not know {wanted!r}")
    return min(capabilities.efforts, key=lambda word: abs(_RANKS.get(word, 0) - _RANKS.get(wanted, 0)))


def _effort_word(reasoning: Reasoning | None) -> str | None:
    match reasoning:
        case None:
            return None
        case Reasoning(mode="off"):
            return "none"
        case Reasoning(mode="budget", budget_tokens=budget):
            tokens = budget or 0
            return "low" if tokens <= _LOW_BUDGET else "medium" if tokens <= _MEDIUM_BUDGET else "high"
        case _:
            return reasoning.effort


def _given(values: Mapping[str, Any]) -> JsonObject:
    return {key: value for key, value in values.items() if value is not None}
