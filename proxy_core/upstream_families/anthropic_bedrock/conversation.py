"""The list of messages as Claude on Bedrock takes it: roles user and assistant only, in turns, tool results
first, no blank text, the user last.

One pass. A message that needs no change is the same object in the result.
"""

from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.anthropic_bedrock.blocks import BlockAdapter
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import expect_object, expect_text

__all__ = ["ConversationAdapter"]

_MESSAGE_FIELDS = frozenset({"role", "content"})
_EMPTY = "(no content)"
_CONTINUE = "Continue."


class ConversationAdapter:
    """Adapts one conversation.

    A system message before all others belongs to the top-level `system` (`leading_system`). A later one
    joins the neighbouring user turn, the one before it if there is one, so that the same history always
    gives the same bytes and stays in the cache.
    """

    def __init__(self, blocks: BlockAdapter, notes: Notes) -> None:
        self.leading_system: list[JsonObject] = []
        self._blocks = blocks
        self._notes = notes
        self._turns: list[JsonObject] = []
        self._waiting: list[JsonObject] = []

    def adapt(self, messages: list[Any]) -> list[JsonObject]:
        """The turns; `ended` makes them fit to be sent. Raises `ClientError` for what is misshapen."""
        for index, item in enumerate(messages):
            path = f"messages[{index}]"
            message = item if isinstance(item, dict) else expect_object(item, path)
            match message.get("role"):
                case "user" | "assistant" as role:
                    self._add(role, self._adapt_message(message, path))
                case "system":
                    self._fold(message.get("content"), f"{path}.content")
                case other:
                    raise ClientError(
                        f"{path}.role: expected 'user', 'assistant' or 'system', got {other!r}.",
                        param=f"{path}.role",
                    )
        if self._waiting:
            self._add("user", None)
        return self._turns

    def ended(self, turns: list[JsonObject], *, prefill: bool) -> list[JsonObject]:
        """The turns with a user at both ends; at the end an assistant may stay where the model completes
        its own words (prefill)."""
        if not turns or turns[0]["role"] != "user":
            turns = [{"role": "user", "content": _EMPTY}, *turns]
        if turns[-1]["role"] == "user":
            return turns
        if prefill:
            return [*turns[:-1], _trimmed(turns[-1])]
        self._notes.changed("messages", "this model does not complete its own words: a user turn was added")
        return [*turns, {"role": "user", "content": _CONTINUE}]

    def _adapt_message(self, message: JsonObject, path: str) -> JsonObject | None:
        """The message, a changed copy, or None when nothing is left of it."""
        content = message.get("content")
        if isinstance(content, list):
            adapted: Any = self._blocks.adapt(content, f"{path}.content")
        elif isinstance(content, str):
            adapted = "" if content.isspace() else content
        else:
            raise ClientError(
                f"{path}.content: expected a string or a list of content blocks.", param=f"{path}.content"
            )
        if not adapted:
            return None
        if adapted is content and message.keys() == _MESSAGE_FIELDS:
            return message
        return {"role": message["role"], "content": adapted}

    def _add(self, role: str, message: JsonObject | None) -> None:
        if role == "assistant" and message is not None and self._waiting:
            self._add("user", None)
        if role == "user" and self._waiting:
            message = {"role": "user", "content": _results_first([*self._waiting, *_blocks_of(message)])}
            self._waiting = []
        if message is None:
            return
        if self._turns and self._turns[-1]["role"] == role:
            message = {"role": role, "content": [*_blocks_of(self._turns.pop()), *_blocks_of(message)]}
        if role == "user" and isinstance(message["content"], list):
            ordered = _results_first(message["content"])
            message = message if ordered is message["content"] else {**message, "content": ordered}
        self._turns.append(message)

    def _fold(self, content: Any, path: str) -> None:
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if not isinstance(blocks, list):
            raise ClientError(f"{path}: expected a string or a list of text blocks.", param=path)
        blocks = self._blocks.adapt(blocks, path)
        if not self._turns:
            self.leading_system += blocks
            return
        self._notes.changed("messages[].role", "a system message joined the user turn beside it")
        self._waiting += [_reminder(block, path) for block in blocks]
        if self._turns[-1]["role"] == "user":
            last = self._turns.pop()
            self._turns.append({"role": "user", "content": [*_blocks_of(last), *self._waiting]})
            self._waiting = []


def _reminder(block: JsonObject, path: str) -> JsonObject:
    text = expect_text(block.get("text"), path)
    return {**block, "text": f"<system-reminder>\n{text}\n</system-reminder>"}


def _blocks_of(message: JsonObject | None) -> list[Any]:
    if message is None:
        return []
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _results_first(blocks: list[Any]) -> list[Any]:
    """Tool results must stand before other content; the list itself when they do."""
    seen_other = False
    for block in blocks:
        if block.get("type") != "tool_result":
            seen_other = True
        elif seen_other:
            return sorted(blocks, key=_is_other)
    return blocks


def _is_other(block: JsonObject) -> bool:
    return bool(block.get("type") != "tool_result")


def _trimmed(message: JsonObject) -> JsonObject:
    """The assistant's words to complete must not end with white space."""
    content = message["content"]
    if isinstance(content, str):
        return {**message, "content": content.rstrip()}
    last = content[-1]
    if last.get("type") != "text":
        return message
    return {**message, "content": [*content[:-1], {**last, "text": last["text"].rstrip()}]}
