"""A plan in Converse's wire: the whole answer, and the events of a stream. No framing.

Redacted thinking is binary: `bytes` in an event, which Python prints as `b'…'` and JSON takes as base64.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.simulator.bedrock.models import is_claude
from proxy_core.simulator.ids import id_text, pieces_of
from proxy_core.simulator.mind.conversation import Plan
from proxy_core.simulator.signatures import redact, sign_thinking

__all__ = ["ConverseAnswer"]

Event = tuple[str, dict[str, Any]]
_STOP_REASONS = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool": "tool_use",
    "filtered": "content_filtered",
    "refusal": "content_filtered",
}
_BLOCKED = "Sorry, the model cannot answer this question."
_JSON_PIECE = 10


@dataclass(frozen=True, slots=True)
class ConverseAnswer:
    """`seed` (the request) makes the ids."""

    plan: Plan
    seed: bytes
    model: str

    def whole(self) -> dict[str, Any]:
        """The buffered answer."""
        content = [*self._reasoning(), *({"text": text} for text in self._text()), *self._calls()]
        return {
            "metrics": {"latencyMs": 2724},
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": self._stop_reason(),
            "usage": {**self._usage(), "serverToolUsage": {}},
        }

    def events(self) -> Iterator[Event]:
        """Type and inner object of each event, in order; `metadata` is last."""
        yield "messageStart", {"role": "assistant"}
        for index, deltas in enumerate(self._blocks()):
            yield from self._block_events(index, deltas)
        yield "messageStop", {"stopReason": self._stop_reason()}
        yield "metadata", {"usage": self._usage(), "metrics": {"latencyMs": 604}}

    def _block_events(self, index: int, deltas: list[dict[str, Any]]) -> Iterator[Event]:
        """Only a tool's block has a start."""
        for delta in deltas:
            if "start" in delta:
                yield "contentBlockStart", {"start": delta["start"], "contentBlockIndex": index}
            else:
                yield "contentBlockDelta", {"delta": delta, "contentBlockIndex": index}
        yield "contentBlockStop", {"contentBlockIndex": index}

    def _blocks(self) -> Iterator[list[dict[str, Any]]]:
        if self.plan.thinking:
            yield [{"reasoningContent": piece} for piece in self._reasoning_pieces()]
        if text := self._text():
            yield [{"text": piece} for piece in (text if self._blocked() else self.plan.text)]
        for index, call in enumerate([] if self._blocked() else self.plan.calls):
            start = {"toolUse": {"toolUseId": self._call_id(index), "name": call.name}}
            pieces = pieces_of(self._arguments(index), _JSON_PIECE)
            yield [{"start": start}, *({"toolUse": {"input": piece}} for piece in pieces)]

    def _reasoning_pieces(self) -> Iterator[dict[str, Any]]:
        thinking = "".join(self.plan.thinking)
        if self.plan.redacted_thinking:
            yield {"redactedContent": redact(thinking).encode()}
            return
        for piece in self.plan.thinking:
            yield {"text": piece}
        yield {"signature": sign_thinking(thinking)}

    def _reasoning(self) -> list[dict[str, Any]]:
        thinking = "".join(self.plan.thinking)
        if not thinking:
            return []
        if self.plan.redacted_thinking:
            return [{"reasoningContent": {"redactedContent": redact(thinking).encode()}}]
        return [{"reasoningContent": {"reasoningText": {"text": thinking, "signature": sign_thinking(thinking)}}}]

    def _text(self) -> list[str]:
        if self._blocked():
            return [_BLOCKED]
        return ["".join(self.plan.text)] if self.plan.text else []

    def _calls(self) -> list[dict[str, Any]]:
        if self._blocked():
            return []
        kind = {"type": "tool_use"} if is_claude(self.model) else {}
        return [
            {"toolUse": {"toolUseId": self._call_id(index), "name": call.name, "input": self._input(index), **kind}}
            for index, call in enumerate(self.plan.calls)
        ]

    def _input(self, index: int) -> Mapping[str, Any]:
        is_last = index == len(self.plan.calls) - 1
        return {} if is_last and "cut_call" in self.plan.extras else dict(self.plan.calls[index].arguments)

    def _arguments(self, index: int) -> str:
        arguments = self.plan.calls[index].arguments
        text = json.dumps(dict(arguments), ensure_ascii=False) if arguments else ""
        return text[: self.plan.extras.get("cut_call")] if index == len(self.plan.calls) - 1 else text

    def _call_id(self, index: int) -> str:
        return f"tooluse_{id_text(self.seed, f'call {index}')}"

    def _blocked(self) -> bool:
        """A guardrail answers in the model's place."""
        return bool(self.plan.extras.get("filtered_prompt"))

    def _stop_reason(self) -> str:
        return "guardrail_intervened" if self._blocked() else _STOP_REASONS[self.plan.finish]

    def _usage(self) -> dict[str, int]:
        read = self.plan.cached_tokens
        fresh = max(0, self.plan.input_tokens - read)
        return {
            "inputTokens": fresh,
            "outputTokens": self.plan.output_tokens,
            "totalTokens": fresh + read + self.plan.output_tokens,
            "cacheReadInputTokens": read,
            "cacheWriteInputTokens": 0,
        }
