"""Rules of Claude on Bedrock about the messages: order, pairing, blank text, thinking and its signatures.

The texts are the real service's; each rule raises `RefusalError`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.simulator.bedrock.models import BedrockModel
from proxy_core.simulator.bedrock.option_rules import thinking_mode
from proxy_core.simulator.signatures import thinking_is_genuine, unredact
from proxy_core.simulator.validation.image_kind import decode_base64, image_type_of
from proxy_core.simulator.validation.shapes import RefusalError

__all__ = ["Turn", "check_turns", "merged_turns"]

Block = Mapping[str, Any]
_MAX_IMAGE = 5_242_880
_MAX_CACHE_MARKS = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """Neighbouring messages of one role; `index` is the last one's place in `messages`."""

    index: int
    role: str
    blocks: tuple[Block, ...]

    def all_of(self, kind: str) -> list[Block]:
        return [block for block in self.blocks if block["type"] == kind]


def blocks_of(content: Any) -> list[Block]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def merged_turns(messages: list[Mapping[str, Any]]) -> list[Turn]:
    """The service joins neighbours of one role before it looks at them."""
    turns: list[Turn] = []
    for index, message in enumerate(messages):
        blocks = tuple(blocks_of(message["content"]))
        if turns and turns[-1].role == message["role"]:
            blocks = turns.pop().blocks + blocks
        turns.append(Turn(index, message["role"], blocks))
    return turns


def check_turns(body: Mapping[str, Any], model: BedrockModel) -> None:
    messages = body["messages"]
    if not messages:
        raise RefusalError("messages: at least one message is required")
    if messages[0]["role"] != "user":
        raise RefusalError('messages: first message must use the "user" role')
    _check_content(messages)
    _check_cache_marks(body)
    turns = merged_turns(messages)
    _check_pairs(turns)
    _check_thinking_blocks(messages)
    _check_prefill(body, turns[-1], model)
    if thinking_mode(body) == "enabled":
        _check_thinking_first(turns)


def _check_content(messages: list[Mapping[str, Any]]) -> None:
    for index, message in enumerate(messages):
        is_prefill = index == len(messages) - 1 and message["role"] == "assistant"
        if not message["content"] and not is_prefill:
            raise RefusalError(
                f"messages.{index}: all messages must have non-empty content except for the optional final "
                "assistant message"
            )
        for place, block in enumerate(blocks_of(message["content"])):
            _check_block(f"messages.{index}.content.{place}", message["role"], block)


def _check_block(path: str, role: str, block: Block) -> None:
    match block["type"]:
        case "text":
            check_text("messages", block["text"])
        case "image":
            _check_image(f"{path}.image.source.base64", block["source"])
        case "document" if block["source"]["type"] == "base64":
            _check_pdf(f"{path}.document.source.base64", block["source"])
        case "tool_result":
            _check_side(path, role, "user", block)
            for place, inner in enumerate(blocks_of(block.get("content", []) or [])):
                _check_block(f"{path}.tool_result.content.{place}", role, inner)
        case "tool_use" | "thinking" | "redacted_thinking":
            _check_side(path, role, "assistant", block)


def _check_side(path: str, role: str, wanted: str, block: Block) -> None:
    if role != wanted:
        message = path.rpartition(".content.")[0]
        raise RefusalError(f"{message}: `{block['type']}` blocks can only be in `{wanted}` messages")


def check_text(where: str, text: str) -> None:
    if not text:
        raise RefusalError(f"{where}: text content blocks must be non-empty")
    if not text.strip():
        raise RefusalError(f"{where}: text content blocks must contain non-whitespace text")


def _check_image(path: str, source: Mapping[str, Any]) -> None:
    data = decode_base64(source["data"])
    if data is None:
        raise RefusalError(f"{path}.data: Invalid base64 data")
    if len(data) > _MAX_IMAGE:
        raise RefusalError(f"{path}: image exceeds 5 MB maximum: {len(data)} bytes > {_MAX_IMAGE} bytes")
    real, said = image_type_of(data), source["media_type"]
    if real is None:
        raise RefusalError("Could not process image")
    if real != said:
        raise RefusalError(
            f"{path}: The image was specified using the {said} media type, "
            f"but the image appears to be a {real} image"
        )


def _check_pdf(path: str, source: Mapping[str, Any]) -> None:
    data = decode_base64(source["data"])
    if data is None:
        raise RefusalError(f"{path}.data: Invalid base64 data")
    if not data.startswith(b"%PDF"):
        raise RefusalError(f"{path}.data: The PDF specified was not valid.")


