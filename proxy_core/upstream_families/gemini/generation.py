"""Sampling and thinking to Gemini's `generationConfig`.

Sources: https://cloud.google.com/vertex-ai/generative-ai/docs/thinking for budgets and levels; the budget
of an effort word is a choice of this proxy.
"""

from typing import Any, assert_never

from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.messages import ChatRequest, Reasoning
from proxy_core.upstream_families.base import Target
from proxy_core.wire.gemini import MOST_STOP_SEQUENCES, Wire

__all__ = ["encode_generation"]

_DYNAMIC = -1
_SMALL_ANSWER = 1024
"""Output tokens below which thinking that nobody asked for would leave no room for an answer."""
_BUDGETS = {"minimal": 1024, "low": 4096, "medium": 8192, "high": 16_384, "xhigh": 32_768, "max": 65_536}
_LEVELS = {"none": "minimal", "minimal": "minimal", "low": "low", "medium": "medium"}
_BUDGET_LEVELS = ((2048, "low"), (8192, "medium"))


def encode_generation(request: ChatRequest, target: Target, notes: list[Diagnostic]) -> Wire:
    """The `generationConfig` without the output format; empty when nothing is asked."""
    sampling = request.sampling
    config: dict[str, Any] = {
        "maxOutputTokens": _max_tokens(sampling.max_output_tokens, target, notes),
        "temperature": sampling.temperature,
        "topP": sampling.top_p,
        "topK": sampling.top_k,
        "stopSequences": _stop_sequences(sampling.stop, notes),
        "seed": sampling.seed,
        "presencePenalty": sampling.presence_penalty,
        "frequencyPenalty": sampling.frequency_penalty,
        "thinkingConfig": _thinking(request, target, notes),
    }
    return {key: value for key, value in config.items() if value is not None}


def _max_tokens(wanted: int | None, target: Target, notes: list[Diagnostic]) -> int | None:
    limit = target.capabilities.max_output_tokens
    if wanted is None or limit is None or wanted <= limit:
        return wanted
    notes.append(Diagnostic("max_tokens", f"{target.model} gives at most {limit} tokens", Action.CHANGED))
    return limit


def _stop_sequences(wanted: tuple[str, ...], notes: list[Diagnostic]) -> list[str] | None:
    sequences = [text for text in wanted if text]
    if len(sequences) > MOST_STOP_SEQUENCES:
        notes.append(Diagnostic("stop", f"Gemini takes {MOST_STOP_SEQUENCES} stop sequences", Action.CHANGED))
    return sequences[:MOST_STOP_SEQUENCES] or None


def _thinking(request: ChatRequest, target: Target, notes: list[Diagnostic]) -> Wire | None:
    reasoning = request.reasoning
    if target.capabilities.thinking not in ("budget", "level"):
        if reasoning is not None and reasoning.mode != "off":
            notes.append(Diagnostic("thinking", f"{target.model} does not think"))
        return None
    maximum = request.sampling.max_output_tokens
    if reasoning is None:
        if maximum is None or maximum > _SMALL_ANSWER:
            return None
        reasoning = Reasoning("off")
    if target.capabilities.thinking == "level":
        config = _level_config(reasoning, target.capabilities.efforts)
    else:
        config = {"thinkingBudget": _budget(reasoning, target, maximum)}
    off = reasoning.mode == "off" or reasoning.effort == "none" or config.get("thinkingBudget") == 0
    return config if off else {"includeThoughts": True, **config}


def _level_config(reasoning: Reasoning, levels: tuple[str, ...]) -> Wire:
    level = _level(reasoning)
    if level is None:
        return {}
    return {"thinkingLevel": level if level in levels else levels[0]}


def _level(reasoning: Reasoning) -> str | None:
    """None leaves the model to its own default."""
    match reasoning.mode:
        case "off":
            return "minimal"
        case "budget":
            budget = reasoning.budget_tokens or 0
            return next((level for most, level in _BUDGET_LEVELS if budget <= most), "high")
        case "adaptive" | "effort":
            return None if reasoning.effort is None else _LEVELS.get(reasoning.effort, "high")
        case _:
            assert_never(reasoning.mode)


def _budget(reasoning: Reasoning, target: Target, maximum: int | None) -> int:
    """Tokens in the model's range that leave half of the output for the answer; -1: as the model sees fit."""
    lowest, highest = target.capabilities.budget_range or (0, 24_576)
    wanted = _wanted_budget(reasoning)
    if wanted == _DYNAMIC:
        return _DYNAMIC
    if maximum is not None and wanted >= maximum:
        wanted = maximum // 2
    if wanted > 0:
        wanted = max(wanted, target.capabilities.smallest_budget)
    return max(lowest, min(wanted, highest))


def _wanted_budget(reasoning: Reasoning) -> int:
    match reasoning.mode:
        case "off":
            return 0
        case "budget":
            return reasoning.budget_tokens if reasoning.budget_tokens is not None else _DYNAMIC
        case "adaptive" | "effort":
            if reasoning.effort == "none":
                return 0
            return _BUDGETS.get(reasoning.effort or "", _DYNAMIC)
        case _:
            assert_never(reasoning.mode)
