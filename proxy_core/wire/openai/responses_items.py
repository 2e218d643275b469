"""Items of the Responses API inside a chat body (Cursor's agent mode) as chat messages.

No state and no stored items: what an item only refers to is left out.
"""

from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.wire.openai.custom_tools import wrap_input

__all__ = ["messages_of_items"]


def messages_of_items(items: list[Any] | str, instructions: Any) -> list[Any]:
    """Chat messages of `input` and `instructions`. Calls that follow one another become one turn."""
    messages: list[Any] = []
    if isinstance(instructions, str) and instructions:
        messages.append({"role": "system", "content": instructions})
    if isinstance(items, str):
        return [*messages, {"role": "user", "content": items}]
    for item in items:
        match item:
            case {"type": "function_call" | "custom_tool_call"}:
                _add_call(messages, item)
            case {"type": "function_call_output" | "custom_tool_call_output"}:
                messages.append(
                    {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output") or ""}
                )
            case {"type": "reasoning" | "item_reference"}:
                continue
            case {"role": role, "content": content}:
                messages.append({"role": role, "content": content})
            case _:
                messages.append(item)
    return messages


def _add_call(messages: list[Any], item: JsonObject) -> None:
    arguments = item.get("arguments") or ""
    if item["type"] == "custom_tool_call" and isinstance(item.get("input"), str):
        arguments = wrap_input(item["input"])
    call = {
        "id": item.get("call_id"),
        "type": "function",
        "function": {"name": item.get("name"), "arguments": arguments},
    }
    last = messages[-1] if messages else None
    if isinstance(last, dict) and last.get("role") == "assistant":
        last["tool_calls"] = [*(last.get("tool_calls") or []), call]
    else:
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
