"""Content blocks as Claude on Bedrock takes them, one method per block type that needs a change.

A block that needs none is returned as the same object, and so is a list of such blocks.
"""

from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.anthropic_bedrock.media import adapt_document, adapt_image
from proxy_core.upstream_families.base import FetchFile
from proxy_core.upstream_families.bedrock_names import build_call_id
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import BLOCK_FIELDS, expect_list, expect_object, expect_text, unwrap_signature

__all__ = ["BlockAdapter", "adapt_cache_control"]

_CACHE_FIELDS = frozenset({"type", "ttl"})


class BlockAdapter:
    """Adapts the blocks of one request."""

    def __init__(self, fetch: FetchFile, notes: Notes, *, keep_thoughts: bool) -> None:
        self._fetch = fetch
        self._notes = notes
        self._keep_thoughts = keep_thoughts

    def adapt(self, blocks: list[Any], path: str) -> list[Any]:
        """The list itself, or a copy without what is refused. Raises `ClientError` for what is misshapen."""
        adapted: list[Any] | None = None
        for index, block in enumerate(blocks):
            new = self._adapt(block, path, index)
            if adapted is None:
                if new is block:
                    continue
                adapted = blocks[:index]
            if new is not None:
                adapted.append(new)
        return blocks if adapted is None else adapted

    def _adapt(self, block: Any, path: str, index: int) -> JsonObject | None:
        if not isinstance(block, dict):
            expect_object(block, f"{path}[{index}]")
        new = self._by_type(block, path, index)
        if new is None:
            return None
        known = BLOCK_FIELDS.get(new["type"]) if isinstance(new.get("type"), str) else None
        if known is not None and not new.keys() <= known:
            new = self._without_extra_fields(new, known)
        return adapt_cache_control(new, self._notes) if "cache_control" in new else new

    def _by_type(self, block: JsonObject, path: str, index: int) -> JsonObject | None:
        match block.get("type"):
            case "text":
                return self._text(block, path, index)
            case "tool_use":
                return _with_valid_id(block, "id")
            case "tool_result":
                return self._tool_result(_with_valid_id(block, "tool_use_id"), f"{path}[{index}]")
            case "thinking":
                return self._thinking(block)
            case "redacted_thinking":
                return self._redacted_thinking(block)
            case "image":
                return adapt_image(block, f"{path}[{index}]", self._fetch, self._notes)
            case "document":
                return self._document(block, f"{path}[{index}]")
            case "tool_reference":
                self._notes.changed("tool_reference", "it became text")
                return {"type": "text", "text": f"Tool: {block.get('tool_name')}"}
            case _:
                return block

    def _text(self, block: JsonObject, path: str, index: int) -> JsonObject | None:
        """Blank texts are refused: `text content blocks must contain non-whitespace text`."""
        text = expect_text(block.get("text"), f"{path}[{index}].text")
        return None if not text or text.isspace() else block

    def _tool_result(self, block: JsonObject, path: str) -> JsonObject:
        content = block.get("content")
        if isinstance(content, list):
            adapted: Any = self.adapt(content, f"{path}.content")
        elif content is None or isinstance(content, str):
            adapted = content if content and not content.isspace() else None
        else:
            raise ClientError(
                f"{path}.content: expected a string or a list of content blocks.", param=f"{path}.content"
            )
        if adapted is content:
            return block
        changed = {**block, "content": adapted}
        if not adapted:
            del changed["content"]
        return changed

    def _thinking(self, block: JsonObject) -> JsonObject | None:
        """Claude takes only thoughts with its own proof: ``Invalid `signature` in `thinking` block``."""
        signature = block.get("signature")
        proof = unwrap_signature(signature) if isinstance(signature, str) else None
        if not self._keep_thoughts or proof is None or proof.origin != "anthropic":
            self._note_thought()
            return None
        return block

    def _redacted_thinking(self, block: JsonObject) -> JsonObject | None:
        if self._keep_thoughts:
            return block
        self._note_thought()
        return None

    def _note_thought(self) -> None:
        self._notes.dropped("messages[].content[].thinking", "the thought was not signed by a model of this kind")

    def _document(self, block: JsonObject, path: str) -> JsonObject:
        adapted = adapt_document(block, path, self._fetch)
        source = adapted.get("source")
        if not isinstance(source, dict) or not isinstance(source.get("content"), list):
            return adapted
        content = self.adapt(expect_list(source["content"], f"{path}.source.content"), f"{path}.source.content")
        return adapted if content is source["content"] else {**adapted, "source": {**source, "content": content}}

    def _without_extra_fields(self, block: JsonObject, known: frozenset[str]) -> JsonObject:
        for key in block.keys() - known:
            self._notes.dropped(f"{block['type']}.{key}", "Bedrock does not know this field")
        return {key: value for key, value in block.items() if key in known}


def _with_valid_id(block: JsonObject, key: str) -> JsonObject:
    """The conversation may hold calls of another vendor's model, whose ids Claude refuses."""
    call_id = block.get(key)
    if not isinstance(call_id, str) or (valid := build_call_id(call_id)) == call_id:
        return block
    return {**block, key: valid}


def adapt_cache_control(holder: JsonObject, notes: Notes) -> JsonObject:
    """A block or tool whose cache mark holds only what Bedrock takes: `type` and `ttl`, no `scope`."""
    control = holder["cache_control"]
    if isinstance(control, dict) and control.keys() <= _CACHE_FIELDS:
        return holder
    if isinstance(control, dict):
        for key in control.keys() - _CACHE_FIELDS:
            notes.dropped(f"cache_control.{key}", "Bedrock does not know this field")
        return {**holder, "cache_control": {key: control[key] for key in control if key in _CACHE_FIELDS}}
    return {key: value for key, value in holder.items() if key != "cache_control"}
