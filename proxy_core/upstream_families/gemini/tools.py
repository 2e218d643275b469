"""Tools and tool choice for Gemini, and names that its wire accepts."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import ChatRequest, ToolChoice, ToolDefinition
from proxy_core.upstream_families.base import Target
from proxy_core.upstream_families.gemini.schema import encode_openapi_schema
from proxy_core.wire.gemini import LONGEST_NAME, FunctionDeclaration, Wire

__all__ = ["encode_tool_config", "encode_tools", "resolve_tool_name", "tool_names", "wire_name"]

_VALID_NAME = re.compile(rf"[A-Za-z_][A-Za-z0-9_.\-]{{0,{LONGEST_NAME - 1}}}")
_INVALID_CHARACTER = re.compile(r"[^A-Za-z0-9_.\-]")
_NAMESPACE = re.compile(r"^(?:.*:|default_api\.)")
_DIGEST_LENGTH = 8
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "one": "ANY"}


def wire_name(name: str) -> str:
    """The name as Gemini takes it: unchanged when valid, else made valid and marked with a hash.

    It depends on the name alone, so that definitions, history and answers agree.
    """
    if _VALID_NAME.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_LENGTH]
    plain = _INVALID_CHARACTER.sub("_", name)
    if not plain[:1].isalpha():
        plain = f"_{plain}"
    return f"{plain[: LONGEST_NAME - _DIGEST_LENGTH - 1]}_{digest}"


def tool_names(tools: Sequence[ToolDefinition]) -> Mapping[str, str]:
    """Wire names that differ from the client's, to the client's."""
    return {changed: tool.name for tool in tools if (changed := wire_name(tool.name)) != tool.name}


def resolve_tool_name(name: str, known: frozenset[str], names: Mapping[str, str]) -> str:
    """The client's name of a tool that the model called.

    Gemini writes calls as code in its own thoughts, so a name may keep the namespace of that code
    (`default_api:weather`, `default_api.weather`).
    """
    if name not in known:
        bare = _NAMESPACE.sub("", name)
        name = bare if bare in known else name
    return names.get(name, name)


def encode_tools(request: ChatRequest, target: Target, notes: list[Diagnostic]) -> list[Wire]:
    """The `tools` field; empty when there are none."""
    if any(tool.strict for tool in request.tools):
        notes.append(Diagnostic("tools[].strict", "Gemini has no strict tools"))
    declarations = [_declaration(tool, target.capabilities.json_schema) for tool in _offered(request)]
    return [{"functionDeclarations": declarations}] if declarations else []


def encode_tool_config(request: ChatRequest) -> Wire | None:
    """The `toolConfig` field. Raises `ClientError` when the choice names an unknown tool."""
    choice = request.tool_choice
    if choice is None or not request.tools:
        return None
    config: dict[str, Any] = {"mode": _MODES[choice.mode]}
    allowed = _allowed(choice)
    _check_known(allowed, request.tools)
    if allowed and config["mode"] == "ANY":
        config["allowedFunctionNames"] = [wire_name(name) for name in allowed]
    return {"functionCallingConfig": config}


def _offered(request: ChatRequest) -> Sequence[ToolDefinition]:
    """All tools, or the chosen few: `allowedFunctionNames` works in the mode ANY only."""
    choice = request.tool_choice
    if choice is None or choice.mode != "auto" or not choice.names:
        return request.tools
    return [tool for tool in request.tools if tool.name in choice.names]


def _allowed(choice: ToolChoice) -> tuple[str, ...]:
    if choice.mode == "one" and choice.name is not None:
        return (choice.name,)
    return choice.names


def _check_known(names: tuple[str, ...], tools: Sequence[ToolDefinition]) -> None:
    known = {tool.name for tool in tools}
    for name in names:
        if name not in known:
            raise ClientError(f"`tool_choice` names {name!r}, which is not among `tools`.", param="tool_choice")


def _declaration(tool: ToolDefinition, takes_json_schema: bool) -> FunctionDeclaration:
    declaration: FunctionDeclaration = {"name": wire_name(tool.name)}
    if tool.description:
        declaration["description"] = tool.description
    if takes_json_schema:
        declaration["parametersJsonSchema"] = _object_schema(tool.parameters)
    else:
        declaration["parameters"] = encode_openapi_schema(tool.parameters)
    return declaration


def _object_schema(schema: JsonObject) -> JsonObject:
    """The client's schema as it is, but for the dialect's name and a missing root type."""
    schema = {key: value for key, value in schema.items() if key != "$schema"}
    return schema if {"type", "$ref", "anyOf", "oneOf", "allOf"} & schema.keys() else {"type": "object", **schema}
