"""A Responses body as the simulated models see it. The body has been checked."""

from collections.abc import Mapping, Sequence
from typing import Any

from proxy_core.simulator.mind.conversation import Conversation, SeenTool, SeenToolResult
from proxy_core.simulator.mind.token_count import count_tokens

__all__ = ["input_items", "read_responses"]

PICTURE = "x" * 4_000
SYSTEM = ("system", "developer")


def input_items(given: Any) -> list[dict[str, Any]]:
    """The input as a list of items."""
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return list(given or ())


def read_responses(
    model: str, body: Mapping[str, Any], items: Sequence[Mapping[str, Any]], *, thinks: bool
) -> Conversation:
    """`items` is the whole conversation, with what an earlier response holds."""
    turn = last_turn(items)
    users = [item for item in items if item.get("role") == "user"]
    said = [item for item in turn if item.get("role") == "user"] or users[-1:]
    outputs = [item for item in turn if item.get("type") == "function_call_output"]
    wanted = (body.get("text") or {}).get("format") or {}
    choice = body.get("tool_choice", "auto")
    system = [
        body.get("instructions") or "",
        *(text_of(item["content"]) for item in items if item.get("role") in SYSTEM),
    ]
    return Conversation(
        model=model,
        system="\n\n".join(text for text in system if text),
        user_text="\n".join(text_of(item["content"]) for item in said),
        turns=len(users),
        results=tuple(
            SeenToolResult(item["call_id"], text_of(item["output"]), images=count_parts([item], "input_image"))
            for item in outputs
        ),
        tools=tuple(
            SeenTool(tool["name"], tool.get("description") or "", tool.get("parameters") or {})
            for tool in body.get("tools") or ()
        ),
        tool_choice="required" if isinstance(choice, dict) else choice,
        forced_tool=choice["name"] if isinstance(choice, dict) else None,
        parallel=body.get("parallel_tool_calls") is not False,
        images=count_parts(said, "input_image"),
        documents=count_parts(said, "input_file"),
        schema=wanted.get("schema"),
        wants_json=wanted.get("type") in ("json_object", "json_schema"),
        wants_thinking=thinks,
        max_tokens=body.get("max_output_tokens"),
        input_tokens=count_tokens(
            body.get("instructions") or "", [countable(item) for item in items], body.get("tools") or []
        ),
    )


def last_turn(items: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """What follows the model's last item."""
    made = [
        number
        for number, item in enumerate(items)
        if item.get("role") == "assistant" or item.get("type") in ("function_call", "reasoning")
    ]
    return items[max(made, default=-1) + 1 :]


def text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(
        part.get("text", "") for part in content or () if part.get("type") in ("input_text", "output_text")
    )


def count_parts(items: Sequence[Mapping[str, Any]], kind: str) -> int:
    contents = [item.get("content", item.get("output")) for item in items]
    return sum(part.get("type") == kind for content in contents if isinstance(content, list) for part in content)


def countable(item: Mapping[str, Any]) -> Any:
    content = item.get("content")
    if not isinstance(content, list):
        return {key: value for key, value in item.items() if key != "encrypted_content"}
    return {**item, "content": [part.get("text", PICTURE) for part in content if isinstance(part, dict)]}
