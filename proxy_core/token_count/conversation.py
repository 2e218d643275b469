"""Tokens of a whole request: texts, tools, files, and what each model writes around them.

Sources: https://docs.claude.com/en/docs/build-with-claude/token-counting (its own examples are tests here), and
https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview for the prompt that comes with tools.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from proxy_core.json_text import dump_json
from proxy_core.model_names import parse_model_name
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolDefinition,
    ToolResultPart,
)
from proxy_core.token_count.media import estimate_document, estimate_image
from proxy_core.token_count.texts import estimate_text

__all__ = ["estimate_tokens"]

_FACTORS = {"claude": 1.15}
"""Tokens of a family for one of cl100k: Claude's own count is 10 to 20 % higher, the others lie close by."""
_BASE = 5
_MESSAGE = {"system": 0, "user": 2, "assistant": 2}
_TOOL = 6
_TOOL_CALL = 9
_TOOL_RESULT = 8
_TOOL_PROMPTS = {"auto": 346, "none": 346, "required": 313, "one": 313}
"""Claude's instructions for tools, by the mode of the choice."""
_OTHER_TOOL_PROMPT = 12
_TYPED_TOOLS: Mapping[str, int] = {"bash": 245, "text_editor": 700, "memory": 700, "computer": 1230}
"""What Claude brings along for a tool that it knows by its type; that of `memory` is a guess, `computer` has
instructions of its own. Source: the pages of
https://platform.claude.com/docs/en/agents-and-tools/tool-use"""
_AUDIO = 500
_HIDDEN_TEXT = 5
"""Characters of an encrypted thought for one token."""


def estimate_tokens(request: ChatRequest, model: str, typed_tools: Sequence[str] = ()) -> int:
    """The input tokens of a request to `model`, by SAP's or the client's name. Never fails, asks nobody.

    `typed_tools` are the types (`bash_20250124`) of the tools that only Claude knows and the request does not hold.
    """
    claude = parse_model_name(model).family == "claude"
    texts: list[str] = []
    flat = _BASE + sum(_tool_cost(tool, texts) for tool in request.tools)
    if claude:
        flat += sum(_TYPED_TOOLS.get(typed.rpartition("_")[0], 0) for typed in typed_tools)
    if request.tools or (claude and typed_tools):
        mode = request.tool_choice.mode if request.tool_choice else "auto"
        flat += _TOOL_PROMPTS[mode] if claude else _OTHER_TOOL_PROMPT
    if request.response_format and request.response_format.schema:
        texts.append(dump_json(request.response_format.schema).decode())
    question = _last_question(request.messages)
    for index, message in enumerate(request.messages):
        flat += _MESSAGE[message.role] + _parts_cost(message.parts, texts, thoughts_count=index > question)
    factor = _FACTORS["claude"] if claude else 1.0
    return math.ceil(flat + factor * estimate_text("\n".join(texts)))


def _last_question(messages: Sequence[Message]) -> int:
    """The user message that is no tool result: thoughts before it do not count, the model gets no sight of them."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "user" and not any(isinstance(part, ToolResultPart) for part in message.parts):
            return index
    return -1


def _tool_cost(tool: ToolDefinition, texts: list[str]) -> int:
    texts += (tool.name, tool.description, dump_json(tool.parameters).decode())
    return _TOOL


def _parts_cost(parts: Iterable[Part], texts: list[str], *, thoughts_count: bool) -> int:
    """Collects the texts; returns the tokens that do not hang on them."""
    return sum(_part_cost(part, texts, thoughts_count) for part in parts)


def _part_cost(part: Part, texts: list[str], thoughts_count: bool) -> int:
    match part:
        case TextPart():
            texts.append(part.text)
            return 0
        case ReasoningPart():
            return _thought_cost(part, texts) if thoughts_count else 0
        case ToolCallPart():
            texts += (part.name, part.arguments)
            return _TOOL_CALL
        case ToolResultPart():
            return _TOOL_RESULT + _parts_cost(part.content, texts, thoughts_count=thoughts_count)
        case FilePart():
            return _file_cost(part)
        case _:
            assert_never(part)


def _thought_cost(part: ReasoningPart, texts: list[str]) -> int:
    texts.append(part.text)
    return len(part.redacted) // _HIDDEN_TEXT if part.redacted else 0


def _file_cost(part: FilePart) -> int:
    match part.kind:
        case "image":
            return estimate_image(part.data)
        case "document":
            return estimate_document(part.data)
        case "audio":
            return _AUDIO
        case _:
            assert_never(part.kind)
