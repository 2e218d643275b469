"""Azure OpenAI's chat completions: a plan in the wire of a `chat.completion` and of its chunks."""

import json
import time
from collections.abc import Iterator
from typing import Any

from proxy_core.simulator.azure.chat_rules import check_chat
from proxy_core.simulator.azure.models import AzureModel, azure_model
from proxy_core.simulator.azure.openai_conversation import read_chat
from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer
from proxy_core.simulator.ids import id_text, pieces_of
from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.mind.conversation import Plan

__all__ = ["DONE", "answer_chat", "filter_refusal", "safe_results", "sse_frame"]

FINISH = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "tool": "tool_calls",
    "filtered": "content_filter",
    "refusal": "stop",
}
CATEGORIES = ("hate", "self_harm", "sexual", "violence")
DONE = b"data: [DONE]\n\n"
ARGUMENT_PIECE = 6
NO_THOUGHT = ("none", "minimal")
FILTERED_PROMPT = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
    "Please modify your prompt and retry. To learn more about our content filtering policies please read our "
    "documentation: https://go.microsoft.com/fwlink/?linkid=2198766"
)


def answer_chat(call: Call, body: Any) -> Answer | Stream:
    """Raises `RefusedError` when the service would refuse the body."""
    model = azure_model(call.deployment.model)
    if not model.chat:
        text = (
            f"The chatCompletion operation does not work with the specified model, {model.name}. "
            "Please choose different model and try again. You can learn more about which models can be used with "
            "each operation here: https://go.microsoft.com/fwlink/?linkid=2197993."
        )
        return json_answer(400, {"error": {"code": "OperationNotSupported", "message": text}})
    check_chat(body, model)
    effort = body.get("reasoning_effort") or model.default_effort
    answer = plan(read_chat(model.name, body, thinks=model.reasons and effort not in NO_THOUGHT))
    if answer.extras.get("filtered_prompt"):
        return filter_refusal()
    completion = Completion(call, model, answer)
    if body.get("stream"):
        with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        return Stream(completion.frames(with_usage))
    return json_answer(200, completion.whole(body.get("n") or 1))


def safe_results() -> dict[str, Any]:
    return {name: {"filtered": False, "severity": "safe"} for name in CATEGORIES}


def filter_refusal() -> Answer:
    """The prompt is refused by the content filter."""
    found = {
        **safe_results(),
        "hate": {"filtered": True, "severity": "high"},
        "jailbreak": {"filtered": False, "detected": False},
    }
    error = {
        "message": FILTERED_PROMPT,
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found},
    }
    return json_answer(400, {"error": error})


def sse_frame(value: Any) -> bytes:
    return (
        b"data: "
        + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        + b"\n\n"
    )


class Completion:
    """One answer of a chat model."""

    def __init__(self, call: Call, model: AzureModel, answer: Plan) -> None:
        self._answer = answer
        self._seed = call.body
        self._head = {
            "created": int(time.time()),
            "id": f"chatcmpl-{id_text(call.body, 'chat', 29)}",
            "model": model.reported,
            "system_fingerprint": "fp_f3927aa00d",
        }

    def whole(self, count: int) -> dict[str, Any]:
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [self._choice(index) for index in range(count)],
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": safe_results()}],
            "usage": self._usage(),
        }

    def _choice(self, index: int) -> dict[str, Any]:
        text = "".join(self._answer.text)
        refused = self._answer.finish == "refusal"
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if refused or (self._answer.calls and not text) else text,
            "refusal": text if refused else None,
            "annotations": [],
        }
        if self._answer.calls:
            message["tool_calls"] = [
                {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
                for call_id, name, arguments in self._calls()
            ]
        return {
            "index": index,
            "finish_reason": FINISH[self._answer.finish],
            "logprobs": None,
            "message": message,
            "content_filter_results": self._filter_results(),
        }

    def _filter_results(self) -> dict[str, Any]:
        if self._answer.finish != "filtered":
            return safe_results()
        return {**safe_results(), "violence": {"filtered": True, "severity": "medium"}}

    def _calls(self) -> list[tuple[str, str, str]]:
        """Id, name and JSON text of each call; the last text may be cut."""
        calls = [
            (
                f"call_{id_text(self._seed, f'call {number}', 24)}",
                call.name,
                json.dumps(call.arguments, ensure_ascii=False),
            )
            for number, call in enumerate(self._answer.calls)
        ]
        if (fits := self._answer.extras.get("cut_call")) is not None and calls:
            call_id, name, arguments = calls[-1]
            calls[-1] = (call_id, name, arguments[:fits])
        return calls

    def _usage(self) -> dict[str, Any]:
        answer = self._answer
        return {
            "completion_tokens": answer.output_tokens,
            "completion_tokens_details": {
                "accepted_prediction_tokens": 0,
                "audio_tokens": 0,
                "reasoning_tokens": answer.thinking_tokens,
                "rejected_prediction_tokens": 0,
            },
            "prompt_tokens": answer.input_tokens,
            "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": answer.cached_tokens},
            "total_tokens": answer.input_tokens + answer.output_tokens,
        }

    def frames(self, with_usage: bool) -> Iterator[bytes]:
        first = [{"prompt_index": 0, "content_filter_results": safe_results()}]
        yield sse_frame(
            {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": first}
        )
        tail = {"usage": None} if with_usage else {}
        for delta, filters in self._deltas():
            yield self._chunk(delta, filters, None, tail)
        filters = self._filter_results() if self._answer.finish == "filtered" else {}
        yield self._chunk({}, filters, FINISH[self._answer.finish], tail)
        if with_usage:
            yield sse_frame(
                {"choices": [], **self._head, "object": "chat.completion.chunk", "usage": self._usage()}
            )
        yield DONE

    def _deltas(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        safe = safe_results()
        key = "refusal" if self._answer.finish == "refusal" else "content"
        calls = self._calls()
        if self._answer.text or not calls:
            yield {"content": "" if key == "content" else None, "refusal": None, "role": "assistant"}, {}
        for piece in self._answer.text:
            yield {key: piece}, safe
        for number, (call_id, name, arguments) in enumerate(calls):
            opening = (
                {"content": None, "refusal": None, "role": "assistant"}
                if number == 0 and not self._answer.text
                else {}
            )
            function = {"arguments": "", "name": name}
            yield (
                {
                    **opening,
                    "tool_calls": [{"function": function, "id": call_id, "index": number, "type": "function"}],
                },
                {},
            )
            for piece in pieces_of(arguments, ARGUMENT_PIECE):
                yield {"tool_calls": [{"function": {"arguments": piece}, "index": number}]}, {}

    def _chunk(
        self, delta: dict[str, Any], filters: dict[str, Any], finish: str | None, tail: dict[str, Any]
    ) -> bytes:
        choice = {
            "content_filter_results": filters,
            "delta": delta,
            "finish_reason": finish,
            "index": 0,
            "logprobs": None,
        }
        return sse_frame({"choices": [choice], **self._head, "object": "chat.completion.chunk", **tail})
