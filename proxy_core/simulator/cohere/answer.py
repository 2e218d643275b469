"""A plan in Cohere's v2 wire: the whole answer, and the events of a stream. No framing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proxy_core.simulator.ids import id_text, pieces_of
from proxy_core.simulator.mind.conversation import Plan

__all__ = ["CohereAnswer"]

_FINISH = {
    "stop": "COMPLETE",
    "stop_sequence": "STOP_SEQUENCE",
    "length": "MAX_TOKENS",
    "tool": "TOOL_CALL",
    "filtered": "ERROR_TOXIC",
    "refusal": "COMPLETE",
}
_JSON_PIECE = 8


@dataclass(frozen=True, slots=True)
class CohereAnswer:
    """`seed` (the request) makes the ids. What a model says before it calls is its plan."""

    plan: Plan
    seed: bytes

    def whole(self) -> dict[str, Any]:
        content: list[dict[str, Any]] = []
        if self.plan.thinking:
            content.append({"type": "thinking", "thinking": "".join(self.plan.thinking)})
        text = "".join(self.plan.text)
        if text and not self.plan.calls:
            content.append({"type": "text", "text": text})
        message: dict[str, Any] = {"role": "assistant", **({"content": content} if content else {})}
        if self.plan.calls:
            message["tool_plan"] = text
            message["tool_calls"] = [self._call(index, text) for index, text in enumerate(self._arguments())]
        return {
            "id": id_text(self.seed, "cohere", 36),
            "finish_reason": _FINISH[self.plan.finish],
            "message": message,
            "usage": self._usage(),
        }

    def events(self) -> Iterator[dict[str, Any]]:
        message: dict[str, Any] = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}
        yield {"type": "message-start", "id": id_text(self.seed, "cohere", 36), "delta": {"message": message}}
        index = 0
        for kind, pieces in (("thinking", self.plan.thinking), ("text", () if self.plan.calls else self.plan.text)):
            if pieces:
                yield from self._block(index, kind, pieces)
                index += 1
        if self.plan.calls:
            for piece in self.plan.text:
                yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": piece}}}
        for number, text in enumerate(self._arguments()):
            yield from self._call_events(number, text)
        delta = {"finish_reason": _FINISH[self.plan.finish], "usage": self._usage()}
        yield {"type": "message-end", "delta": delta}

    def _block(self, index: int, kind: str, pieces: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        start = {"type": kind, kind: ""}
        yield {"type": "content-start", "index": index, "delta": {"message": {"content": start}}}
        for piece in pieces:
            yield {"type": "content-delta", "index": index, "delta": {"message": {"content": {kind: piece}}}}
        yield {"type": "content-end", "index": index}

    def _call_events(self, index: int, arguments: str) -> Iterator[dict[str, Any]]:
        start = {"message": {"tool_calls": self._call(index, "")}}
        yield {"type": "tool-call-start", "index": index, "delta": start}
        for piece in pieces_of(arguments, _JSON_PIECE):
            delta = {"message": {"tool_calls": {"function": {"arguments": piece}}}}
            yield {"type": "tool-call-delta", "index": index, "delta": delta}
        yield {"type": "tool-call-end", "index": index}

    def _call(self, index: int, arguments: str) -> dict[str, Any]:
        call = self.plan.calls[index]
        identity = f"{call.name}_{id_text(self.seed, f'call {index}', 12)}"
        return {"id": identity, "type": "function", "function": {"name": call.name, "arguments": arguments}}

    def _arguments(self) -> list[str]:
        texts = [json.dumps(dict(call.arguments), ensure_ascii=False) for call in self.plan.calls]
        if texts:
            texts[-1] = texts[-1][: self.plan.extras.get("cut_call")]
        return texts

    def _usage(self) -> dict[str, Any]:
        counts = {"input_tokens": self.plan.input_tokens, "output_tokens": self.plan.output_tokens}
        return {"billed_units": counts, "tokens": counts, "cached_tokens": self.plan.cached_tokens}
