"""Items of a Responses request settled into the few kinds that every reader behind must know.

Calls of all kinds of tools become `function_call`, their results `function_call_output`; what says nothing to a
model goes. Only shapes change here, never meaning. Nothing of the given body is changed in place.
Source: https://platform.openai.com/docs/api-reference/responses/create and recorded requests of Codex.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.wire.openai.checks import Check, list_of, object_of, text
from proxy_core.wire.openai.fields import refused, required_object, required_text
from proxy_core.wire.openai.responses_tools import ADDITIONAL, FlatTools, flatten_tools

__all__ = ["COMPACTION_TRIGGER", "SettledResponses", "input_items", "settle_responses"]

COMPACTION_TRIGGER = "compaction_trigger"
"""The last item of a request that wants the conversation folded into one compaction item."""

_KEPT = frozenset({"reasoning", "item_reference", "compaction"})
_ROLES = frozenset({"user", "assistant", "system", "developer"})
_CALL_TYPES = {"local_shell_call": "local_shell", "shell_call": "shell", "apply_patch_call": "apply_patch"}
"""Built-in tools that run at the client; their calls are calls like others once they are history."""
_SERVER_ITEMS = frozenset(
    {
        "web_search_call", "file_search_call", "computer_call", "computer_call_output", "code_interpreter_call",
        "image_generation_call", "mcp_call", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response",
        "tool_search_call", "tool_search_output", "ghost_snapshot",
    }
)  # fmt: skip
_STORED = ("prompt", "conversation")
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
_STATUSES = frozenset({"in_progress", "completed", "incomplete"})


def _address(value: Any, path: str) -> None:
    if not isinstance(value, str) or not value.startswith(("data:", "http://", "https://")):
        raise refused(path, "a data URL or an http(s) URL", None if isinstance(value, str) else value)


_PARTS: Mapping[str, Check] = {
    "refusal": object_of({"refusal": text}, "refusal"),
    "summary_text": object_of({"text": text}, "text"),
    "reasoning_text": object_of({"text": text}, "text"),
    "input_image": object_of({"image_url": _address, "file_id": text, "detail": text}),
    "input_file": object_of({"file_data": text, "file_id": text, "file_url": _address, "filename": text}),
    "input_audio": object_of({}),
}
"""The other kinds of content, and what they hold."""
_SOURCES: Mapping[str, tuple[str, ...]] = {
    "input_image": ("image_url", "file_id"),
    "input_file": ("file_data", "file_id", "file_url"),
}
_THOUGHT: Check = object_of({
    "summary": list_of(object_of({"text": text}, "text")),
    "content": list_of(object_of({"text": text}, "text")),
    "encrypted_content": text,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettledResponses:
    """`items` hold only messages, `function_call`, `function_call_output`, `reasoning`, `item_reference` and
    `compaction`. `compacts` tells that the conversation is to be folded."""

    items: tuple[JsonObject, ...]
    tools: FlatTools
    compacts: bool
    diagnostics: tuple[Diagnostic, ...]


def input_items(body: JsonObject) -> list[Any]:
    """`input` as a list of items. Raises `ClientError`."""
    match body.get("input"):
        case str() as text:
            return [{"type": "message", "role": "user", "content": text}] if text else []
        case list() as items:
            return items
        case None:
            return []
        case value:
            raise refused("input", "a string or a list of items", value)


def settle_responses(body: JsonObject) -> SettledResponses:
    """Raises `ClientError` that names the item or the tool at fault."""
    for key in _STORED:
        if body.get(key) is not None:
            raise ClientError(
                f"`{key}` is kept at OpenAI and cannot be read here: send the text itself.", param=key
            )
    tools = flatten_tools(body)
    settler = _Settler(tools)
    for index, item in enumerate(input_items(body)):
        settler.add(required_object(item, f"input[{index}]"), f"input[{index}]")
    if not settler.items and body.get("previous_response_id") is None:
        raise ClientError("`input` is missing; it must be a string or a list of items.", param="input")
    return SettledResponses(
        tuple(settler.items), tools, settler.compacts, (*tools.diagnostics, *settler.diagnostics)
    )


class _Settler:
    def __init__(self, tools: FlatTools) -> None:
        self.items: list[JsonObject] = []
        self.compacts = False
        self.diagnostics: list[Diagnostic] = []
        self._tools = tools

    def add(self, item: JsonObject, path: str) -> None:
        kind = item.get("type")
        if kind is None and ("role" in item or "content" in item):
            kind = "message"
        if not isinstance(kind, str):
            raise refused(f"{path}.type", "the name of an item type", kind)
        self.compacts = kind == COMPACTION_TRIGGER
        match kind:
            case "message":
                self.items.append(_settle_message(item, path))
            case "function_call" | "custom_tool_call":
                self.items.append(self._settle_call(item, path))
            case "function_call_output" | "custom_tool_call_output":
                self.items.append(_settle_output(item, path))
            case "reasoning":
                _THOUGHT(item, path)
                self.items.append(item)
            case _ if kind in _KEPT:
                self.items.append(item)
            case _ if kind in _CALL_TYPES or kind.removesuffix("_output") in _CALL_TYPES:
                self._add_built_in(kind, item, path)
            case _ if kind in _SERVER_ITEMS:
                self.diagnostics.append(Diagnostic(path, f"an item of type {kind} belongs to a tool at OpenAI"))
            case _ if kind not in (ADDITIONAL, COMPACTION_TRIGGER):
                raise ClientError(
                    f"`{path}.type` is {kind[:50]!r}, which this proxy cannot pass on.", param=f"{path}.type"
                )

    def _settle_call(self, item: JsonObject, path: str) -> JsonObject:
        name = required_text(item, "name", f"{path}.name")
        custom = item["type"] == "custom_tool_call"
        return {
            **_identified(item),
            "type": "function_call",
            "call_id": required_text(item, "call_id", f"{path}.call_id"),
            "name": self._tools.flat_name(name, item.get("namespace")),
            "arguments": _wrapped_input(item, path) if custom else _arguments(item, path),
        }

    def _add_built_in(self, kind: str, item: JsonObject, path: str) -> None:
        """The shell and patch tools that a vendor's model knows by itself."""
        call_id = item.get("call_id") or item.get("id")
        if not isinstance(call_id, str):
            raise refused(f"{path}.call_id", "a string", call_id)
        if kind not in _CALL_TYPES:
            self.items.append(_settle_output({**item, "call_id": call_id}, path))
            return
        name = _CALL_TYPES[kind]
        arguments = {key: item[key] for key in ("action", "operation") if key in item}
        call = {
            "type": "function_call",
            "call_id": call_id,
            "name": name,
            "arguments": dump_json(arguments).decode(),
        }
        self.items.append(call)


