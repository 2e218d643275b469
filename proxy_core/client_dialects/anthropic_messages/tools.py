"""Tools and tool choice. Only tools with a schema of their own mean something to other families."""

from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.messages import NO_EXTRAS, Extras, ToolChoice, ToolDefinition
from proxy_core.wire.anthropic import expect_list, expect_object, expect_text, tool_kind

__all__ = ["cache_extras", "decode_tool_choice", "decode_tools", "parallel_calls"]


def decode_tools(value: Any, notes: list[Diagnostic]) -> tuple[tuple[ToolDefinition, ...], frozenset[str]]:
    """The client's own tools, and the names of the typed ones that were left out."""
    if value is None:
        return (), frozenset()
    tools: list[ToolDefinition] = []
    dropped: set[str] = set()
    for index, item in enumerate(expect_list(value, "tools")):
        path = f"tools[{index}]"
        tool = expect_object(item, path)
        if tool_kind(tool.get("type")) == "custom":
            tools.append(_decode_tool(tool, path))
        else:
            dropped.add(str(tool.get("name")))
            notes.append(Diagnostic(path, f"only Claude knows the tool type {tool.get('type')}"))
    return tuple(tools), frozenset(dropped)


def decode_tool_choice(
    value: Any, tools: tuple[ToolDefinition, ...], dropped: frozenset[str], notes: list[Diagnostic]
) -> ToolChoice | None:
    """A choice that only a dropped tool could meet becomes `auto`, or nothing without any tools."""
    if value is None:
        return None
    choice = expect_object(value, "tool_choice")
    if not tools:
        if choice.get("type") != "none":
            notes.append(Diagnostic("tool_choice", "there are no tools to choose from"))
        return None
    match choice.get("type"):
        case "auto":
            return ToolChoice("auto")
        case "any":
            return ToolChoice("required")
        case "none":
            return ToolChoice("none")
        case "tool":
            return _decode_named(choice, dropped, notes)
        case _:
            raise ClientError(
                "tool_choice.type: expected 'auto', 'any', 'tool' or 'none'.", param="tool_choice.type"
            )


def parallel_calls(value: Any) -> bool | None:
    """False when the client wants one call at a time, None when it does not say."""
    if isinstance(value, dict) and isinstance(value.get("disable_parallel_tool_use"), bool):
        return not value["disable_parallel_tool_use"]
    return None


def cache_extras(holder: JsonObject) -> Extras:
    """The cache mark of a block or a tool, for a way back to Claude."""
    control = holder.get("cache_control")
    return {"anthropic.cache_control": control} if control else NO_EXTRAS


def _decode_tool(tool: JsonObject, path: str) -> ToolDefinition:
    schema = tool.get("input_schema")
    description = tool.get("description")
    strict = tool.get("strict")
    return ToolDefinition(
        name=expect_text(tool.get("name"), f"{path}.name"),
        description="" if description is None else expect_text(description, f"{path}.description"),
        parameters={"type": "object"} if schema is None else expect_object(schema, f"{path}.input_schema"),
        strict=strict if isinstance(strict, bool) else None,
        extras=cache_extras(tool),
    )


def _decode_named(choice: JsonObject, dropped: frozenset[str], notes: list[Diagnostic]) -> ToolChoice:
    name = expect_text(choice.get("name"), "tool_choice.name")
    if name in dropped:
        notes.append(Diagnostic("tool_choice", "it names a tool that was left out", Action.CHANGED))
        return ToolChoice("auto")
    return ToolChoice("one", name=name)
