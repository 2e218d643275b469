"""Limits, sampling and thinking of a neutral request in Claude's own fields, whatever the wire."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, Message, Part, ReasoningPart, ToolCallPart, ToolResultPart
from proxy_core.upstream_families.claude_thinking import adapt_limits, adapt_thinking, encode_reasoning
from proxy_core.upstream_families.notes import Notes

__all__ = ["adapt_sampling", "build_claude_options", "leave_thoughts_behind"]

_MAX_TOKENS = 4096
"""For a model of unknown limits when the client names none."""


def leave_thoughts_behind(request: ChatRequest) -> ChatRequest:
    """The request as if the model had never thought aloud, for a Claude that refused the proof over a thought."""
    messages = tuple(
        replace(message, parts=tuple(part for part in message.parts if not isinstance(part, ReasoningPart)))
        for message in request.messages
    )
    return replace(request, messages=messages)


def build_claude_options(
    request: ChatRequest, capabilities: Capabilities, notes: Notes, *, forced_tool: bool
) -> JsonObject:
    """`max_tokens` always; `temperature`, `top_p`, `top_k`, `thinking` and `output_config` where they are sent."""
    sampling = request.sampling
    values = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": sampling.top_k}
    options: JsonObject = {
        "max_tokens": sampling.max_output_tokens or capabilities.max_output_tokens or _MAX_TOKENS,
        **{key: value for key, value in values.items() if value is not None},
        **encode_reasoning(request.reasoning),
    }
    if forced_tool:
        options["tool_choice"] = {"type": "any"}
    adapt_limits(options, capabilities, notes)
    adapt_thinking(options, list(_outline(request.messages)), capabilities, notes)
    adapt_sampling(options, capabilities, notes)
    options.pop("tool_choice", None)
    if not options["output_config"]:
        del options["output_config"]
    return options


def adapt_sampling(body: JsonObject, capabilities: Capabilities, notes: Notes) -> None:
    """Claude 4.7 takes no sampling fields at all; thinking allows only its defaults; 4.5 and later take
    one of temperature and top_p."""
    thinks = body.get("thinking", {}).get("type") in ("enabled", "adaptive")
    if not capabilities.sampling:
        _drop(body, ("temperature", "top_p", "top_k"), "this model does not take it", notes)
    elif thinks:
        _drop(body, ("temperature", "top_p", "top_k"), "it cannot be set while the model thinks", notes)
    elif "temperature" in body and not capabilities.temperature_with_top_p:
        _drop(body, ("top_p",), "this model does not take it beside temperature", notes)
    temperature = body.get("temperature")
    if isinstance(temperature, int | float) and temperature > 1:
        body["temperature"] = 1
        notes.changed("temperature", "the largest value of this model is 1")


def _drop(body: JsonObject, keys: tuple[str, ...], reason: str, notes: Notes) -> None:
    for key in keys:
        if body.pop(key, None) is not None:
            notes.dropped(key, reason)


def _outline(messages: Iterable[Message]) -> Iterator[JsonObject]:
    """The conversation with nothing but the kinds of its blocks, which is what decides about thinking."""
    for message in messages:
        kinds = [kind for part in message.parts if (kind := _kind(part))]
        if message.role != "system" and kinds:
            results_first = sorted(kinds, key=lambda kind: kind != "tool_result")
            yield {"role": message.role, "content": [{"type": kind} for kind in results_first]}


def _kind(part: Part) -> str | None:
    match part:
        case ReasoningPart(redacted=str()):
            return "redacted_thinking"
        case ReasoningPart(signature=signature):
            return "thinking" if signature is not None and signature.origin == "anthropic" else None
        case ToolCallPart():
            return "tool_use"
        case ToolResultPart():
            return "tool_result"
        case _:
            return "text"
