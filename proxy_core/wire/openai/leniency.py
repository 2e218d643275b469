"""Chat bodies as clients really write them, settled into the shapes of the chat completions wire.

Cursor sends Anthropic's or the Responses API's shapes of tools, parts and messages in chat bodies, and
routers mix them (https://forum.cursor.com/t/159298, https://docs.litellm.ai/docs/proxy/cursor). Only shapes
change here, never meaning; what is not recognised stays as it is, for the reader behind to judge.
Nothing of the given body is changed in place, and what needs no change stays the same object.
"""

from dataclasses import dataclass
from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.wire.billing_note import is_billing_note
from proxy_core.wire.openai.custom_tools import build_custom_function, custom_tool_names, wrap_custom_calls
from proxy_core.wire.openai.responses_items import messages_of_items

__all__ = ["Settled", "settle_body"]

_FOREIGN_PARTS = frozenset(
    {"image", "document", "tool_use", "tool_result", "input_text", "output_text", "input_image", "input_file"}
)
_CHOICE_WORDS = {"auto": "auto", "any": "required", "required": "required", "none": "none"}


@dataclass(frozen=True, slots=True)
class Settled:
    """Free-form tools have become functions with one text `input`: see `custom_tool_names`."""

    body: JsonObject
    diagnostics: tuple[Diagnostic, ...] = ()


def settle_body(body: JsonObject) -> Settled:
    """The body with tools, tool choice and messages in the wire's own shapes."""
    changes: JsonObject = {}
    notes: list[Diagnostic] = []
    if isinstance(tools := body.get("tools"), list):
        changes["tools"] = _settle_tools(tools, notes)
    if isinstance(choice := body.get("tool_choice"), dict):
        changes["tool_choice"] = _settle_choice(choice, changes.get("tools", []), notes)
    if messages := _settle_messages(body):
        changes["messages"] = messages
    left_behind: tuple[str, ...] = ("system", "input", "instructions") if "messages" in changes else ()
    if _is_responses_shaped(body):
        changes |= _settle_fields(body)
        left_behind += ("max_output_tokens", "text")
    kept = {key: value for key, value in body.items() if key not in left_behind}
    return Settled({**kept, **changes}, tuple(notes))


def _is_responses_shaped(body: JsonObject) -> bool:
    return body.get("messages") is None and isinstance(body.get("input"), list | str)


def _settle_fields(body: JsonObject) -> JsonObject:
    """The settings that a Responses body has under other names. Raises `ClientError`."""
    if body.get("previous_response_id") is not None:
        raise ClientError(
            "Chat completions keep no responses: send the conversation in `input`, or call `/v1/responses`.",
            param="previous_response_id",
        )
    changes: JsonObject = {}
    if body.get("max_output_tokens") is not None and body.get("max_completion_tokens") is None:
        changes["max_completion_tokens"] = body["max_output_tokens"]
    text = body.get("text")
    if isinstance(text, dict):
        if text.get("verbosity") is not None:
            changes["verbosity"] = text["verbosity"]
        if isinstance(text.get("format"), dict) and body.get("response_format") is None:
            changes["response_format"] = _settle_format(text["format"])
    return changes


def _settle_format(wanted: JsonObject) -> JsonObject:
    if wanted.get("type") != "json_schema" or "json_schema" in wanted:
        return wanted
    return {
        "type": "json_schema",
        "json_schema": {key: value for key, value in wanted.items() if key != "type"},
    }


def _settle_tools(tools: list[Any], notes: list[Diagnostic]) -> list[Any]:
    settled = []
    for index, tool in enumerate(tools):
        match tool:
            case {"type": "function", "function": _}:
                settled.append(tool)
            case {"name": str(), "input_schema": dict()}:
                settled.append(_function(tool, tool["input_schema"]))
            case {"type": "custom"}:
                settled.append({"type": "function", "function": build_custom_function(tool)})
            case {"type": "function", "name": _}:
                settled.append(_function(tool, tool.get("parameters")))
            case {"type": str() as kind} if kind != "function":
                notes.append(Diagnostic(f"tools[{index}]", f"a tool of type {kind} runs at another vendor"))
            case _:
                settled.append(tool)
    return settled


def _function(definition: JsonObject, parameters: Any) -> JsonObject:
    function: JsonObject = {"name": definition.get("name")}
    for key in ("description", "strict"):
        if definition.get(key) is not None:
            function[key] = definition[key]
    if parameters is not None:
        function["parameters"] = parameters
    tool: JsonObject = {"type": "function", "function": function}
    if "cache_control" in definition:
        tool["cache_control"] = definition["cache_control"]
    return tool


