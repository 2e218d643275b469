"""Tools of the Responses wire made plain functions, and the way back.

Free-form (`custom`) tools become functions with one text `input`, tools of a namespace become functions whose name
carries it, and the tools of an `additional_tools` item ("responses lite") join the others. Tools that run at the
vendor are left out, and a tool choice that names one is repaired.
Source: https://platform.openai.com/docs/api-reference/responses/create and recorded requests of Codex.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.wire.openai.checks import Check, check_fields, flag, schema_root, text
from proxy_core.wire.openai.custom_tools import build_custom_function, custom_input
from proxy_core.wire.openai.fields import refused, required_list, required_object, required_text

__all__ = ["FlatTools", "ToolOrigin", "flatten_tools", "restore_call"]

ADDITIONAL = "additional_tools"
_KEYS = ("name", "description", "parameters", "strict")
_MODES = ("auto", "none", "required")
_CHECKS: Mapping[str, Check] = {
    "description": text,
    "parameters": schema_root,
    "strict": flag,
}


@dataclass(frozen=True, slots=True)
class ToolOrigin:
    """What a tool is to the client."""

    name: str
    namespace: str | None = None
    custom: bool = False


@dataclass(frozen=True, slots=True)
class FlatTools:
    """`tools` are function tools. `choice` is one of the wire's words, `{"type": "function", "name"}`,
    `{"type": "allowed_tools", "mode", "tools"}` of functions, or None. `origins` tells by function name what the
    tool is to the client; ordinary functions are not in it."""

    tools: tuple[JsonObject, ...]
    choice: Any
    origins: Mapping[str, ToolOrigin]
    diagnostics: tuple[Diagnostic, ...] = ()

    def flat_name(self, name: str, namespace: Any = None) -> str:
        """The function's name for a tool of the client, also for one that is not offered any more."""
        if not isinstance(namespace, str) or not namespace:
            return name
        known = (
            flat for flat, origin in self.origins.items() if (origin.namespace, origin.name) == (namespace, name)
        )
        return next(known, _joined(namespace, name))


def flatten_tools(body: JsonObject) -> FlatTools:
    """The tools and the tool choice of a body. Raises `ClientError` that names the tool at fault."""
    collected = _Collected()
    for path, tools in _tool_lists(body):
        for index, tool in enumerate(tools):
            collected.add(required_object(tool, f"{path}[{index}]"), f"{path}[{index}]")
    flat = FlatTools(tuple(collected.tools), None, collected.origins)
    choice = _settle_choice(body.get("tool_choice"), flat, collected.notes)
    return FlatTools(flat.tools, choice, flat.origins, tuple(collected.notes))


def restore_call(item: JsonObject, origins: Mapping[str, ToolOrigin]) -> JsonObject:
    """A `function_call` item as the client knows the tool: Codex answers a namespaced tool by its namespace only.
    The same object for an ordinary function."""
    origin = origins.get(item["name"])
    if origin is None:
        return item
    restored = {**item, "name": origin.name}
    if origin.namespace:
        restored["namespace"] = origin.namespace
    if origin.custom:
        restored["type"] = "custom_tool_call"
        restored["input"] = custom_input(restored.pop("arguments"))
    return restored


def _tool_lists(body: JsonObject) -> Iterator[tuple[str, list[Any]]]:
    if body.get("tools") is not None:
        yield "tools", required_list(body, "tools", "tools")
    items = body.get("input")
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and item.get("type") == ADDITIONAL:
            path = f"input[{index}].tools"
            yield path, required_list(item, "tools", path)


