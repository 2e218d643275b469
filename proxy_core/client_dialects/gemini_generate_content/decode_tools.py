"""`tools` and `toolConfig` to neutral tools."""

from typing import Any, Literal

from proxy_core.client_dialects.gemini_generate_content.fields import Fields, refused
from proxy_core.client_dialects.gemini_generate_content.schema import decode_schema
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import ToolChoice, ToolDefinition

__all__ = ["decode_tool_choice", "decode_tools"]

_Mode = Literal["auto", "none", "required"]
_MODES: dict[str, _Mode] = {
    "MODE_UNSPECIFIED": "auto",
    "AUTO": "auto",
    "VALIDATED": "auto",
    "ANY": "required",
    "NONE": "none",
}


def decode_tools(body: Fields, notes: list[Diagnostic]) -> tuple[ToolDefinition, ...]:
    """The client's functions. Google's own tools are left out with a note. Raises `ClientError`."""
    tools: list[ToolDefinition] = []
    for index, item in enumerate(body.items("tools")):
        tool = Fields(item, f"tools[{index}]")
        for place, declaration in enumerate(tool.items("functionDeclarations")):
            tools.append(_decode_function(Fields(declaration, f"{tool.where('functionDeclarations')}[{place}]")))
        notes += [
            Diagnostic(f"tools[{index}].{name}", "only Gemini knows this tool")
            for name in tool.unknown(frozenset({"functionDeclarations"}))
        ]
    return tuple(tools)


def decode_tool_choice(body: Fields, tools: tuple[ToolDefinition, ...]) -> ToolChoice | None:
    """None where the client leaves it to the model. Raises `ClientError`."""
    config = body.child("toolConfig")
    calling = config.child("functionCallingConfig") if config else None
    if calling is None or not tools:
        return None
    mode = _MODES.get((calling.text("mode") or "AUTO").upper())
    if mode is None:
        raise refused(calling.where("mode"), "one of AUTO, ANY, NONE, VALIDATED")
    names = tuple(_name(name, calling) for name in calling.items("allowedFunctionNames"))
    if mode == "required" and len(names) == 1:
        return ToolChoice("one", name=names[0])
    return ToolChoice(mode, names=names)


def _name(value: Any, calling: Fields) -> str:
    if isinstance(value, str):
        return value
    raise refused(calling.where("allowedFunctionNames"), "a list of names")


def _decode_function(function: Fields) -> ToolDefinition:
    return ToolDefinition(
        name=function.required_text("name"),
        description=function.text("description") or "",
        parameters=_parameters(function),
    )


def _parameters(function: Fields) -> JsonObject:
    if schema := function.child("parametersJsonSchema"):
        return schema.value
    if schema := function.child("parameters"):
        decoded: JsonObject = decode_schema(schema.value)
        return decoded
    return {"type": "object", "properties": {}}
