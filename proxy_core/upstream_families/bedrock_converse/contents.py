"""Neutral messages to Converse's `messages` and `system`, one method per part kind.

Converse wants turns that alternate and begin with the user, tool results at the head of the user turn after
the call, no blank text, and a text beside every document.
"""

import base64
from collections.abc import Iterable, Iterator
from typing import assert_never

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    Extras,
    FilePart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from proxy_core.upstream_families.base import FetchFile
from proxy_core.upstream_families.bedrock_converse.files import FileEncoder
from proxy_core.upstream_families.bedrock_names import build_call_id, build_tool_name
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import encode_arguments

__all__ = ["ContentEncoder", "cache_point"]

_EMPTY = "(no content)"
_CONTINUE = "Continue."
_ATTACHED = "See the attachment."
_CACHE = "anthropic.cache_control"


class ContentEncoder:
    """Encodes one conversation. `system` holds the blocks of the leading system messages afterwards."""

    def __init__(self, capabilities: Capabilities, fetch: FetchFile, notes: Notes, *, claude: bool) -> None:
        self._capabilities = capabilities
        self._files = FileEncoder(capabilities, fetch)
        self._notes = notes
        self._claude = claude
        self.system: list[JsonObject] = []
        self._turns: list[JsonObject] = []

    def encode(self, messages: Iterable[Message]) -> list[JsonObject]:
        """The turns. Raises `ClientError` for content that the model cannot take."""
        for index, message in enumerate(messages):
            blocks = list(self._blocks(message, f"messages[{index}]"))
            match message.role:
                case "system":
                    self._add_system(blocks)
                case "user":
                    self._add("user", blocks)
                case "assistant":
                    self._add("assistant", blocks)
                case role:
                    assert_never(role)
        return self._ended()

    def _blocks(self, message: Message, path: str) -> Iterator[JsonObject]:
        for index, part in enumerate(message.parts):
            yield from self._part(part, f"{path}.content[{index}]")
        yield from cache_point(message.extras, claude=self._claude)

    def _part(self, part: Part, path: str) -> Iterator[JsonObject]:
        match part:
            case TextPart():
                blocks = [] if part.text.isspace() or not part.text else [{"text": part.text}]
            case ReasoningPart():
                blocks = self._thought(part)
            case ToolCallPart():
                blocks = [_encode_call(part)]
            case FilePart():
                blocks = [self._files.encode(part, path)]
            case ToolResultPart():
                blocks = self._result(part, path)
            case _:
                assert_never(part)
        yield from blocks
        if blocks:
            yield from cache_point(part.extras, claude=self._claude)

    def _thought(self, part: ReasoningPart) -> list[JsonObject]:
        """Only Claude's own proofs go back, and only to Claude."""
        signature = part.signature
        if self._claude and part.redacted is not None:
            return [{"reasoningContent": {"redactedContent": _hidden(part.redacted)}}]
        if self._claude and signature is not None and signature.origin == "anthropic":
            return [{"reasoningContent": {"reasoningText": {"text": part.text, "signature": signature.value}}}]
        self._notes.dropped("messages[].reasoning", "the thought was not signed by a model of this kind")
        return []

    def _result(self, part: ToolResultPart, path: str) -> list[JsonObject]:
        """A result, and after it in the same turn the files that this model cannot read within one."""
        content: list[JsonObject] = []
        beside: list[JsonObject] = []
        for index, item in enumerate(part.content):
            if isinstance(item, FilePart):
                place = content if self._capabilities.images_in_tool_results else beside
                place.append(self._files.encode(item, f"{path}.content[{index}]"))
            elif item.text and not item.text.isspace():
                content.append({"text": item.text})
        result: JsonObject = {
            "toolUseId": build_call_id(part.call_id),
            "content": content or [{"text": _ATTACHED if beside else _EMPTY}],
        }
        if part.is_error:
            result["status"] = "error"
        heading = [{"text": f"Attachments from tool call {result['toolUseId']}:"}] if beside else []
        return [{"toolResult": result}, *heading, *beside]

    def _add_system(self, blocks: list[JsonObject]) -> None:
        """A later system message joins the user's words, so that the beginning stays in the cache."""
        if not self._turns:
            self.system += blocks
            return
        self._notes.changed("messages[].role", "a system message joined the user turn beside it")
        reminders = [
            {"text": f"<system-reminder>\n{block['text']}\n</system-reminder>"}
            for block in blocks
            if "text" in block
        ]
        self._add("user", reminders)

    def _add(self, role: str, blocks: list[JsonObject]) -> None:
        if not blocks:
            return
        if not self._turns and role == "assistant":
            self._turns.append({"role": "user", "content": [{"text": _EMPTY}]})
        if self._turns and self._turns[-1]["role"] == role:
            self._turns[-1]["content"] += blocks
        else:
            self._turns.append({"role": role, "content": blocks})

    def _ended(self) -> list[JsonObject]:
        turns = self._turns or [{"role": "user", "content": [{"text": _EMPTY}]}]
        for turn in turns:
            turn["content"] = _with_text_beside_documents(_results_first(turn["content"]))
        if turns[-1]["role"] == "user":
            return turns
        if self._capabilities.prefill:
            turns[-1]["content"] = _trimmed(turns[-1]["content"])
            return turns
        self._notes.changed("messages", "this model does not complete its own words: a user turn was added")
        return [*turns, {"role": "user", "content": [{"text": _CONTINUE}]}]


def cache_point(extras: Extras, *, claude: bool) -> Iterator[JsonObject]:
    """Claude's mark of what to cache, which stands behind the block on this wire."""
    mark = extras.get(_CACHE)
    if isinstance(mark, dict):
        point = {"type": "default"}
        if claude and mark.get("ttl") in ("5m", "1h"):
            point["ttl"] = mark["ttl"]
        yield {"cachePoint": point}


def _encode_call(part: ToolCallPart) -> JsonObject:
    call = {
        "toolUseId": build_call_id(part.id),
        "name": build_tool_name(part.name),
        "input": encode_arguments(part.arguments),
    }
    return {"toolUse": call}


def _hidden(text: str) -> str:
    return base64.b64encode(text.encode("latin-1", "replace")).decode()


def _results_first(blocks: list[JsonObject]) -> list[JsonObject]:
    return sorted(blocks, key=lambda block: "toolResult" not in block)


def _with_text_beside_documents(blocks: list[JsonObject]) -> list[JsonObject]:
    kinds = {kind for block in blocks for kind in block}
    return [*blocks, {"text": _ATTACHED}] if "document" in kinds and "text" not in kinds else blocks


def _trimmed(blocks: list[JsonObject]) -> list[JsonObject]:
    """Words to complete must not end with white space."""
    last = blocks[-1]
    return [*blocks[:-1], {"text": last["text"].rstrip()}] if "text" in last else blocks
