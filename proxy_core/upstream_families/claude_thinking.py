"""How much Claude shall think, and how long the answer may be.

Each generation takes its own form: up to 4.5 a budget, 4.6 a budget or `adaptive`, from 4.7 on `adaptive`
only. Source: Anthropic's pages on extended and adaptive thinking, and recorded refusals.
"""

from typing import Any

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import Reasoning
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import expect_integer, expect_object

__all__ = ["adapt_limits", "adapt_thinking", "encode_reasoning"]

_BUDGETS = {"minimal": 1024, "low": 4096, "medium": 8192, "high": 16_384, "xhigh": 32_768, "max": 63_999}
_EFFORTS = {"minimal": "low"}
_DEFAULT_BUDGET = _BUDGETS["high"]
_LEAST_BUDGET = 1024
_ROOM_FOR_ANSWER = 4096
_THINKS = ("enabled", "adaptive")
_THOUGHTS = ("thinking", "redacted_thinking")


def adapt_limits(body: JsonObject, capabilities: Capabilities, notes: Notes) -> None:
    """Lower `max_tokens` to what the model can write: clients that do not know a model's name ask for the
    limit of the newest one."""
    limit = capabilities.max_output_tokens
    if limit is not None and body["max_tokens"] > limit:
        body["max_tokens"] = limit
        notes.changed("max_tokens", f"this model writes at most {limit} tokens")


def adapt_thinking(body: JsonObject, turns: list[JsonObject], capabilities: Capabilities, notes: Notes) -> None:
    """Bring `thinking` and `output_config.effort` into the form the model takes, in place."""
    config = dict(expect_object(body.get("output_config", {}), "output_config"))
    effort = config.pop("effort", None)
    thinking = _known_fields(body.pop("thinking", None), capabilities, notes)
    thinking = _switched_off(thinking, body, turns, capabilities, notes)
    thinking, effort = _in_form(thinking, effort, body["max_tokens"], capabilities, notes)
    if thinking and thinking["type"] == "enabled":
        thinking = _with_budget(thinking, body, capabilities, notes)
    if thinking:
        body["thinking"] = thinking
    if effort is not None:
        config["effort"] = effort
    body["output_config"] = config


def encode_reasoning(reasoning: Reasoning | None) -> JsonObject:
    """`thinking` and `output_config` as the newest Claude takes them; `adapt_thinking` fits them to the model."""
    match reasoning:
        case None:
            return {}
        case Reasoning(mode="off") | Reasoning(mode="effort", effort="none"):
            return {"thinking": {"type": "disabled"}}
        case Reasoning(mode="budget"):
            return {"thinking": {"type": "enabled", "budget_tokens": reasoning.budget_tokens or 0}}
        case Reasoning():
            effort = reasoning.effort
            if effort is None:
                return {"thinking": {"type": "adaptive"}}
            return {"thinking": {"type": "adaptive"}, "output_config": {"effort": _EFFORTS.get(effort, effort)}}


def _known_fields(thinking: Any, capabilities: Capabilities, notes: Notes) -> JsonObject | None:
    if thinking is None:
        return None
    if capabilities.thinking == "none":
        notes.dropped("thinking", "this model does not think")
        return None
    for key in expect_object(thinking, "thinking").keys() - {"type", "budget_tokens"}:
        notes.dropped(f"thinking.{key}", "Bedrock does not know this field")
    kept = ("type", "budget_tokens") if thinking.get("type") == "enabled" else ("type",)
    return {key: thinking.get(key) for key in kept}


def _switched_off(
    thinking: JsonObject | None,
    body: JsonObject,
    turns: list[JsonObject],
    capabilities: Capabilities,
    notes: Notes,
) -> JsonObject | None:
    if thinking is None or thinking["type"] not in _THINKS:
        return thinking
    adaptive = _becomes_adaptive(thinking, capabilities)
    reason = _reason_against(body, turns, adaptive=adaptive, prefill=capabilities.prefill)
    if reason is None:
        return thinking
    notes.changed("thinking", f"switched off: {reason}")
    return {"type": "disabled"}


