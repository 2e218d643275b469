"""A checked Claude body to the conversation that the simulated model sees."""

from collections.abc import Mapping, Sequence
from typing import Any

from proxy_core.simulator.bedrock.option_rules import thinking_mode
from proxy_core.simulator.bedrock.turn_rules import Turn, blocks_of, merged_turns
from proxy_core.simulator.mind.conversation import Conversation, SeenTool, SeenToolResult

__all__ = ["decode_conversation"]

_INTERLEAVED = "interleaved-thinking-2025-05-14"
_SHELL_SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}


def decode_conversation(body: Mapping[str, Any], model: str, input_tokens: int) -> Conversation:
    turns = merged_turns(body["messages"])
    user_turns = [turn for turn in turns if turn.role == "user"]
    spoken = [turn for turn in user_turns if turn.all_of("text")] or user_turns
    choice = body.get("tool_choice", {"type": "auto"})
    results = _results(turns[-1])
    return Conversation(
        model,
        text_of(blocks_of(body.get("system", []))),
        text_of(spoken[-1].blocks),
        len(user_turns),
        results=results,
        tools=tuple(_seen_tool(tool) for tool in body.get("tools", [])),
        tool_choice={"any": "required", "tool": "required", "none": "none"}.get(choice["type"], "auto"),  # type: ignore[arg-type]
        forced_tool=choice.get("name"),
        parallel=not choice.get("disable_parallel_tool_use", False),
        images=len(user_turns[-1].all_of("image")),
        documents=len(user_turns[-1].all_of("document")),
        wants_thinking=_thinks(body, results),
        max_tokens=body["max_tokens"],
        stop=tuple(body.get("stop_sequences", ())),
        input_tokens=input_tokens,
    )


def _thinks(body: Mapping[str, Any], results: Sequence[SeenToolResult]) -> bool:
    """After tool results Claude thinks anew only when thinking is adaptive or interleaved."""
    mode = thinking_mode(body)
    if mode == "enabled" and results:
        return _INTERLEAVED in body.get("anthropic_beta", ())
    return mode != "disabled"


def text_of(blocks: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(block["text"] for block in blocks if block["type"] == "text")


def _results(turn: Turn) -> tuple[SeenToolResult, ...]:
    return tuple(_seen_result(block) for block in turn.all_of("tool_result"))


def _seen_result(block: Mapping[str, Any]) -> SeenToolResult:
    content = blocks_of(block.get("content", []))
    images = sum(inner["type"] == "image" for inner in content)
    return SeenToolResult(block["tool_use_id"], text_of(content), block.get("is_error", False), images)


def _seen_tool(tool: Mapping[str, Any]) -> SeenTool:
    return SeenTool(tool["name"], tool.get("description", ""), tool.get("input_schema", _SHELL_SCHEMA))
