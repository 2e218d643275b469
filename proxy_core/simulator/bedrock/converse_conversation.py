"""A checked Converse body to the conversation that the simulated model sees."""

import json
from collections.abc import Mapping
from typing import Any

from proxy_core.simulator.bedrock.converse_rules import claude_options, specs_of
from proxy_core.simulator.bedrock.models import BedrockModel, is_claude
from proxy_core.simulator.bedrock.option_rules import thinking_mode
from proxy_core.simulator.mind.conversation import Conversation, SeenTool, SeenToolResult

__all__ = ["decode_conversation"]

Block = Mapping[str, Any]


def decode_conversation(body: Mapping[str, Any], name: str, model: BedrockModel, input_tokens: int) -> Conversation:
    users = [message["content"] for message in body["messages"] if message["role"] == "user"]
    spoken = [content for content in users if _all_of(content, "text")] or users
    last = body["messages"][-1]["content"]
    config = body.get("inferenceConfig", {})
    choice = body.get("toolConfig", {}).get("toolChoice", {})
    return Conversation(
        name,
        "\n".join(block["text"] for block in body.get("system", []) if "text" in block),
        "\n".join(_all_of(spoken[-1], "text")),
        len(users),
        results=tuple(_result(result) for result in _all_of(last, "toolResult")),
        tools=tuple(_tool(spec) for spec in specs_of(body)),
        tool_choice="required" if "any" in choice or "tool" in choice else "auto",
        forced_tool=choice.get("tool", {}).get("name"),
        images=len(_all_of(users[-1], "image")),
        documents=len(_all_of(users[-1], "document")),
        wants_thinking=is_claude(name) and thinking_mode(claude_options(body, model)) != "disabled",
        max_tokens=config.get("maxTokens"),
        stop=tuple(config.get("stopSequences", ())),
        input_tokens=input_tokens,
    )


def _all_of(content: list[Block], kind: str) -> list[Any]:
    return [block[kind] for block in content if kind in block]


def _result(result: Mapping[str, Any]) -> SeenToolResult:
    texts = [*_all_of(result["content"], "text"), *map(json.dumps, _all_of(result["content"], "json"))]
    images = len(_all_of(result["content"], "image"))
    return SeenToolResult(result["toolUseId"], "\n".join(texts), result.get("status") == "error", images)


def _tool(spec: Mapping[str, Any]) -> SeenTool:
    return SeenTool(spec["name"], spec.get("description", ""), spec["inputSchema"]["json"])
