"""Tools, tool choice and structured output as Converse takes them.

The wire has no choice "none" and no field for structured output that every model knows. Without tools it
refuses a history that holds calls, so a stub stands in for them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import ChatRequest, Message, ResponseFormat, ToolCallPart, ToolDefinition
from proxy_core.upstream_families.bedrock_converse.contents import cache_point
from proxy_core.upstream_families.bedrock_names import build_tool_name
from proxy_core.upstream_families.notes import Notes
from proxy_core.upstream_families.schema_root import fit_schema, plain_root

__all__ = ["Tooling", "build_tooling"]

_ANSWER_TOOL_TEXT = "Give the answer by calling this tool."
_NO_CALLS = "Do not call any tool now: answer with text."
_ONLY_JSON = "Write nothing but the JSON: no text before or after it, and no code fence."
_STUB_TEXT = "A tool of an earlier part of the conversation."
_EMPTY_SCHEMA: JsonObject = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class Tooling:
    """`config` is the `toolConfig` or None; `instructions` go to the end of the system text; `names` lead from
    changed names to the client's; `answer_tool` stands in for structured output."""

    config: JsonObject | None = None
    instructions: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    answer_tool: str | None = None

    @property
    def forces_a_call(self) -> bool:
        return self.config is not None and not self.config.get("toolChoice", {"auto": {}}).keys() <= {"auto"}


def build_tooling(request: ChatRequest, notes: Notes, *, claude: bool, thinks: bool) -> Tooling:
    """`thinks` tells that the model was asked to think, which no forced tool may stand beside."""
    tools = _offered(request, notes)
    wanted = request.response_format
    called = _called_names(request.messages)
    if wanted is not None and not tools and not called and not thinks and _is_object(wanted):
        return _answer_by_tool(wanted, claude=claude)
    instructions = [] if wanted is None else [_instruction(wanted, notes)]
    silent = request.tool_choice is not None and request.tool_choice.mode == "none"
    if not called and (silent or not tools):
        return Tooling(instructions=tuple(instructions))
    if silent or not tools:
        notes.changed("tool_choice", "this wire cannot forbid calls: the model was told in words")
        instructions.append(_NO_CALLS)
    config: JsonObject = {"tools": _specs(tools, claude=claude) or [_stub(name) for name in called]}
    if not silent and (choice := _choice(request, tools)):
        config["toolChoice"] = choice
    if request.parallel_tool_calls is False:
        notes.dropped("parallel_tool_calls", "this wire cannot forbid several calls")
    names = {wire: tool.name for tool in tools if (wire := build_tool_name(tool.name)) != tool.name}
    return Tooling(config, tuple(instructions), names)


def _offered(request: ChatRequest, notes: Notes) -> tuple[ToolDefinition, ...]:
    names = request.tool_choice.names if request.tool_choice else ()
    if not names:
        return request.tools
    notes.changed("tools", "only the allowed tools were sent")
    return tuple(tool for tool in request.tools if tool.name in names)


def _called_names(messages: Iterable[Message]) -> tuple[str, ...]:
    calls = (part for message in messages for part in message.parts if isinstance(part, ToolCallPart))
    return tuple(dict.fromkeys(build_tool_name(call.name) for call in calls))


def _specs(tools: Iterable[ToolDefinition], *, claude: bool) -> list[JsonObject]:
    fit: Callable[[JsonObject], JsonObject] = fit_schema if claude else plain_root
    specs: list[JsonObject] = []
    for tool in tools:
        specs.append(_spec(build_tool_name(tool.name), tool.description or tool.name, fit(tool.parameters)))
        if claude:  # Nova caches system texts and messages only
            specs += cache_point(tool.extras, claude=claude)
    return specs


def _stub(name: str) -> JsonObject:
    return _spec(name, _STUB_TEXT, _EMPTY_SCHEMA)


def _spec(name: str, description: str, schema: JsonObject) -> JsonObject:
    return {"toolSpec": {"name": name, "description": description, "inputSchema": {"json": schema}}}


def _choice(request: ChatRequest, tools: tuple[ToolDefinition, ...]) -> JsonObject | None:
    choice = request.tool_choice
    match choice.mode if choice else None:
        case "required":
            return {"any": {}} if tools else None
        case "one":
            name = choice.name if choice else None
            if not any(tool.name == name for tool in tools):
                raise ClientError(f"tool_choice: there is no tool named {name!r}.", param="tool_choice")
            return {"tool": {"name": build_tool_name(name or "")}}
        case "auto":
            return {"auto": {}}
        case _:
            return None


def _is_object(wanted: ResponseFormat) -> bool:
    return wanted.schema is not None and wanted.schema.get("type") == "object"


def _answer_by_tool(wanted: ResponseFormat, *, claude: bool) -> Tooling:
    name = build_tool_name(wanted.name)
    schema = wanted.schema or _EMPTY_SCHEMA
    fitted = fit_schema(schema) if claude else plain_root(schema)
    spec = _spec(name, wanted.description or _ANSWER_TOOL_TEXT, fitted)
    return Tooling({"tools": [spec], "toolChoice": {"tool": {"name": name}}}, answer_tool=name)


def _instruction(wanted: ResponseFormat, notes: Notes) -> str:
    notes.changed("response_format", "it became an instruction to the model")
    if wanted.schema is None:
        return f"Answer with one JSON object. {_ONLY_JSON}"
    text = dump_json(wanted.schema).decode()
    return f"Answer with one JSON value that fits this JSON Schema. {_ONLY_JSON}\n\n{text}"
