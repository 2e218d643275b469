"""A conversation as the simulated models see it, and what they decide to answer.

The families parse their own wire into a `Conversation`, ask `brain.plan` for a `Plan`, and write that
plan in their wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Conversation", "Plan", "PlannedCall", "SeenTool", "SeenToolResult"]


@dataclass(frozen=True, slots=True)
class SeenTool:
    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SeenToolResult:
    call_id: str
    text: str
    is_error: bool = False
    images: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """`user_text` is the last user turn's text, `results` the tool results of the last turn (empty when the
    user spoke last). `turns` counts user turns."""

    model: str
    system: str
    user_text: str
    turns: int
    results: tuple[SeenToolResult, ...] = ()
    tools: tuple[SeenTool, ...] = ()
    tool_choice: Literal["auto", "none", "required"] = "auto"
    forced_tool: str | None = None
    parallel: bool = True
    images: int = 0
    documents: int = 0
    schema: Mapping[str, Any] | None = None
    wants_json: bool = False
    wants_thinking: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    input_tokens: int = 0


@dataclass(frozen=True, slots=True)
class PlannedCall:
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the model answers: thoughts, then text, then tool calls. `pieces` of text are what a stream sends.
    `finish` is neutral; families translate it. Token counts are consistent with the texts."""

    thinking: tuple[str, ...]
    text: tuple[str, ...]
    calls: tuple[PlannedCall, ...]
    finish: Literal["stop", "stop_sequence", "length", "tool", "filtered", "refusal"]
    stop_sequence: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cached_tokens: int = 0
    redacted_thinking: bool = False
    extras: Mapping[str, Any] = field(default_factory=dict)
