"""A plan in orchestration's wire: the whole answer and the frames of a stream. No framing, no rules.

The oddities are those seen live: an empty first frame, the role in every frame, `finish_reason` `""` until the
end, never a reason from the newest Claude, `tool_calls` and then `stop` from Gemini, usage in the last content
frame or in its own, details of the usage only from some models.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.simulator.bedrock.models import bedrock_model, is_claude
from proxy_core.simulator.ids import id_text, pieces_of
from proxy_core.simulator.mind.conversation import Plan
from proxy_core.simulator.orchestration.llm import reported_name
from proxy_core.simulator.signatures import sign_thinking

__all__ = ["OrchestrationAnswer"]

_FINISH = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "tool": "tool_calls",
    "filtered": "content_filter",
    "refusal": "stop",
}
_FILTERED = "Content filtered due to safety violations. Please modify the prompt and try again."
_CREATED = 1_783_556_133
_JSON_PIECE = 8
_EMPTY_RESULT = {
    "id": "",
    "object": "",
    "created": 0,
    "model": "",
    "system_fingerprint": "",
    "choices": [{"index": 0, "delta": {"role": "", "content": ""}, "finish_reason": ""}],
}


@dataclass(frozen=True, slots=True)
class OrchestrationAnswer:
    """`before` are the results of the modules before the model; `failures` those of earlier configurations."""

    plan: Plan
    seed: bytes
    model: str
    request_id: str
    before: Mapping[str, Any]
    failures: tuple[Mapping[str, Any], ...] = ()

    def whole(self) -> dict[str, Any]:
        """The buffered answer."""
        llm = self._result(self._choice(), usage=True)
        results: dict[str, Any] = {**self.before, "llm": llm}
        final = llm
        if self.plan.finish == "filtered":
            results["output_filtering"] = {"message": _FILTERED, "data": {}}
            final = {**llm, "choices": [{**llm["choices"][0], "message": {"role": "assistant", "content": ""}}]}
        return self._envelope(results, final)

    def frames(self) -> Iterator[dict[str, Any]]:
        """The stream's objects in order; `[DONE]` follows them."""
        yield self.first_frame(self.request_id, self.before)
        for delta in self._deltas():
            yield self._frame(delta)
        if self._is_gemini() and self.plan.calls:
            yield self._frame({"content": ""}, "tool_calls")
        yield from self._last_frames()

    @staticmethod
    def first_frame(request_id: str, before: Mapping[str, Any]) -> dict[str, Any]:
        """What the modules before the model did, and an empty choice."""
        return {"request_id": request_id, "intermediate_results": dict(before), "final_result": _EMPTY_RESULT}

    def _envelope(self, results: Mapping[str, Any], final: Mapping[str, Any]) -> dict[str, Any]:
        envelope: dict[str, Any] = {
            "request_id": self.request_id,
            "intermediate_results": dict(results),
            "final_result": dict(final),
        }
        if self.failures:
            envelope["intermediate_failures"] = list(self.failures)
        return envelope

    def _result(self, choice: dict[str, Any], *, usage: bool, kind: str = "chat.completion") -> dict[str, Any]:
        result: dict[str, Any] = {
            "id": self._answer_id(),
            "object": kind,
            "created": _CREATED,
            "model": reported_name(self.model),
            "choices": [choice],
        }
        if usage:
            result["usage"] = self._usage()
        return result

    def _choice(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.plan.text)}
        if self.plan.thinking and is_claude(self.model):
            thinking = "".join(self.plan.thinking)
            message["reasoning_content"] = [{"content": thinking, "signature": sign_thinking(thinking)}]
        if self.plan.calls:
            message["tool_calls"] = [
                {"id": self._call_id(index), "type": "function", "function": {"name": call.name, "arguments": text}}
                for index, (call, text) in enumerate(zip(self.plan.calls, self._arguments(), strict=True))
            ]
        return {"index": 0, "message": message, "finish_reason": _FINISH[self.plan.finish]}

    def _deltas(self) -> Iterator[dict[str, Any]]:
        if self.plan.thinking and is_claude(self.model):
            for piece in self.plan.thinking:
                yield {"content": "", "reasoning_content": [{"content": piece, "signature": ""}]}
            signature = sign_thinking("".join(self.plan.thinking))
            yield {"content": "", "reasoning_content": [{"content": "", "signature": signature}]}
        for piece in self.plan.text:
            yield {"content": piece}
        for index, text in enumerate(self._arguments()):
            yield from self._call_deltas(index, text)

    def _call_deltas(self, index: int, arguments: str) -> Iterator[dict[str, Any]]:
        function = {"name": self.plan.calls[index].name, "arguments": ""}
        start = {"index": index, "id": self._call_id(index), "type": "function", "function": function}
        yield {"content": "", "tool_calls": [start]}
        for piece in pieces_of(arguments, _JSON_PIECE):
            yield {"content": "", "tool_calls": [{"index": index, "function": {"arguments": piece}}]}

    def _frame(self, delta: Mapping[str, Any], finish: str = "", *, usage: bool = False) -> dict[str, Any]:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
        result = self._result(choice, usage=usage, kind="chat.completion.chunk")
        return self._envelope({"llm": result}, result)

    def _last_frames(self) -> Iterator[dict[str, Any]]:
        finish = "stop" if self._is_gemini() and self.plan.calls else _FINISH[self.plan.finish]
        if self.plan.finish == "filtered":
            frame = self._frame({"content": ""}, finish, usage=True)
            frame["intermediate_results"]["output_filtering"] = {"message": _FILTERED, "data": {}}
            yield frame
        elif not is_claude(self.model):
            yield self._frame({"content": ""}, finish, usage=True)
        else:
            yield self._frame({"content": ""}, "" if bedrock_model(self.model).generation >= (4, 7) else finish)
            yield self._usage_frame()

    def _usage_frame(self) -> dict[str, Any]:
        result = {**self._result({}, usage=True, kind="chat.completion.chunk"), "choices": []}
        return self._envelope({"llm": result}, result)

    def _arguments(self) -> list[str]:
        texts = [json.dumps(dict(call.arguments), ensure_ascii=False) for call in self.plan.calls]
        if texts:
            texts[-1] = texts[-1][: self.plan.extras.get("cut_call")]
        return texts

    def _is_gemini(self) -> bool:
        return self.model.startswith("gemini")

    def _answer_id(self) -> str:
        if self._is_gemini():
            return ""
        start = "msg_bdrk_01" if is_claude(self.model) else "chatcmpl-"
        return start + id_text(self.seed, "message")

    def _call_id(self, index: int) -> str:
        start = "toolu_bdrk_01" if is_claude(self.model) else "call_"
        return start + id_text(self.seed, f"call {index}")

    def _usage(self) -> dict[str, Any]:
        usage: dict[str, Any] = {
            "prompt_tokens": self.plan.input_tokens,
            "completion_tokens": self.plan.output_tokens,
            "total_tokens": self.plan.input_tokens + self.plan.output_tokens,
        }
        if re.match(r"gpt|o\d|anthropic", self.model):
            usage["prompt_tokens_details"] = {"cached_tokens": self.plan.cached_tokens, "cache_creation_tokens": 0}
            usage["completion_tokens_details"] = {"reasoning_tokens": self.plan.thinking_tokens}
        return usage