def _becomes_adaptive(thinking: JsonObject, capabilities: Capabilities) -> bool:
    if capabilities.thinking == "adaptive_or_budget":
        return bool(thinking["type"] == "adaptive")
    return capabilities.thinking == "adaptive"


def _reason_against(body: JsonObject, turns: list[JsonObject], *, adaptive: bool, prefill: bool) -> str | None:
    if body.get("tool_choice", {}).get("type") in ("any", "tool"):
        return "a forced tool and thinking exclude each other"
    if prefill and turns and turns[-1]["role"] == "assistant":
        return "the model cannot think when it completes its own words"
    if not adaptive and _lacks_thought(turns):
        return "the thoughts before the last tool call are not at hand"
    return None


def _lacks_thought(turns: list[JsonObject]) -> bool:
    """True when the conversation ends within a series of tool calls that does not begin with a thought. Claude
    answers that with ``Expected `thinking` or `redacted_thinking`, but found `tool_use` ``; the later calls of
    a series need none."""
    first: JsonObject | None = None
    for turn in reversed(turns):
        if turn["role"] == "assistant":
            first = turn
        elif not _first_is(turn, ("tool_result",)):
            break
    return first is not None and not _first_is(first, _THOUGHTS)


def _first_is(turn: JsonObject, types: tuple[str, ...]) -> bool:
    content = turn["content"]
    return isinstance(content, list) and content[0].get("type") in types


def _in_form(
    thinking: JsonObject | None, effort: Any, max_tokens: int, capabilities: Capabilities, notes: Notes
) -> tuple[JsonObject | None, Any]:
    """Thinking and effort as this generation takes them."""
    kind = thinking["type"] if thinking else None
    if capabilities.thinking == "adaptive" and thinking and kind == "enabled":
        notes.changed("thinking", "this model decides itself how much it thinks")
        return {"type": "adaptive"}, effort or _effort_for(thinking["budget_tokens"])
    if "adaptive" in capabilities.thinking:
        return thinking, effort
    if kind == "adaptive":
        notes.changed("thinking", "this model needs a budget")
        return _budget_for(effort, max_tokens), None
    if effort is not None:
        notes.dropped("output_config.effort", "this model does not know it")
    return thinking, None


def _effort_for(budget: Any) -> str:
    tokens = expect_integer(budget, "thinking.budget_tokens", least=0)
    if tokens <= _BUDGETS["minimal"] * 2:
        return "low"
    return "medium" if tokens <= _BUDGETS["medium"] else "high"


def _budget_for(effort: Any, max_tokens: int) -> JsonObject | None:
    """A budget that leaves at least half of the answer's tokens for the answer; none when that is too small,
    for the client set the limit and not the budget."""
    wanted = _BUDGETS.get(effort, _DEFAULT_BUDGET) if isinstance(effort, str) else _DEFAULT_BUDGET
    budget = min(wanted, max(max_tokens // 2, _LEAST_BUDGET))
    return {"type": "enabled", "budget_tokens": budget} if budget < max_tokens else None


def _with_budget(thinking: JsonObject, body: JsonObject, capabilities: Capabilities, notes: Notes) -> JsonObject:
    """The budget the client set, with `max_tokens` raised above it as far as the model allows."""
    asked = expect_integer(thinking.get("budget_tokens"), "thinking.budget_tokens", least=0)
    budget = max(asked, _LEAST_BUDGET)
    if budget >= body["max_tokens"]:
        limit = capabilities.max_output_tokens or budget + _ROOM_FOR_ANSWER
        body["max_tokens"] = min(budget + _ROOM_FOR_ANSWER, limit)
        budget = max(min(budget, body["max_tokens"] - _ROOM_FOR_ANSWER), _LEAST_BUDGET)
        notes.changed("max_tokens", "it must exceed the budget of thinking")
    if budget != asked:
        notes.changed("thinking.budget_tokens", f"set to {budget}")
    return {"type": "enabled", "budget_tokens": budget}
