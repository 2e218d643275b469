"""A plan as Claude's Messages wire: the whole answer, and the events of a stream. No framing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxy_core.simulator.bedrock.prompt_cache import CacheUse
from proxy_core.simulator.ids import id_text, pieces_of
from proxy_core.simulator.mind.conversation import Plan
from proxy_core.simulator.signatures import redact, sign_thinking

__all__ = ["ClaudeAnswer"]

_STOP_REASONS = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool": "tool_use",
    "filtered": "refusal",
    "refusal": "refusal",
}
_JSON_PIECE = 9  # characters of a tool's JSON in one delta; small, as the real ones are


@dataclass(frozen=True, slots=True)
class ClaudeAnswer:
    """`seed` (the request) makes the ids; `model` is the wire name."""

    plan: Plan
    seed: bytes
    model: str
    cache: CacheUse

    def message(self) -> dict[str, Any]:
        """The buffered answer."""
        return {
            **self._head(),
            "content": [*self._thinking_blocks(), *self._text_blocks(), *self._tool_blocks()],
            "stop_reason": _STOP_REASONS[self.plan.finish],
            "stop_sequence": self.plan.stop_sequence,
            "usage": self._usage(self.plan.output_tokens),
        }

    def events(self) -> Iterator[dict[str, Any]]:
        """The stream's events in order."""
        start = {**self._head(), "content": [], "stop_reason": None, "stop_sequence": None, "usage": self._usage(1)}
        yield {"type": "message_start", "message": start}
        for index, (opening, deltas) in enumerate(self._streamed_blocks()):
            yield {"type": "content_block_start", "index": index, "content_block": opening}
            for delta in deltas:
                yield {"type": "content_block_delta", "index": index, "delta": delta}
            yield {"type": "content_block_stop", "index": index}
        ending = {"stop_reason": _STOP_REASONS[self.plan.finish], "stop_sequence": self.plan.stop_sequence}
        yield {"type": "message_delta", "delta": ending, "usage": {"output_tokens": self.plan.output_tokens}}
        yield {"type": "message_stop", "amazon-bedrock-invocationMetrics": self._metrics()}

    def _head(self) -> dict[str, Any]:
        name = f"msg_bdrk_01{id_text(self.seed, 'message')}"
        return {"model": self.model, "id": name, "type": "message", "role": "assistant"}

    def _usage(self, output_tokens: int) -> dict[str, Any]:
        five_minutes, one_hour = (0, self.cache.written) if self.cache.one_hour else (self.cache.written, 0)
        return {
            "input_tokens": self.cache.fresh,
            "cache_creation_input_tokens": self.cache.written,
            "cache_read_input_tokens": self.cache.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": five_minutes,
                "ephemeral_1h_input_tokens": one_hour,
            },
            "output_tokens": output_tokens,
        }

    def _metrics(self) -> dict[str, int]:
        return {
            "inputTokenCount": self.cache.fresh,
            "outputTokenCount": self.plan.output_tokens,
            "invocationLatency": 1200,
            "firstByteLatency": 300,
            "cacheReadInputTokenCount": self.cache.read,
            "cacheWriteInputTokenCount": self.cache.written,
        }

    def _thinking_blocks(self) -> list[dict[str, Any]]:
        thinking = "".join(self.plan.thinking)
        if not thinking:
            return []
        if self.plan.redacted_thinking:
            return [{"type": "redacted_thinking", "data": redact(thinking)}]
        return [{"type": "thinking", "thinking": thinking, "signature": sign_thinking(thinking)}]

    def _text_blocks(self) -> list[dict[str, Any]]:
        return [{"type": "text", "text": "".join(self.plan.text)}] if self.plan.text else []

    def _tool_blocks(self) -> list[dict[str, Any]]:
        blocks = [
            {"type": "tool_use", "id": self._call_id(index), "name": call.name, "input": dict(call.arguments)}
            for index, call in enumerate(self.plan.calls)
        ]
        if blocks and "cut_call" in self.plan.extras:
            blocks[-1]["input"] = {}  # JSON that was cut off cannot be shown in a buffered answer
        return blocks

    def _call_id(self, index: int) -> str:
        return f"toolu_bdrk_01{id_text(self.seed, f'call {index}')}"

    def _streamed_blocks(self) -> Iterator[tuple[dict[str, Any], Sequence[Mapping[str, Any]]]]:
        for block in self._thinking_blocks():
            if block["type"] == "redacted_thinking":
                yield block, ()
            else:
                yield (
                    {"type": "thinking", "thinking": "", "signature": ""},
                    self._thinking_deltas(block["signature"]),
                )
        if self.plan.text:
            yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in self.plan.text]
        for index, block in enumerate(self._tool_blocks()):
            opening = {"type": "tool_use", "id": block["id"], "name": block["name"], "input": {}}
            yield opening, [{"type": "input_json_delta", "partial_json": part} for part in self._json_pieces(index)]

    def _thinking_deltas(self, signature: str) -> list[dict[str, Any]]:
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in self.plan.thinking]
        return [*deltas, {"type": "signature_delta", "signature": signature}]

    def _json_pieces(self, index: int) -> list[str]:
        """An empty piece first, as the real stream begins; nothing more for a call without arguments."""
        arguments = self.plan.calls[index].arguments
        text = json.dumps(dict(arguments), ensure_ascii=False) if arguments else ""
        if index == len(self.plan.calls) - 1:
            text = text[: self.plan.extras.get("cut_call")]
        return ["", *pieces_of(text, _JSON_PIECE)]
