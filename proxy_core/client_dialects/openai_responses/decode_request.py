"""A Responses body to a neutral request."""

from typing import Any

from proxy_core.client_dialects.openai_responses.compaction import with_summary_wanted
from proxy_core.client_dialects.openai_responses.decode_items import ItemDecoder
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import (
    ChatRequest,
    Reasoning,
    ResponseFormat,
    Sampling,
    ToolChoice,
    ToolDefinition,
)
from proxy_core.wire.openai.body_checks import check_responses_fields
from proxy_core.wire.openai.fields import (
    optional_bool,
    optional_int,
    optional_number,
    optional_text,
    refused,
    required_object,
    required_text,
)
from proxy_core.wire.openai.responses_input import settle_responses
from proxy_core.wire.openai.responses_tools import FlatTools

__all__ = ["decode_request"]

_READ = frozenset(
    {
        "model", "input", "instructions", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls",
        "text", "reasoning", "max_output_tokens", "temperature", "top_p", "user", "safety_identifier", "store",
        "include", "previous_response_id",
    }
)  # fmt: skip


def decode_request(body: JsonObject) -> ChatRequest:
    """Raises `ClientError` whose `param` is the JSON path of the field at fault."""
    check_responses_fields(body)
    _refuse_unknown_history(body)
    settled = settle_responses(body)
    decoder = ItemDecoder()
    instructions = optional_text(body, "instructions", "instructions") or ""
    text = required_object(body.get("text") or {}, "text")
    messages = decoder.decode(instructions, settled.items)
    request = ChatRequest(
        model=required_text(body, "model", "model"),
        messages=messages,
        stream=optional_bool(body, "stream", "stream") or False,
        tools=tuple(_decode_tool(tool, f"tools[{index}]") for index, tool in enumerate(settled.tools.tools)),
        tool_choice=_decode_choice(settled.tools),
        parallel_tool_calls=optional_bool(body, "parallel_tool_calls", "parallel_tool_calls"),
        response_format=_decode_format(text.get("format")),
        sampling=_decode_sampling(body),
        reasoning=_decode_reasoning(body),
        user=optional_text(body, "user", "user") or optional_text(body, "safety_identifier", "safety_identifier"),
        diagnostics=(*settled.diagnostics, *decoder.diagnostics, *_dropped(body, text)),
    )
    return with_summary_wanted(request) if settled.compacts else request


def _refuse_unknown_history(body: JsonObject) -> None:
    previous = optional_text(body, "previous_response_id", "previous_response_id")
    if previous is not None:
        raise ClientError(
            f"Previous response with id '{previous[:100]}' not found. Send the conversation in `input`.",
            param="previous_response_id",
            code="previous_response_not_found",
        )


def _dropped(body: JsonObject, text: JsonObject) -> list[Diagnostic]:
    dropped = [
        Diagnostic(key, "it has no counterpart at this model")
        for key, value in body.items()
        if key not in _READ and value is not None
    ]
    if text.get("verbosity") is not None:
        dropped.append(Diagnostic("text.verbosity", "it has no counterpart at this model"))
    return dropped


def _decode_tool(tool: JsonObject, path: str) -> ToolDefinition:
    parameters = tool.get("parameters")
    return ToolDefinition(
        name=tool["name"],
        description=optional_text(tool, "description", f"{path}.description") or "",
        parameters=(
            {"type": "object", "properties": {}}
            if parameters is None
            else required_object(parameters, f"{path}.parameters")
        ),
        strict=optional_bool(tool, "strict", f"{path}.strict"),
    )


def _decode_choice(tools: FlatTools) -> ToolChoice | None:
    match tools.choice:
        case "auto" | "none" | "required" as mode:
            return ToolChoice(mode)
        case {"type": "function", "name": name}:
            return ToolChoice("one", name=name)
        case {"type": "allowed_tools", "mode": mode, "tools": allowed}:
            return ToolChoice(mode, names=tuple(tool["name"] for tool in allowed))
        case _:
            return None


def _decode_format(value: Any) -> ResponseFormat | None:
    if value is None:
        return None
    path = "text.format"
    match required_object(value, path).get("type"):
        case "text" | None:
            return None
        case "json_object":
            return ResponseFormat("json_object")
        case "json_schema":
            return ResponseFormat(
                "json_schema",
                schema=required_object(value.get("schema"), f"{path}.schema"),
                name=optional_text(value, "name", f"{path}.name") or "response",
                description=optional_text(value, "description", f"{path}.description"),
                strict=optional_bool(value, "strict", f"{path}.strict"),
            )
        case kind:
            raise refused(f"{path}.type", "one of text, json_object, json_schema", kind)


def _decode_sampling(body: JsonObject) -> Sampling:
    maximum = optional_int(body, "max_output_tokens", "max_output_tokens")
    if maximum is not None and maximum < 1:
        raise refused("max_output_tokens", "at least 1")
    return Sampling(
        max_output_tokens=maximum,
        temperature=optional_number(body, "temperature", "temperature"),
        top_p=optional_number(body, "top_p", "top_p"),
    )


def _decode_reasoning(body: JsonObject) -> Reasoning | None:
    """Codex sends `{"summary": "auto"}` to every model: without an effort the model decides."""
    if body.get("reasoning") is None:
        return None
    effort = optional_text(required_object(body["reasoning"], "reasoning"), "effort", "reasoning.effort")
    if effort is None:
        return None
    return Reasoning("off") if effort == "none" else Reasoning("effort", effort=effort)
