"""Settled items of a Responses client with the fields that Azure knows. An unchanged item stays the same object."""

from collections.abc import Mapping
from typing import Any

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames, fit_call_id
from proxy_core.wire.openai.files import guess_type
from proxy_core.wire.openai.responses_reasoning import (
    SUMMARY_OPENING,
    build_sealed_item,
    decode_reasoning_item,
    decode_summary,
    is_foreign_seal,
)
from proxy_core.wire.openai.responses_shapes import is_own_id

__all__ = ["adapt_items"]

_KEYS: Mapping[str, frozenset[str]] = {
    "message": frozenset({"type", "id", "role", "content", "status", "phase"}),
    "function_call": frozenset({"type", "id", "call_id", "name", "arguments", "status"}),
    "function_call_output": frozenset({"type", "id", "call_id", "output", "status"}),
    "reasoning": frozenset({"type", "id", "summary", "content", "encrypted_content", "status"}),
    "item_reference": frozenset({"type", "id"}),
    "compaction": frozenset({"type", "id", "encrypted_content"}),
}
_ID_STARTS = {"message": "msg", "function_call": "fc", "function_call_output": "fc"}
"""Azure refuses an id with another beginning."""
_PART_KEYS: Mapping[str, frozenset[str]] = {
    "input_text": frozenset({"type", "text"}),
    "output_text": frozenset({"type", "text", "annotations", "logprobs"}),
    "refusal": frozenset({"type", "refusal"}),
    "input_image": frozenset({"type", "image_url", "file_id", "detail"}),
    "input_file": frozenset({"type", "file_data", "file_id", "file_url", "filename"}),
}


def adapt_items(
    items: tuple[JsonObject, ...], names: ToolNames, capabilities: Capabilities, notes: list[Diagnostic]
) -> list[JsonObject]:
    adapted = []
    for index, item in enumerate(items):
        fitted = _adapt_item(item, names, capabilities)
        if fitted is None:
            notes.append(Diagnostic(f"input[{index}]", "the thought cannot be read by this model"))
        else:
            adapted.append(fitted)
    return adapted


def _adapt_item(item: JsonObject, names: ToolNames, capabilities: Capabilities) -> JsonObject | None:
    match item["type"]:
        case "reasoning":
            return _adapt_thought(item, capabilities)
        case "compaction" if (summary := decode_summary(item)) is not None:
            return {"type": "message", "role": "user", "content": SUMMARY_OPENING + summary}
        case "message":
            return _with_known_keys(item, _adapt_content(item, "content"))
        case "function_call":
            return _with_known_keys(
                item, {"name": names.fit(item["name"]), "call_id": fit_call_id(item["call_id"])}
            )
        case "function_call_output":
            return _with_known_keys(
                item, {**_adapt_content(item, "output"), "call_id": fit_call_id(item["call_id"])}
            )
        case _:
            return _with_known_keys(item, {})


def _adapt_thought(item: JsonObject, capabilities: Capabilities) -> JsonObject | None:
    """None for a thought of another vendor, for one that nobody keeps, and for a model that does not reason."""
    if not capabilities.efforts:
        return None
    if is_foreign_seal(item):
        thought = decode_reasoning_item(item)
        return build_sealed_item(thought) if thought else None
    if not item.get("encrypted_content") and (not isinstance(item.get("id"), str) or is_own_id(item["id"])):
        return None
    kept = {key: value for key, value in item.items() if key in _KEYS["reasoning"] and value is not None}
    return {"summary": [], **kept}


def _with_known_keys(item: JsonObject, changes: JsonObject) -> JsonObject:
    keys = _KEYS[item["type"]]
    changed = any(item.get(key) is not value for key, value in changes.items())
    if not changed and item.keys() <= keys and _has_good_id(item):
        return item
    kept = {key: value for key, value in {**item, **changes}.items() if key in keys and value is not None}
    if not _has_good_id(item):
        kept.pop("id", None)
    return kept


def _has_good_id(item: JsonObject) -> bool:
    identity = item.get("id")
    start = _ID_STARTS.get(item["type"])
    if identity is None or start is None:
        return "id" not in item or identity is not None
    return isinstance(identity, str) and identity.startswith(start) and not is_own_id(identity)


def _adapt_content(item: JsonObject, key: str) -> JsonObject:
    content = item[key]
    if not isinstance(content, list):
        return {}
    adapted = [_adapt_part(part) for part in content]
    if all(new is old for new, old in zip(adapted, content, strict=True)):
        return {}
    return {key: adapted}


def _adapt_part(part: Any) -> Any:
    keys = _PART_KEYS.get(part["type"])
    if isinstance(part.get("file_data"), str):
        part = _with_file_name(part)
    if keys is None or (part.keys() <= keys and None not in part.values()):
        return part
    return {key: value for key, value in part.items() if key in keys and value is not None}


def _with_file_name(part: JsonObject) -> JsonObject:
    """Azure wants a data URL and a name; other services do with less."""
    data = part["file_data"]
    if not data.startswith("data:"):
        part = {**part, "file_data": f"data:{guess_type(part.get('filename'))};base64,{data}"}
    if part.get("filename"):
        return part
    return {**part, "filename": "file.txt" if data.startswith("data:text/") else "file.pdf"}
