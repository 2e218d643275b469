"""Tools and tool choice as Claude on Bedrock takes them."""

from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.anthropic_bedrock.blocks import adapt_cache_control
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import CUSTOM_TOOL_FIELDS, expect_list, expect_object, tool_kind

__all__ = ["adapt_tools"]

_CHOICE_FIELDS = frozenset({"type", "name", "disable_parallel_tool_use"})


def adapt_tools(body: JsonObject, notes: Notes) -> None:
    """Keep what Bedrock knows, in place. Tools that run at Anthropic go, and a choice that names one with
    them; a client's typed tools (`bash_…`) pass as they are."""
    tools = body.pop("tools", None)
    kept: list[JsonObject] = []
    names: list[Any] = []
    for index, item in enumerate(expect_list(tools, "tools") if tools is not None else ()):
        tool = _adapt_tool(expect_object(item, f"tools[{index}]"), f"tools[{index}]", notes)
        if tool is not None:
            kept.append(tool)
            names.append(tool.get("name"))
    if kept:
        body["tools"] = kept
    _adapt_choice(body, names, notes)


def _adapt_tool(tool: JsonObject, path: str, notes: Notes) -> JsonObject | None:
    match tool_kind(tool.get("type")):
        case "server":
            notes.dropped(path, f"Bedrock has no tool of the type {tool.get('type')}")
            return None
        case "client":
            return adapt_cache_control(tool, notes) if "cache_control" in tool else tool
        case "custom":
            return _adapt_custom(tool, notes)


def _adapt_custom(tool: JsonObject, notes: Notes) -> JsonObject:
    if not tool.keys() <= CUSTOM_TOOL_FIELDS:
        for key in tool.keys() - CUSTOM_TOOL_FIELDS - {"type"}:
            notes.dropped(f"tools[].{key}", "Bedrock does not know this field")
        tool = {key: value for key, value in tool.items() if key in CUSTOM_TOOL_FIELDS}
    return adapt_cache_control(tool, notes) if "cache_control" in tool else tool


def _adapt_choice(body: JsonObject, names: list[Any], notes: Notes) -> None:
    choice = body.get("tool_choice")
    if choice is None:
        return
    expect_object(choice, "tool_choice")
    if not names:
        del body["tool_choice"]
        notes.dropped("tool_choice", "there are no tools to choose from")
    elif choice.get("type") == "tool" and choice.get("name") not in names:
        body["tool_choice"] = {"type": "auto"}
        notes.changed("tool_choice", "it names a tool that was left out")
    elif not choice.keys() <= _CHOICE_FIELDS:
        body["tool_choice"] = {key: value for key, value in choice.items() if key in _CHOICE_FIELDS}
