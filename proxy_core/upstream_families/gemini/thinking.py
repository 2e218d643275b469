"""Thinking on Gemini's wire: budgets in tokens for Gemini 2.5, levels for Gemini 3, never both.

Sources: https://cloud.google.com/vertex-ai/generative-ai/docs/thinking for budgets and levels; the budget
of an effort word is a choice of this proxy.
"""

from typing import Any, assert_never

from proxy_core.capabilities import Capabilities
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.messages import ChatRequest, Reasoning
from proxy_core.upstream_families.base import Target
from proxy_core.wire.gemini import Wire

__all__ = ["adapt_thinking", "encode_thinking"]

_DYNAMIC = -1
_SMALL_ANSWER = 1024
"""Output tokens below which thinking that nobody asked for would leave no room for an answer."""
_BUDGETS = {"minimal": 1024, "low": 4096, "medium": 8192, "high": 16_384, "xhigh": 32_768, "max": 65_536}
_LEVELS = {"none": "minimal", "minimal": "minimal", "low": "low", "medium": "medium"}
_WIDEST = (0, 24_576)
_BUDGET_LEVELS = ((2048, "low"), (8192, "medium"))
_PATH = "generationConfig.thinkingConfig"
_LEVEL = ("thinkingLevel", "thinking_level")
_BUDGET = ("thinkingBudget", "thinking_budget")
_THOUGHTS = ("includeThoughts", "include_thoughts")
_WORDS = frozenset({*_LEVELS, "high"})


def encode_thinking(request: ChatRequest, target: Target, notes: list[Diagnostic]) -> Wire | None:
    """The `thinkingConfig` of a neutral request; None where nothing is asked."""
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
    lowest, highest = target.capabilities.budget_range or _WIDEST
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


def adapt_thinking(given: Wire, target: Target, maximum: int | None, notes: list[Diagnostic]) -> Wire | None:
    """A client's own `thinkingConfig` (in either spelling) as the model takes it; None for a model that does not
    think. What fits, and what cannot be understood, stays as it is. `maximum` is the request's output limit."""
    style = target.capabilities.thinking
    if style not in ("budget", "level"):
        notes.append(Diagnostic(_PATH, f"{target.model} does not think"))
        return None
    level, budget = _found(given, _LEVEL), _found(given, _BUDGET)
    if _is_odd(level, budget) or _fits(level, budget, target.capabilities):
        return given
    rest = {key: value for key, value in given.items() if key not in (*_LEVEL, *_BUDGET)}
    notes.append(Diagnostic(_PATH, f"{target.model} takes another {style}", Action.CHANGED))
    asked = _asked(level, budget, style)
    if style == "level":
        return rest | _level_config(asked, target.capabilities.efforts)
    fitting = _budget(asked, target, maximum)
    if fitting == 0:
        rest = {key: value for key, value in rest.items() if key not in _THOUGHTS}
    return {**rest, "thinkingBudget": fitting}


def _found(given: Wire, spellings: tuple[str, ...]) -> Any:
    return next((given[key] for key in spellings if given.get(key) is not None), None)


def _is_odd(level: Any, budget: Any) -> bool:
    """Google's own refusal names what is wrong with it."""
    odd_level = level is not None and not (isinstance(level, str) and level.lower() in _WORDS)
    return odd_level or (budget is not None and type(budget) is not int)


def _fits(level: str | None, budget: int | None, capabilities: Capabilities) -> bool:
    if capabilities.thinking == "level":
        return budget is None and (level is None or level.lower() in capabilities.efforts)
    lowest, highest = capabilities.budget_range or _WIDEST
    least = max(lowest, capabilities.smallest_budget)
    return level is None and (budget in (None, _DYNAMIC, lowest) or least <= budget <= highest)


def _asked(level: str | None, budget: int | None, style: str) -> Reasoning:
    """Of the two the one counts that is of the model's own kind, where both are given."""
    if level is not None and (budget is None or style == "level"):
        return Reasoning("effort", effort=level.lower())
    if not budget:
        return Reasoning("off")
    return Reasoning("budget", budget_tokens=budget) if budget > 0 else Reasoning("adaptive")