def _identified(item: JsonObject) -> JsonObject:
    """The id and the status, without what is none."""
    kept = {key: item[key] for key in ("id", "status") if isinstance(item.get(key), str)}
    if kept.get("status") not in _STATUSES:
        kept.pop("status", None)
    return kept


def _settle_message(item: JsonObject, path: str) -> JsonObject:
    role = item.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise refused(f"{path}.role", "one of user, assistant, system, developer")
    content = item.get("content")
    if isinstance(content, list):
        content = _settle_parts(content, role, f"{path}.content")
    elif content is None:
        content = ""
    elif not isinstance(content, str):
        raise refused(f"{path}.content", "a string or a list of parts", content)
    unchanged = content is item.get("content") and item.get("type") == "message"
    identified = _identified(item)
    if unchanged and len(identified) == ("id" in item) + ("status" in item):
        return item
    rest = {key: value for key, value in item.items() if key not in ("id", "status")}
    return {**rest, **identified, "type": "message", "content": content}


def _settle_parts(parts: list[Any], role: str, path: str) -> list[JsonObject]:
    """The parts with the text type of the role, which clients mix up; the same list where nothing changes."""
    wanted = "output_text" if role == "assistant" else "input_text"
    settled = [_settle_part(part, wanted, f"{path}[{index}]") for index, part in enumerate(parts)]
    return settled if any(new is not old for new, old in zip(settled, parts, strict=True)) else parts


def _settle_part(part: Any, wanted: str, path: str) -> JsonObject:
    if isinstance(part, str):
        return {"type": wanted, "text": part}
    settled = required_object(part, path)
    kind = settled.get("type")
    if not isinstance(kind, str):
        raise refused(f"{path}.type", "the name of a content type", kind)
    if kind not in _TEXT_PARTS:
        return _settle_other_part(settled, kind, path)
    said = required_text(settled, "text", f"{path}.text")
    return settled if kind == wanted else {"type": wanted, "text": said}


def _settle_other_part(part: JsonObject, kind: str, path: str) -> JsonObject:
    if kind not in _PARTS:
        raise ClientError(f"`{path}.type` is {kind[:50]!r}, which this proxy cannot pass on.", param=f"{path}.type")
    if isinstance(image := part.get("image_url"), dict):  # the chat wire's form
        part = {**part, "image_url": image.get("url")}
    _PARTS[kind](part, path)
    sources = _SOURCES.get(kind, ())
    if sources and all(part.get(key) is None for key in sources):
        raise refused(f"{path}.{sources[0]}", "a string")
    return part


def _settle_output(item: JsonObject, path: str) -> JsonObject:
    output = item.get("output")
    if isinstance(output, list):
        output = _settle_parts(output, "user", f"{path}.output")
    elif output is None:
        output = ""
    elif not isinstance(output, str):
        output = dump_json(output).decode()
    call_id = required_text(item, "call_id", f"{path}.call_id")
    return {**_identified(item), "type": "function_call_output", "call_id": call_id, "output": output}


def _arguments(item: JsonObject, path: str) -> str:
    """The arguments' text. Some clients send the object itself."""
    match item.get("arguments"):
        case None | "":
            return "{}"
        case str() as text:
            return text
        case dict() as value:
            return dump_json(value).decode()
        case value:
            raise refused(f"{path}.arguments", "a string of JSON", value)


def _wrapped_input(item: JsonObject, path: str) -> str:
    text = item.get("input") or ""
    if not isinstance(text, str):
        raise refused(f"{path}.input", "a string", text)
    return dump_json({"input": text}).decode()
