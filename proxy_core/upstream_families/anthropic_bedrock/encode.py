"""A neutral request to an Anthropic body, which then passes the same rules as a client's own."""

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    ChatRequest,
    ResponseFormat,
    Sampling,
    ToolChoice,
    ToolDefinition,
)
from proxy_core.upstream_families.anthropic_bedrock.adapt import adapt_body, build_call
from proxy_core.upstream_families.anthropic_bedrock.encode_parts import encode_messages
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.bedrock_names import build_tool_name
from proxy_core.upstream_families.claude_thinking import encode_reasoning
from proxy_core.upstream_families.notes import Notes
from proxy_core.upstream_families.schema_root import fit_schema

__all__ = ["encode_request"]

_MAX_TOKENS = 4096
"""For a model of unknown limits when the client names none."""
_CHOICES = {"auto": "auto", "none": "none", "required": "any", "one": "tool"}
_NO_COUNTERPART = ("seed", "presence_penalty", "frequency_penalty")


def encode_request(request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
    """Raises `ClientError` for content that Claude cannot take."""
    notes = Notes()
    tools = _offered(request, notes)
    structured = _structured_tool(request, tools, target)
    body: JsonObject = {
        "messages": encode_messages(request.messages, notes),
        "max_tokens": request.sampling.max_output_tokens or target.capabilities.max_output_tokens or _MAX_TOKENS,
        **_encode_sampling(request.sampling, notes),
        **encode_reasoning(request.reasoning),
        **_encode_tools(tools, request.tool_choice, request.parallel_tool_calls, notes),
    }
    if request.user:
        body["metadata"] = {"user_id": request.user}
    if structured is not None:
        body["tools"] = [structured]
        body["tool_choice"] = {"type": "tool", "name": structured["name"]}
    elif request.response_format is not None:
        config = {**body.get("output_config", {}), "format": _encode_format(request.response_format)}
        body["output_config"] = config
    return build_call(
        adapt_body(body, {}, target, fetch, notes),
        request.stream,
        notes,
        tool_names=_changed_names(tools),
        structured_output_tool=structured["name"] if structured else None,
    )


def _offered(request: ChatRequest, notes: Notes) -> tuple[ToolDefinition, ...]:
    """The tools the choice leaves: this wire cannot narrow it, so only the chosen ones are sent."""
    names = request.tool_choice.names if request.tool_choice else ()
    if not names:
        return request.tools
    notes.changed("tools", "only the allowed tools were sent")
    return tuple(tool for tool in request.tools if tool.name in names)


def _structured_tool(request: ChatRequest, tools: tuple[ToolDefinition, ...], target: Target) -> JsonObject | None:
    """A forced tool whose arguments are the answer: Claude keeps to its schema. It cannot stand beside other
    tools nor beside thinking, and wants an object; there the format becomes an instruction."""
    wanted = request.response_format
    if wanted is None or wanted.schema is None or wanted.schema.get("type") != "object" or tools:
        return None
    thinks = request.reasoning is not None and request.reasoning.mode != "off"
    if thinks and target.capabilities.thinking != "none":
        return None
    return {
        "name": build_tool_name(wanted.name),
        "description": wanted.description or "Give the answer by calling this tool.",
        "input_schema": fit_schema(wanted.schema),
    }


def _encode_format(wanted: ResponseFormat) -> JsonObject:
    if wanted.schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", "schema": wanted.schema}


def _encode_sampling(sampling: Sampling, notes: Notes) -> JsonObject:
    for name in _NO_COUNTERPART:
        if getattr(sampling, name) is not None:
            notes.dropped(name, "Claude has no such setting")
    values = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": sampling.top_k}
    encoded: JsonObject = {key: value for key, value in values.items() if value is not None}
    stop = [text for text in sampling.stop if text and not text.isspace()]
    if len(stop) < len(sampling.stop):
        notes.dropped("stop_sequences", "Claude refuses blank ones")
    if stop:
        encoded["stop_sequences"] = stop
    return encoded


def _encode_tools(
    tools: tuple[ToolDefinition, ...], choice: ToolChoice | None, parallel: bool | None, notes: Notes
) -> JsonObject:
    if not tools:
        return {}
    encoded: JsonObject = {"tools": [_encode_tool(tool, notes) for tool in tools]}
    wanted: JsonObject = {"type": _CHOICES[choice.mode]} if choice else {"type": "auto"}
    if choice and choice.mode == "one":
        wanted["name"] = build_tool_name(_known_tool(choice.name, tools))
    if parallel is False and wanted["type"] != "none":
        wanted["disable_parallel_tool_use"] = True
    if choice or parallel is False:
        encoded["tool_choice"] = wanted
    return encoded


def _known_tool(name: str | None, tools: tuple[ToolDefinition, ...]) -> str:
    if not any(tool.name == name for tool in tools):
        raise ClientError(f"tool_choice: there is no tool named {name!r}.", param="tool_choice")
    return name or ""


def _encode_tool(tool: ToolDefinition, notes: Notes) -> JsonObject:
    schema = fit_schema(tool.parameters)
    if schema is not tool.parameters:
        notes.changed(f"tools[{tool.name}].parameters", "the schema's root was made an object")
    encoded: JsonObject = {"name": build_tool_name(tool.name), "input_schema": schema}
    if tool.description:
        encoded["description"] = tool.description
    if cache := tool.extras.get("anthropic.cache_control"):
        encoded["cache_control"] = cache
    return encoded


def _changed_names(tools: tuple[ToolDefinition, ...]) -> dict[str, str]:
    """Names on the wire to the client's, where they differ."""
    return {wire: tool.name for tool in tools if (wire := build_tool_name(tool.name)) != tool.name}