class _Collected:
    def __init__(self) -> None:
        self.tools: list[JsonObject] = []
        self.origins: dict[str, ToolOrigin] = {}
        self.notes: list[Diagnostic] = []
        self._names: set[str] = set()

    def add(self, tool: JsonObject, path: str, namespace: str | None = None) -> None:
        match tool.get("type", "function"):
            case "function":
                self._add_function(_plain(tool), path, namespace)
            case "custom":
                self._add_function(build_custom_function(tool), path, namespace, custom=True)
            case "namespace" if namespace is None:
                self._add_namespace(tool, path)
            case kind:
                self.notes.append(Diagnostic(path, f"a tool of type {str(kind)[:50]} runs at another vendor"))

    def _add_namespace(self, tool: JsonObject, path: str) -> None:
        name = required_text(tool, "name", f"{path}.name")
        for index, inner in enumerate(required_list(tool, "tools", f"{path}.tools")):
            where = f"{path}.tools[{index}]"
            self.add(_described(required_object(inner, where), tool if index == 0 else {}), where, name)

    def _add_function(
        self, function: JsonObject, path: str, namespace: str | None, *, custom: bool = False
    ) -> None:
        name = required_text(function, "name", f"{path}.name")
        if not name:
            raise refused(f"{path}.name", "a name")
        check_fields(function, _CHECKS, path)
        flat = self._free_name(_joined(namespace, name) if namespace else name, taken_ok=namespace is None)
        if flat in self._names:
            self.notes.append(Diagnostic(path, "a tool of the same name stands before it"))
            return
        self._names.add(flat)
        if namespace or custom:
            self.origins[flat] = ToolOrigin(name, namespace, custom)
        kept = {key: function[key] for key in _KEYS if function.get(key) is not None}
        self.tools.append({"type": "function", **kept, "name": flat})

    def _free_name(self, name: str, *, taken_ok: bool) -> str:
        while not taken_ok and name in self._names:
            name += "_"
        return name


def _plain(tool: JsonObject) -> JsonObject:
    """The function of a tool; some clients nest it as on the chat wire."""
    nested = tool.get("function")
    return nested if isinstance(nested, dict) else tool


def _described(tool: JsonObject, namespace: JsonObject) -> JsonObject:
    """The first tool of a namespace tells what the namespace is for."""
    told = namespace.get("description")
    if not isinstance(told, str) or not told:
        return tool
    own = tool.get("description")
    return {**tool, "description": f"{told}\n\n{own}" if isinstance(own, str) and own else told}


def _joined(namespace: str, name: str) -> str:
    return f"{namespace.rstrip('_')}__{name}"


def _settle_choice(choice: Any, flat: FlatTools, notes: list[Diagnostic]) -> Any:
    if choice is None or choice == "auto":
        return choice if flat.tools else None
    if not flat.tools:
        if choice != "none":
            notes.append(Diagnostic("tool_choice", "there are no tools to choose from"))
        return None
    names = {tool["name"] for tool in flat.tools}
    match choice:
        case str() if choice in _MODES:
            return choice
        case {"type": "allowed_tools"}:
            return _settle_allowed(choice, flat, names, notes)
        case {"type": "function" | "custom"}:
            name = flat.flat_name(_chosen_name(choice), choice.get("namespace"))
            if name in names:
                return {"type": "function", "name": name}
        case {"type": str()}:
            pass
        case _:
            raise refused("tool_choice", "auto, none, required, or an object that names a tool", choice)
    notes.append(Diagnostic("tool_choice", "it names a tool that was left out", Action.CHANGED))
    return "auto"


def _settle_allowed(choice: JsonObject, flat: FlatTools, names: set[str], notes: list[Diagnostic]) -> Any:
    """Both the flat form of this wire and the nested one of the chat wire."""
    nested = choice.get("allowed_tools")
    holder, path = (nested, "tool_choice.allowed_tools") if isinstance(nested, dict) else (choice, "tool_choice")
    allowed = [
        flat.flat_name(_chosen_name(tool), tool.get("namespace"))
        for tool in required_list(holder, "tools", f"{path}.tools")
        if isinstance(tool, dict)
    ]
    kept = [{"type": "function", "name": name} for name in allowed if name in names]
    if not kept:
        notes.append(Diagnostic("tool_choice", "it names only tools that were left out", Action.CHANGED))
        return "auto"
    mode = "required" if holder.get("mode") == "required" else "auto"
    return {"type": "allowed_tools", "mode": mode, "tools": kept}


def _chosen_name(choice: JsonObject) -> str:
    for holder in (choice, choice.get("function"), choice.get("custom")):
        if isinstance(holder, dict) and isinstance(holder.get("name"), str):
            return str(holder["name"])
    return ""
