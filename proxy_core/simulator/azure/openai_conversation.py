"""A chat completions body as the simulated models see it. The body has been checked."""

from collections.abc import Iterable, Mapping
from typing import Any

from proxy_core.simulator.mind.conversation import Conversation, SeenTool, SeenToolResult
from proxy_core.simulator.mind.token_count import count_tokens

__all__ = ["last_turn", "read_chat", "seen_tools", "text_of"]

PICTURE = "x" * 4_000
CHOICES = {"none": "none", "auto": "auto", "required": "required", "any": "required"}


def read_chat(model: str, body: Mapping[str, Any], *, thinks: bool) -> Conversation:
    messages = body["messages"]
    turn = last_turn(messages)
    choice = body.get("tool_choice", "auto")
    forced = choice["function"]["name"] if isinstance(choice, dict) else None
    users = [message for message in messages if message["role"] == "user"]
    said = [message for message in turn if message["role"] == "user"] or users[-1:]
    stop = body.get("stop") or ()
    wanted = body.get("response_format") or {}
    return Conversation(
        model=model,
        system="\n\n".join(
            text_of(item["content"]) for item in messages if item["role"] in ("system", "developer")
        ),
        user_text="\n".join(text_of(message.get("content")) for message in said),
        turns=len(users),
        results=tuple(
            SeenToolResult(item["tool_call_id"], text_of(item["content"]))
            for item in turn
            if item["role"] == "tool"
        ),
        tools=tuple(seen_tools(body)),
        tool_choice="required" if forced else CHOICES.get(str(choice), "auto"),  # type: ignore[arg-type]
        forced_tool=forced,
        parallel=body.get("parallel_tool_calls") is not False,
        images=count_parts(said, "image_url"),
        documents=count_parts(said, "file"),
        schema=wanted.get("json_schema", {}).get("schema"),
        wants_json=wanted.get("type") in ("json_object", "json_schema"),
        wants_thinking=thinks,
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        input_tokens=count_tokens([countable(message) for message in messages], body.get("tools") or []),
    )


def last_turn(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What follows the last assistant message."""
    place = max((number for number, item in enumerate(messages) if item["role"] == "assistant"), default=-1)
    return messages[place + 1 :]


def text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content or () if part.get("type") == "text")


def seen_tools(body: Mapping[str, Any]) -> Iterable[SeenTool]:
    for tool in body.get("tools") or ():
        function = tool["function"]
        yield SeenTool(function["name"], function.get("description") or "", function.get("parameters") or {})


def count_parts(messages: Iterable[Mapping[str, Any]], kind: str) -> int:
    parts = [part for message in messages if isinstance(message["content"], list) for part in message["content"]]
    return sum(part.get("type") == kind for part in parts)


def countable(message: Mapping[str, Any]) -> Any:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    return {**message, "content": [part.get("text", PICTURE) for part in content]}
