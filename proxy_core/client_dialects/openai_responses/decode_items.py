"""Settled Responses items to neutral messages.

What one side says in a row becomes one turn: a model's thought, words and calls belong together, and so do tool
results and the user's words after them.
"""

from dataclasses import replace
from typing import Any

from proxy_core.client_dialects.openai_responses.decode_parts import decode_content
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import (
    Message,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from proxy_core.wire.openai.responses_reasoning import SUMMARY_OPENING, decode_reasoning_item, decode_summary

__all__ = ["ItemDecoder"]

_ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


class ItemDecoder:
    """Decodes one conversation; remembers which call has which name."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._messages: list[Message] = []
        self._names: dict[str, str] = {}

    def decode(self, instructions: str, items: tuple[JsonObject, ...]) -> tuple[Message, ...]:
        """Raises `ClientError` with a path such as `input[2].content[0].image_url`."""
        if instructions:
            self._messages.append(Message("system", (TextPart(instructions),)))
        for index, item in enumerate(items):
            self._add(item, f"input[{index}]")
        return tuple(self._messages)

    def _add(self, item: JsonObject, path: str) -> None:
        match item["type"]:
            case "message":
                self._add_message(item, path)
            case "reasoning":
                self._add_thought(item, path)
            case "function_call":
                self._add_call(item)
            case "function_call_output":
                self._add_result(item, path)
            case "compaction":
                self._add_summary(item, path)
            case "item_reference":
                raise ClientError(f"`{path}` refers to an item that is not kept here: send the item.", param=path)

    def _add_message(self, item: JsonObject, path: str) -> None:
        parts = decode_content(item["content"], f"{path}.content")
        role = _ROLES[item["role"]]
        if role == "assistant":
            self._add_to_answer(*parts)
        elif parts:
            self._add_turn(role, parts)

    def _add_turn(self, role: Role, parts: tuple[Part, ...]) -> None:
        last = self._messages[-1] if self._messages else None
        if role == "user" and last and last.role == "user" and _only_results(last):
            self._messages[-1] = replace(last, parts=(*last.parts, *parts))
        else:
            self._messages.append(Message(role, parts))

    def _add_to_answer(self, *parts: Part) -> None:
        last = self._messages[-1] if self._messages else None
        if last and last.role == "assistant":
            self._messages[-1] = replace(last, parts=(*last.parts, *parts))
        elif parts:
            self._messages.append(Message("assistant", parts))

    def _add_thought(self, item: JsonObject, path: str) -> None:
        thought = decode_reasoning_item(item)
        if thought is None:
            self.diagnostics.append(Diagnostic(path, "the thought cannot be read by any other model"))
        else:
            self._add_to_answer(thought)

    def _add_call(self, item: JsonObject) -> None:
        self._names[item["call_id"]] = item["name"]
        call = ToolCallPart(item["call_id"], item["name"], item["arguments"])
        last = self._messages[-1] if self._messages else None
        if last and last.role == "assistant" and last.parts and _is_carrier(last.parts[-1]):
            call = replace(call, signature=getattr(last.parts[-1], "signature", None))
            self._messages[-1] = replace(last, parts=(*last.parts[:-1], call))
        else:
            self._add_to_answer(call)

    def _add_result(self, item: JsonObject, path: str) -> None:
        content = decode_content(item["output"], f"{path}.output")
        self._add_turn("user", (ToolResultPart(item["call_id"], content, name=self._names.get(item["call_id"])),))

    def _add_summary(self, item: JsonObject, path: str) -> None:
        summary = decode_summary(item)
        if summary is None:
            raise ClientError(
                f"`{path}` is a folded conversation that only the model that folded it can read: go on with that "
                "model, or send the conversation.",
                param=path,
            )
        self._add_turn("user", (TextPart(SUMMARY_OPENING + summary),))


def _only_results(message: Message) -> bool:
    return all(isinstance(part, ToolResultPart) for part in message.parts)


def _is_carrier(part: Any) -> bool:
    """An empty thought with Gemini's proof belongs to the call that follows: see the encoders."""
    return (
        isinstance(part, ReasoningPart)
        and not part.text
        and part.signature is not None
        and part.signature.origin == "gemini"
    )