def _check_cache_marks(body: Mapping[str, Any]) -> None:
    found = sum(1 for _ in _cache_marks([body.get("system"), body.get("tools"), body["messages"]]))
    if found > _MAX_CACHE_MARKS:
        raise RefusalError(
            f"A maximum of {_MAX_CACHE_MARKS} blocks with cache_control may be provided. Found {found}."
        )


def _cache_marks(value: Any) -> Iterator[Any]:
    match value:
        case list():
            for item in value:
                yield from _cache_marks(item)
        case dict():
            if value.get("cache_control"):
                yield value
            yield from _cache_marks(value.get("content"))


def _check_pairs(turns: list[Turn]) -> None:
    seen: set[str] = set()
    previous: list[str] = []
    for place, turn in enumerate(turns):
        _check_results(turn, previous)
        previous = [block["id"] for block in turn.all_of("tool_use")]
        if seen.intersection(previous) or len(set(previous)) != len(previous):
            raise RefusalError("messages: `tool_use` ids must be unique")
        seen.update(previous)
        if place + 1 < len(turns):
            _check_answered(turn, previous, turns[place + 1])


def _check_results(turn: Turn, called: list[str]) -> None:
    answered = [block["tool_use_id"] for block in turn.all_of("tool_result")]
    for place, call_id in enumerate(answered):
        if call_id not in called:
            raise RefusalError(
                f"messages.{turn.index}.content.{place}: unexpected `tool_use_id` found in `tool_result` blocks: "
                f"{call_id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous "
                "message."
            )
        if call_id in answered[:place]:
            raise RefusalError(
                f"messages.{turn.index}.content.{place}: each tool_use must have a single result. Found multiple "
                f"`tool_result` blocks with id: {call_id}"
            )


def _check_answered(turn: Turn, called: list[str], following: Turn) -> None:
    leading: set[str] = set()
    for block in following.blocks:
        if block["type"] != "tool_result":
            break
        leading.add(block["tool_use_id"])
    open_calls = [call_id for call_id in called if call_id not in leading]
    if open_calls:
        raise RefusalError(
            f"messages.{turn.index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(open_calls)}. Each `tool_use` block must have a corresponding `tool_result` block in the "
            "next message."
        )


def _check_thinking_blocks(messages: list[Mapping[str, Any]]) -> None:
    for index, message in enumerate(messages):
        for place, block in enumerate(blocks_of(message["content"])):
            path = f"messages.{index}.content.{place}"
            if block["type"] == "thinking" and not thinking_is_genuine(block["thinking"], block["signature"]):
                raise RefusalError(f"{path}: Invalid `signature` in `thinking` block")
            if block["type"] == "redacted_thinking" and unredact(block["data"]) is None:
                raise RefusalError(f"{path}: Invalid `data` in `redacted_thinking` block")


def _check_prefill(body: Mapping[str, Any], last: Turn, model: BedrockModel) -> None:
    if last.role != "assistant":
        return
    if not model.prefill:
        raise RefusalError(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )
    if thinking_mode(body) != "disabled":
        raise RefusalError(
            "messages: When thinking is enabled, the final message cannot be an assistant message (prefill)."
        )
    if last.all_of("tool_use"):
        calls = ", ".join(block["id"] for block in last.all_of("tool_use"))
        raise RefusalError(
            f"messages.{last.index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{calls}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."
        )
    if (
        last.blocks
        and last.blocks[-1]["type"] == "text"
        and last.blocks[-1]["text"] != last.blocks[-1]["text"].rstrip()
    ):
        raise RefusalError("messages: final assistant content cannot end with trailing whitespace")


def _check_thinking_first(turns: list[Turn]) -> None:
    """The model's turn goes back over tool results to the last thing the user said."""
    place = len(turns) - 1
    first: Turn | None = None
    while place > 0 and turns[place].all_of("tool_result"):
        first = turns[place - 1]
        place -= 2
    if first is None or first.blocks[0]["type"] in ("thinking", "redacted_thinking"):
        return
    raise RefusalError(
        f"messages.{first.index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
        f"`{first.blocks[0]['type']}`. When `thinking` is enabled, a final `assistant` message must start with a "
        "thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you "
        "include thinking blocks from previous turns. To avoid this requirement, disable `thinking`. Please "
        "consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
    )
