"""A plan as Gemini's wire: the whole answer, and the objects of a stream. No framing.

Oddities on demand, by `Plan.extras`: `finish_reason` ends with that reason and no call
(`MALFORMED_FUNCTION_CALL`), `name_prefix` stands before function names (`default_api:`), `block_reason`
is that of a refused prompt.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proxy_core.simulator.gemini.models import GeminiModel
from proxy_core.simulator.ids import id_text
from proxy_core.simulator.mind.conversation import Plan
from proxy_core.simulator.signatures import sign_step

__all__ = ["GeminiAnswer"]

Part = dict[str, Any]
_FINISH = {
    "stop": "STOP",
    "stop_sequence": "STOP",
    "tool": "STOP",
    "refusal": "STOP",
    "length": "MAX_TOKENS",
    "filtered": "SAFETY",
}
_WORDS_A_FRAME = 4
_CREATED = "2026-08-19T14:38:06.463910Z"


@dataclass(frozen=True, slots=True)
class GeminiAnswer:
    """`seed` (the request) makes ids and signatures. Thoughts are told only with `include_thoughts`."""

    plan: Plan
    seed: bytes
    model: GeminiModel
    include_thoughts: bool

    def whole(self) -> dict[str, Any]:
        """The buffered answer."""
        if self._prompt_is_blocked():
            return self._blocked()
        parts = self._whole_parts()
        content = {"role": "model", "parts": parts} if parts else {"role": "model"}
        candidate = {"content": content, "finishReason": self._finish(), **self._ratings(), "avgLogprobs": -0.4887}
        return {"candidates": [candidate], "usageMetadata": self._usage(), **self._tail()}

    def frames(self) -> Iterator[dict[str, Any]]:
        """The stream's objects: thoughts, text, calls whole, and the usage only in the last one."""
        if self._prompt_is_blocked():
            yield self._blocked()
            return
        waiting: list[Part] | None = None
        for parts in self._streamed_parts():
            if waiting is not None:
                yield self._frame(waiting)
            waiting = parts
        yield self._last_frame(waiting or [])

    def _frame(self, parts: list[Part]) -> dict[str, Any]:
        candidate = {"content": {"role": "model", "parts": parts}}
        return {"candidates": [candidate], "usageMetadata": {"trafficType": "ON_DEMAND"}, **self._tail()}

    def _last_frame(self, parts: list[Part]) -> dict[str, Any]:
        content = {"content": {"role": "model", "parts": parts}} if parts else {}
        candidate = {**content, "finishReason": self._finish(), **self._ratings()}
        return {"candidates": [candidate], "usageMetadata": self._usage(), **self._tail()}

    def _tail(self) -> dict[str, str]:
        return {
            "modelVersion": self.model.name,
            "createTime": _CREATED,
            "responseId": id_text(self.seed, "response"),
        }

    def _prompt_is_blocked(self) -> bool:
        return bool(self.plan.extras.get("filtered_prompt") or self.plan.extras.get("block_reason"))

    def _blocked(self) -> dict[str, Any]:
        reason = self.plan.extras.get("block_reason", "PROHIBITED_CONTENT")
        count = self.plan.input_tokens
        usage = {"promptTokenCount": count, "totalTokenCount": count, "trafficType": "ON_DEMAND"}
        return {"promptFeedback": {"blockReason": reason}, "usageMetadata": usage, **self._tail()}

    def _finish(self) -> str:
        return str(self.plan.extras.get("finish_reason", _FINISH[self.plan.finish]))

    def _ratings(self) -> dict[str, Any]:
        if self._finish() != "SAFETY":
            return {}
        rating = {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}
        return {"safetyRatings": [rating]}

    def _whole_parts(self) -> list[Part]:
        thoughts, text = "".join(self._told_thoughts()), "".join(self.plan.text)
        parts: list[Part] = [{"text": thoughts, "thought": True}] if thoughts else []
        if text:
            parts.append({"text": text, **self._text_signature()})
        return [*parts, *self._calls()]

    def _streamed_parts(self) -> Iterator[list[Part]]:
        for words in _grouped(self._told_thoughts()):
            yield [{"text": words, "thought": True}]
        for words in _grouped(self.plan.text):
            yield [{"text": words}]
        for call in self._calls():
            yield [call]
        if self.plan.text and (signature := self._text_signature()):
            yield [{"text": "", **signature}]

    def _told_thoughts(self) -> tuple[str, ...]:
        return self.plan.thinking if self.include_thoughts else ()

    def _text_signature(self) -> dict[str, str]:
        """Gemini 3 signs a plain text answer too, in a stream on an empty last part."""
        signs = self.model.has_levels and not self.plan.calls and self.plan.finish != "length"
        return {"thoughtSignature": self._signature()} if signs else {}

    def _signature(self) -> str:
        return sign_step(id_text(self.seed, "step"))

    def _calls(self) -> list[Part]:
        """The first call carries the signature; a call that the limit cut is not sent at all."""
        if "finish_reason" in self.plan.extras:
            return []
        planned = self.plan.calls[:-1] if "cut_call" in self.plan.extras else self.plan.calls
        prefix = str(self.plan.extras.get("name_prefix", ""))
        parts: list[Part] = []
        for index, call in enumerate(planned):
            function: dict[str, Any] = {"name": prefix + call.name, "args": dict(call.arguments)}
            if self.model.has_levels:
                function["id"] = id_text(self.seed, f"call {index}", 8)
            parts.append({"functionCall": function})
        if parts and (self.model.has_levels or self.plan.thinking):
            parts[0]["thoughtSignature"] = self._signature()
        return parts

    def _usage(self) -> dict[str, Any]:
        thoughts = self.plan.thinking_tokens
        spoken = max(0, self.plan.output_tokens - thoughts)
        usage: dict[str, Any] = {
            "promptTokenCount": self.plan.input_tokens,
            "candidatesTokenCount": spoken,
            "totalTokenCount": self.plan.input_tokens + spoken + thoughts,
            "trafficType": "ON_DEMAND",
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": self.plan.input_tokens}],
            "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": spoken}],
        }
        if thoughts:
            usage["thoughtsTokenCount"] = thoughts
        if cached := self.plan.cached_tokens:
            usage["cachedContentTokenCount"] = cached
            usage["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": cached}]
        return usage


def _grouped(words: tuple[str, ...]) -> Iterator[str]:
    for start in range(0, len(words), _WORDS_A_FRAME):
        yield "".join(words[start : start + _WORDS_A_FRAME])
