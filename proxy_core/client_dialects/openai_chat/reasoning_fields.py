"""Thoughts and thinking switches, for which every vendor and router on this wire has fields of its own."""

from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import Reasoning, ReasoningPart, Signature
from proxy_core.wire.openai.fields import (
    optional_bool,
    optional_int,
    optional_text,
    refused,
    required_object,
)

__all__ = ["REASONING_KEYS", "decode_reasoning", "decode_thoughts"]

REASONING_KEYS = frozenset(
    {"reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget", "output_config"}
)


def decode_reasoning(body: JsonObject) -> Reasoning | None:
    """How much to think: OpenAI's `reasoning_effort`, then `reasoning` (OpenRouter), `thinking` (Anthropic),
    `enable_thinking` and `thinking_budget` (Qwen). The first that says something wins."""
    effort = optional_text(body, "reasoning_effort", "reasoning_effort")
    if effort is not None:
        return _of_effort(effort)
    return _of_reasoning(body) or _of_thinking(body) or _of_switch(body)


def decode_thoughts(message: JsonObject, path: str) -> list[ReasoningPart]:
    """The thoughts of an assistant message: `reasoning_details` (OpenRouter), `reasoning_content` as text or as
    signed blocks (SAP's orchestration), `thinking` (Claude Code Router), `reasoning`."""
    if isinstance(details := message.get("reasoning_details"), list):
        thoughts = [part for detail in details if (part := _of_detail(detail))]
        if thoughts:
            return thoughts
    for key in ("reasoning_content", "thinking", "reasoning"):
        match message.get(key):
            case None | "" | []:
                continue
            case str() as text:
                return [ReasoningPart(text)]
            case list() as blocks:
                return [_of_block(required_object(item, f"{path}.{key}[{i}]")) for i, item in enumerate(blocks)]
            case dict() as block:
                return [_of_block(block)]
            case value:
                raise refused(f"{path}.{key}", "a string or a list of blocks", value)
    return []


def _of_effort(effort: str) -> Reasoning:
    return Reasoning("off") if effort == "none" else Reasoning("effort", effort=effort)


def _of_reasoning(body: JsonObject) -> Reasoning | None:
    if body.get("reasoning") is None:
        return None
    value = required_object(body["reasoning"], "reasoning")
    if optional_bool(value, "enabled", "reasoning.enabled") is False:
        return Reasoning("off")
    if effort := optional_text(value, "effort", "reasoning.effort"):
        return _of_effort(effort)
    if budget := optional_int(value, "max_tokens", "reasoning.max_tokens"):
        return Reasoning("budget", budget_tokens=budget)
    return Reasoning("adaptive") if value.get("enabled") else None


def _of_thinking(body: JsonObject) -> Reasoning | None:
    if body.get("thinking") is None:
        return None
    value = required_object(body["thinking"], "thinking")
    config = body.get("output_config")
    effort = config.get("effort") if isinstance(config, dict) else None
    match value.get("type"):
        case "disabled":
            return Reasoning("off")
        case "enabled" if budget := optional_int(value, "budget_tokens", "thinking.budget_tokens"):
            return Reasoning("budget", budget_tokens=budget)
        case "enabled" | "adaptive":
            return Reasoning("adaptive", effort=effort if isinstance(effort, str) else None)
        case kind:
            raise refused("thinking.type", "one of enabled, adaptive, disabled", kind)


def _of_switch(body: JsonObject) -> Reasoning | None:
    enabled = optional_bool(body, "enable_thinking", "enable_thinking")
    budget = optional_int(body, "thinking_budget", "thinking_budget")
    if enabled is False:
        return Reasoning("off")
    if budget:
        return Reasoning("budget", budget_tokens=budget)
    return Reasoning("adaptive") if enabled else None


def _of_block(block: JsonObject) -> ReasoningPart:
    text = block.get("content") or block.get("thinking") or block.get("text")
    return ReasoningPart(text if isinstance(text, str) else "", signature=_signature(block))


def _of_detail(detail: Any) -> ReasoningPart | None:
    match detail:
        case {"type": "reasoning.text", "text": str() as text}:
            return ReasoningPart(text, signature=_signature(detail))
        case {"type": "reasoning.summary", "summary": str() as text}:
            return ReasoningPart(text)
        case _:
            return None


def _signature(block: JsonObject) -> Signature | None:
    value = block.get("signature")
    if not isinstance(value, str) or not value:
        return None
    if "gemini" in str(block.get("format")):
        return Signature("gemini", value)
    return Signature("anthropic", value)  # the only vendor that signs thoughts without naming itself
