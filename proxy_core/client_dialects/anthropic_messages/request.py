"""The client's body to a neutral request. Content and tools are read by their own modules."""

from typing import Any

from proxy_core.client_dialects.anthropic_messages.content import ConversationReader
from proxy_core.client_dialects.anthropic_messages.tools import decode_tool_choice, decode_tools, parallel_calls
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import ChatRequest, Reasoning, ResponseFormat, Sampling
from proxy_core.wire.anthropic import (
    expect_integer,
    expect_list,
    expect_messages,
    expect_number,
    expect_object,
    expect_text,
    require,
)

__all__ = ["decode_request"]

_TRANSLATED = frozenset(
    {
        "max_tokens", "messages", "metadata", "model", "output_config", "output_format", "stop_sequences", "stream",
        "system", "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p",
    }
)  # fmt: skip
_UNKNOWN = "only Anthropic's own service knows this field"


def decode_request(body: JsonObject) -> ChatRequest:
    """Raises `ClientError` with the JSON path of a field that is missing or of the wrong type."""
    messages = expect_messages(body)
    notes = [Diagnostic(key, _UNKNOWN) for key in body if key not in _TRANSLATED]
    tools, dropped = decode_tools(body.get("tools"), notes)
    return ChatRequest(
        model=expect_text(require(body, "model"), "model"),
        messages=ConversationReader().read(body.get("system"), messages),
        stream=body.get("stream") is True,
        tools=tools,
        tool_choice=decode_tool_choice(body.get("tool_choice"), tools, dropped, notes),
        parallel_tool_calls=parallel_calls(body.get("tool_choice")),
        response_format=_decode_format(body),
        sampling=_decode_sampling(body),
        reasoning=_decode_reasoning(body),
        user=_decode_user(body.get("metadata")),
        diagnostics=tuple(notes),
    )


def _decode_sampling(body: JsonObject) -> Sampling:
    return Sampling(
        max_output_tokens=expect_integer(require(body, "max_tokens"), "max_tokens", least=1),
        temperature=_number(body, "temperature"),
        top_p=_number(body, "top_p"),
        top_k=None if body.get("top_k") is None else expect_integer(body["top_k"], "top_k", least=0),
        stop=_decode_stop(body.get("stop_sequences")),
    )


def _number(body: JsonObject, key: str) -> float | None:
    return None if body.get(key) is None else expect_number(body[key], key)


def _decode_stop(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    items = expect_list(value, "stop_sequences")
    return tuple(expect_text(item, f"stop_sequences[{index}]") for index, item in enumerate(items))


def _decode_reasoning(body: JsonObject) -> Reasoning | None:
    effort = _section(body, "output_config").get("effort")
    if effort is not None:
        effort = expect_text(effort, "output_config.effort")
    thinking = _section(body, "thinking")
    match thinking.get("type"):
        case None:
            return Reasoning("effort", effort=effort) if effort else None
        case "disabled":
            return Reasoning("off")
        case "adaptive":
            return Reasoning("adaptive", effort=effort)
        case "enabled":
            budget = expect_integer(thinking.get("budget_tokens"), "thinking.budget_tokens", least=0)
            return Reasoning("budget", effort=effort, budget_tokens=budget)
        case _:
            raise ClientError("thinking.type: expected 'enabled', 'adaptive' or 'disabled'.", param="thinking.type")


def _decode_format(body: JsonObject) -> ResponseFormat | None:
    """`output_config.format`; `output_format` is its name in the first beta."""
    key, value = "output_config.format", _section(body, "output_config").get("format")
    if value is None:
        key, value = "output_format", body.get("output_format")
    if value is None:
        return None
    if expect_object(value, key).get("type") != "json_schema":
        raise ClientError(f"{key}.type: expected 'json_schema'.", param=f"{key}.type")
    schema = expect_object(value.get("schema"), f"{key}.schema")
    name = value.get("name")
    return ResponseFormat("json_schema", schema=schema, name=name if isinstance(name, str) else "response")


def _decode_user(metadata: Any) -> str | None:
    if metadata is None:
        return None
    user = expect_object(metadata, "metadata").get("user_id")
    return None if user is None else expect_text(user, "metadata.user_id")


def _section(body: JsonObject, key: str) -> JsonObject:
    value = body.get(key)
    return {} if value is None else expect_object(value, key)