def _settle_choice(choice: JsonObject, tools: list[Any], notes: list[Diagnostic]) -> Any:
    match choice:
        case {"type": "function", "function": {"name": name}}:
            settled: Any = choice
        case {"type": "function" | "tool" | "custom", "name": name} | {"type": "custom", "custom": {"name": name}}:
            settled = {"type": "function", "function": {"name": name}}
        case {"type": str() as word} if word in _CHOICE_WORDS:
            return _CHOICE_WORDS[word]
        case {"type": "allowed_tools"}:
            return choice
        case {"type": str() as kind} if kind not in ("function", "tool", "custom"):
            notes.append(Diagnostic("tool_choice", f"there is no tool of type {kind}", Action.CHANGED))
            return "auto"
        case _:
            return choice
    functions = [tool.get("function") for tool in tools if isinstance(tool, dict)]
    names = [function.get("name") for function in functions if isinstance(function, dict)]
    if tools and name not in names:
        notes.append(Diagnostic("tool_choice", "it names a tool that was left out", Action.CHANGED))
        return "auto"
    return settled


def _settle_messages(body: JsonObject) -> list[Any] | None:
    """The messages where they need settling, else None."""
    messages = body.get("messages")
    changed = False
    if messages is None and isinstance(items := body.get("input"), list | str):
        messages, changed = messages_of_items(items, body.get("instructions")), True
    if not isinstance(messages, list):
        return None
    if isinstance(system := body.get("system"), list | str) and system:
        messages, changed = [{"role": "system", "content": system}, *messages], True
    settled: list[Any] = []
    for message in messages:
        if _is_plain_text(message):
            settled.append(message)
        elif _is_bare_note(message):
            changed = True
        elif _has_foreign_parts(message):
            settled += _settle_message(message)
            changed = True
        else:
            settled.append(message)
    if custom := custom_tool_names(body):
        wrapped = wrap_custom_calls(settled, custom)
        changed = changed or wrapped is not settled
        settled = wrapped
    return settled if changed else None


def _is_plain_text(message: Any) -> bool:
    """Told first, because most turns are."""
    return isinstance(message, dict) and isinstance(message.get("content"), str) and message.get("role") != "system"


def _is_bare_note(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "system" and is_billing_note(message.get("content"))


def _has_foreign_parts(message: Any) -> bool:
    content = message.get("content") if isinstance(message, dict) else None
    return isinstance(content, list) and any(map(_is_foreign_part, content))


def _is_foreign_part(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    kind = part.get("type")
    return (isinstance(kind, str) and kind in _FOREIGN_PARTS) or is_billing_note(part.get("text"))


def _settle_message(message: JsonObject) -> list[JsonObject]:
    """One message with foreign parts: its tool results as messages of their own, then the rest."""
    results: list[JsonObject] = []
    calls: list[Any] = []
    parts: list[Any] = []
    for part in message["content"]:
        match part:
            case {"type": "tool_use"}:
                calls.append(_tool_call(part))
            case {"type": "tool_result"}:
                results.append(_tool_message(part))
            case {"text": text} if message.get("role") == "system" and is_billing_note(text):
                continue
            case _:
                parts.append(_settle_part(part))
    rest = {**message, "content": parts or None}
    if calls:
        rest["tool_calls"] = [*(message.get("tool_calls") or []), *calls]
    return [*results, rest] if parts or calls else results


def _tool_call(part: JsonObject) -> JsonObject:
    arguments = dump_json(part.get("input") or {}).decode()
    return {
        "id": part.get("id"),
        "type": "function",
        "function": {"name": part.get("name"), "arguments": arguments},
    }


def _tool_message(part: JsonObject) -> JsonObject:
    content = part.get("content")
    if isinstance(content, list):
        content = [_settle_part(item) for item in content]
    message = {"role": "tool", "tool_call_id": part.get("tool_use_id"), "content": content or ""}
    if part.get("is_error"):
        message["is_error"] = True
    if "cache_control" in part:
        message["cache_control"] = part["cache_control"]
    return message


def _settle_part(part: Any) -> Any:
    match part:
        case {"type": "input_text" | "output_text", "text": text}:
            return {"type": "text", "text": text}
        case {"type": "input_image", "image_url": url}:
            return {"type": "image_url", "image_url": {"url": url}}
        case {"type": "input_file"}:
            keys = ("file_data", "file_id", "filename")
            return {"type": "file", "file": {key: part[key] for key in keys if key in part}}
        case {"type": "image", "source": dict() as source}:
            return {"type": "image_url", "image_url": {"url": _url_of(source)}, **_cache_control(part)}
        case {"type": "document", "source": {"type": "text", "data": text}}:
            return {"type": "text", "text": text, **_cache_control(part)}
        case {"type": "document", "source": dict() as source}:
            file = {"file_data": _url_of(source), "filename": part.get("title") or "document.pdf"}
            return {"type": "file", "file": file, **_cache_control(part)}
        case _:
            return part


def _url_of(source: JsonObject) -> Any:
    if "data" in source:
        return f"data:{source.get('media_type')};base64,{source['data']}"
    return source.get("url")


def _cache_control(part: JsonObject) -> JsonObject:
    return {"cache_control": part["cache_control"]} if "cache_control" in part else {}
