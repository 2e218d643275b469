"""Body parameters made fit for one model of Azure OpenAI.

Works on a body in the chat completions wire that belongs to the caller. Sources:
https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning and recorded refusals.
"""

from collections.abc import Mapping
from hashlib import sha256

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.messages import Reasoning

__all__ = ["effort_of", "effort_of_budget", "fit_parameters", "fit_user", "nearest_effort"]

_SAMPLING_KEYS = (
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
    "logit_bias",
)
_EFFORT_RANKS: Mapping[str, int] = {"none": 0, "minimal": 1, "low": 2, "medium": 3, "high": 4, "xhigh": 5, "max": 6}
_MAX_USER = 64
_LOW_BUDGET, _MEDIUM_BUDGET = 2048, 8192


def fit_parameters(body: JsonObject, capabilities: Capabilities) -> list[Diagnostic]:
    """Change `body` in place to what the model accepts. Returns what was changed or left out."""
    notes: list[Diagnostic] = []
    _fit_tool_parameters(body)
    _fit_max_tokens(body, capabilities, notes)
    _fit_sampling(body, capabilities, notes)
    _fit_effort(body, capabilities, notes)
    if body.get("stream") is True:
        body["stream_options"] = {"include_usage": True}
    else:
        body.pop("stream_options", None)
    return notes


def effort_of_budget(tokens: int) -> str:
    """The effort word for a budget of thinking tokens."""
    if tokens <= _LOW_BUDGET:
        return "low"
    return "medium" if tokens <= _MEDIUM_BUDGET else "high"


def effort_of(reasoning: Reasoning | None) -> str | None:
    """The effort word for what the client wants; None where it leaves that to the model."""
    if reasoning is None:
        return None
    match reasoning.mode:
        case "off":
            return "none"
        case "budget":
            return effort_of_budget(reasoning.budget_tokens or 0)
        case "adaptive" | "effort":
            return reasoning.effort


def _fit_tool_parameters(body: JsonObject) -> None:
    """Without tools, what speaks of tools is refused."""
    if not body.get("tools"):
        for key in ("tools", "tool_choice", "parallel_tool_calls"):
            body.pop(key, None)
    if not body.get("functions"):
        body.pop("functions", None)
        body.pop("function_call", None)


def _fit_max_tokens(body: JsonObject, capabilities: Capabilities, notes: list[Diagnostic]) -> None:
    """Reasoning models know `max_completion_tokens` only."""
    if body.get("max_completion_tokens") is not None:
        body.pop("max_tokens", None)
    elif capabilities.thinking == "effort" and body.get("max_tokens") is not None:
        body["max_completion_tokens"] = body.pop("max_tokens")
    _clamp(body, capabilities.max_output_tokens, notes)


def _clamp(body: JsonObject, limit: int | None, notes: list[Diagnostic]) -> None:
    for key in ("max_tokens", "max_completion_tokens"):
        value = body.get(key)
        if value is None:
            body.pop(key, None)
        elif limit is not None and isinstance(value, int | float) and value > limit:
            body[key] = limit
            notes.append(Diagnostic(key, f"the model writes at most {limit} tokens", Action.CHANGED))


def _fit_sampling(body: JsonObject, capabilities: Capabilities, notes: list[Diagnostic]) -> None:
    if capabilities.sampling:
        return
    refused = [key for key in _SAMPLING_KEYS if body.pop(key, None) is not None]
    notes += [Diagnostic(key, "reasoning models refuse it") for key in refused]


def _fit_effort(body: JsonObject, capabilities: Capabilities, notes: list[Diagnostic]) -> None:
    effort = body.get("reasoning_effort")
    if effort is None:
        body.pop("reasoning_effort", None)
    elif not capabilities.efforts:
        del body["reasoning_effort"]
        notes.append(Diagnostic("reasoning_effort", "the model does not reason"))
    elif not capabilities.tools_with_effort and (body.get("tools") or body.get("functions")):
        del body["reasoning_effort"]
        notes.append(Diagnostic("reasoning_effort", "the model refuses it together with tools"))
    elif isinstance(effort, str) and (fitted := nearest_effort(effort, capabilities.efforts)) != effort:
        body["reasoning_effort"] = fitted
        notes.append(Diagnostic("reasoning_effort", f"the model does not know {effort!r}", Action.CHANGED))


def nearest_effort(effort: str, known: tuple[str, ...]) -> str:
    """The known word closest in rank, the lower of two; a word of no rank stays, for Azure to judge."""
    if effort in known or effort not in _EFFORT_RANKS:
        return effort
    rank = _EFFORT_RANKS[effort]
    return min(known, key=lambda word: (abs(_EFFORT_RANKS[word] - rank), _EFFORT_RANKS[word]))


def fit_user(user: str) -> str:
    """Longer names of users are refused; the same user always gives the same short one."""
    return user if len(user) <= _MAX_USER else sha256(user.encode()).hexdigest()
