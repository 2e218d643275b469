"""Models that SAP hosts on vLLM (`aicore-mistralai`, `aicore-opensource`): OpenAI's chat in vLLM's flavour.

It wants `model` in the body and Mistral's rules for roles and call ids; unknown fields are ignored. A tool call
ends with `finish_reason: "stop"`, and plain answers carry an empty `tool_calls`.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from proxy_core.simulator.azure.chat import DONE, sse_frame
from proxy_core.simulator.azure.openai_conversation import read_chat
from proxy_core.simulator.demo_models import model_facts
from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer
from proxy_core.simulator.ids import id_text, pieces_of
from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.mind.conversation import Plan

__all__ = ["handle"]

KINDS = {400: "BadRequestError", 404: "NotFoundError"}
ROLES = ("system", "user", "assistant", "tool")
ARGUMENT_PIECE = 8


class VllmError(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status

    def answer(self) -> Answer:
        kind = KINDS[self.status]
        body = {"object": "error", "message": str(self), "type": kind, "param": None, "code": self.status}
        return json_answer(self.status, body)


def handle(call: Call) -> Answer | Stream:
    try:
        body = read_body(call)
        check_messages(body["messages"], call.deployment.model)
        return Completion(call, plan(read_chat(call.deployment.model, body, thinks=False))).answer(body)
    except VllmError as error:
        return error.answer()


def read_body(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise VllmError(f"[{{'type': 'json_invalid', 'loc': ('body', 0), 'msg': '{error}'}}]") from error
    if not isinstance(body, dict):
        raise VllmError("[{'type': 'model_attributes_type', 'loc': ('body',)}]")
    for name in ("messages", "model"):
        if name not in body:
            raise VllmError(f"[{{'type': 'missing', 'loc': ('body', '{name}'), 'msg': 'Field required'}}]")
    if body["model"] != call.deployment.model:
        raise VllmError(f"The model `{body['model']}` does not exist.", 404)
    check_fields(body, call.deployment.model)
    return body


def check_fields(body: dict[str, Any], model: str) -> None:
    messages = body["messages"]
    if not isinstance(messages, list) or not messages or not all(isinstance(item, dict) for item in messages):
        raise VllmError(
            "[{'type': 'list_type', 'loc': ('body', 'messages'), 'msg': 'Input should be a valid list'}]"
        )
    if body.get("tool_choice") in ("required", "auto") and not body.get("tools"):
        raise VllmError("When using `tool_choice`, `tools` must be set.")
    limit, asked = model_facts(model).context, body.get("max_completion_tokens") or body.get("max_tokens") or 0
    if asked > limit:
        text = (
            f"This model's maximum context length is {limit} tokens. However, you requested {asked} output tokens."
        )
        raise VllmError(text)


def check_messages(messages: list[dict[str, Any]], model: str) -> None:
    for message in messages:
        if message.get("role") not in ROLES:
            raise VllmError(f"Unexpected role: {message.get('role')}")
        message.setdefault("content", None)
    check_order([message["role"] for message in messages])
    mistral = model.startswith("mistralai--")
    for message in messages:
        ids = [call.get("id", "") for call in message.get("tool_calls") or ()]
        ids += [message.get("tool_call_id", "")] if message["role"] == "tool" else []
        for call_id in ids if mistral else ():
            if not re.fullmatch(r"[a-zA-Z0-9]{9}", call_id):
                text = f"Tool call id was {call_id} but must be a-z, A-Z, 0-9, with a length of 9."
                raise VllmError(text)


def check_order(roles: list[str]) -> None:
    """System first, then user and assistant in turns; tool messages follow the assistant."""
    if "system" in roles[1:]:
        raise VllmError("System message must be at the beginning of the conversation.")
    before = "system"
    for role in roles:
        wrong = {
            "user": before in ("user", "tool"),
            "assistant": before in ("system", "assistant"),
            "tool": before not in ("assistant", "tool"),
        }
        if wrong.get(role):
            raise VllmError(f"Unexpected role '{role}' after role '{before}'")
        before = role
    if before not in ("user", "tool"):
        raise VllmError(
            "Expected last role User or Tool (or Assistant with prefix or continue_final_message set to True) for "
            f"serving but got {before}"
        )


class Completion:
    def __init__(self, call: Call, answer: Plan) -> None:
        self._answer = answer
        self._seed = call.body
        self._head = {
            "id": f"chatcmpl-{id_text(call.body, 'vllm', 32)}",
            "created": int(time.time()),
            "model": call.deployment.model,
        }

    def answer(self, body: dict[str, Any]) -> Answer | Stream:
        if body.get("stream"):
            return Stream(self._frames(bool((body.get("stream_options") or {}).get("include_usage"))))
        return json_answer(200, self._whole())

    def _whole(self) -> dict[str, Any]:
        text = "".join(self._answer.text)
        calls = [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
            for call_id, name, arguments in self._calls()
        ]
        message = {"role": "assistant", "reasoning_content": None, "content": text or None, "tool_calls": calls}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self._finish(),
            "stop_reason": self._answer.stop_sequence,
        }
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._usage(),
            "prompt_logprobs": None,
        }

    def _finish(self) -> str:
        return "length" if self._answer.finish == "length" else "stop"

    def _usage(self) -> dict[str, Any]:
        given, made = self._answer.input_tokens, self._answer.output_tokens
        return {
            "prompt_tokens": given,
            "total_tokens": given + made,
            "completion_tokens": made,
            "prompt_tokens_details": None,
        }

    def _calls(self) -> list[tuple[str, str, str]]:
        return [
            (id_text(self._seed, f"call {number}", 9), call.name, json.dumps(call.arguments))
            for number, call in enumerate(self._answer.calls)
        ]

    def _frames(self, with_usage: bool) -> Iterator[bytes]:
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in self._answer.text:
            yield self._chunk({"content": piece})
        for number, (call_id, name, arguments) in enumerate(self._calls()):
            function = {"name": name, "arguments": ""}
            opening = {"index": number, "id": call_id, "type": "function", "function": function}
            yield self._chunk({"tool_calls": [opening]})
            for piece in pieces_of(arguments, ARGUMENT_PIECE):
                yield self._chunk({"tool_calls": [{"index": number, "function": {"arguments": piece}}]})
        yield self._chunk({"content": ""}, self._finish())
        if with_usage:
            yield sse_frame(
                {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": self._usage()}
            )
        yield DONE

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice: dict[str, Any] = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        if finish:
            choice["stop_reason"] = self._answer.stop_sequence
        return sse_frame({**self._head, "object": "chat.completion.chunk", "choices": [choice]})
