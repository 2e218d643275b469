"""A checked Cohere body to the conversation that the simulated model sees."""

from collections.abc import Mapping
from typing import Any

from proxy_core.simulator.azure.openai_conversation import last_turn, seen_tools, text_of
from proxy_core.simulator.mind.conversation import Conversation, SeenToolResult
from proxy_core.simulator.mind.token_count import count_tokens

__all__ = ["decode_conversation"]


def decode_conversation(model: str, body: Mapping[str, Any]) -> Conversation:
    messages = body["messages"]
    turn = last_turn(messages)
    users = [message for message in messages if message["role"] == "user"]
    said = [message for message in turn if message["role"] == "user"] or users[-1:]
    wanted = body.get("response_format", {})
    choices = {"REQUIRED": "required", "NONE": "none"}
    return Conversation(
        model,
        "\n\n".join(text_of(message["content"]) for message in messages if message["role"] == "system"),
        "\n".join(text_of(message["content"]) for message in said),
        len(users),
        results=tuple(
            SeenToolResult(message["tool_call_id"], result_text(message["content"]))
            for message in turn
            if message["role"] == "tool"
        ),
        tools=tuple(seen_tools(body)),
        tool_choice=choices.get(body.get("tool_choice", ""), "auto"),  # type: ignore[arg-type]
        schema=wanted.get("json_schema"),
        wants_json=wanted.get("type") == "json_object",
        wants_thinking=body.get("thinking", {"type": "enabled"})["type"] == "enabled",
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences", ())),
        input_tokens=count_tokens(list(messages), body.get("tools", [])),
    )


def result_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(
        item["text"] if item["type"] == "text" else str(item["document"].get("data", "")) for item in content
    )
