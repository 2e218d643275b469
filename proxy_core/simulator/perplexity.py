"""Perplexity's Sonar models (`perplexity-ai`): chat completions that search, in Perplexity's flavour.

It wants `model` in the body and user and assistant in turns, knows no tools, and names its sources beside the
answer. A stream repeats the sources, the usage and the whole text so far in every frame, and has no `[DONE]`.
Source: https://docs.perplexity.ai/api-reference/chat-completions-post
"""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from proxy_core.simulator.azure.chat import sse_frame
from proxy_core.simulator.azure.openai_conversation import read_chat
from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer
from proxy_core.simulator.ids import id_text
from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.mind.conversation import Plan

__all__ = ["handle"]

SOURCES = (
    ("SAP AI Core", "https://help.sap.com/docs/sap-ai-core"),
    ("Generative AI hub", "https://help.sap.com/docs/generative-ai-hub"),
)
EFFORTS = ("minimal", "low", "medium", "high")


class SonarError(Exception):
    def answer(self) -> Answer:
        error = {"message": str(self), "type": "bad_request", "code": 400}
        return json_answer(400, {"error": error})


def handle(call: Call) -> Answer | Stream:
    try:
        body = read_body(call)
        check_messages(body["messages"])
    except SonarError as error:
        return error.answer()
    answer = Completion(call, plan(read_chat(call.deployment.model, body, thinks=False)))
    return Stream(answer.frames()) if body.get("stream") else json_answer(200, answer.whole())


def read_body(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise SonarError("Invalid JSON in request body.") from error
    if not isinstance(body, dict):
        raise SonarError("The request body must be an object.")
    if body.get("model") != call.deployment.model:
        raise SonarError(
            f"Invalid model '{body.get('model')}'. Permitted models can be found in the documentation."
        )
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(item, dict) for item in messages):
        raise SonarError("messages: a list of at least one message is required.")
    if body.get("tools"):
        raise SonarError("Tool calling is not supported for this model.")
    if body.get("reasoning_effort", "low") not in EFFORTS:
        raise SonarError("reasoning_effort: one of minimal, low, medium and high is required.")
    return body


def check_messages(messages: list[dict[str, Any]]) -> None:
    roles = [message.get("role") for message in messages]
    if unknown := [role for role in roles if role not in ("system", "user", "assistant")]:
        raise SonarError(f"Invalid role '{unknown[0]}'.")
    said = [role for role in roles if role != "system"]
    if said != roles[len(roles) - len(said) :] or any(one == other for one, other in pairwise(said)):
        raise SonarError("After the (optional) system message(s), user and assistant roles should be alternating.")
    if not said or said[-1] != "user":
        raise SonarError("Last message must have role `user`.")


class Completion:
    def __init__(self, call: Call, answer: Plan) -> None:
        self._answer = answer
        self._head = {
            "id": id_text(call.body, "sonar", 32),
            "model": call.deployment.model,
            "created": int(time.time()),
            "citations": [url for _, url in SOURCES],
            "search_results": [{"title": title, "url": url, "date": None} for title, url in SOURCES],
        }

    def whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(self._answer.text)}
        choice = {"index": 0, "finish_reason": self._finish(), "message": message}
        return {**self._head, "object": "chat.completion", "usage": self._usage(), "choices": [choice]}

    def frames(self) -> Iterator[bytes]:
        said = ""
        for piece in self._answer.text:
            said += piece
            yield self._frame(said, piece, None)
        yield self._frame(said, "", self._finish())

    def _frame(self, said: str, piece: str, finish: str | None) -> bytes:
        message = {"role": "assistant", "content": said}
        delta = {"role": "assistant", "content": piece}
        choice = {"index": 0, "finish_reason": finish, "message": message, "delta": delta}
        kind = "chat.completion.done" if finish else "chat.completion.chunk"
        return sse_frame({**self._head, "object": kind, "usage": self._usage(), "choices": [choice]})

    def _finish(self) -> str:
        return "length" if self._answer.finish == "length" else "stop"

    def _usage(self) -> dict[str, Any]:
        given, made = self._answer.input_tokens, self._answer.output_tokens
        return {
            "prompt_tokens": given,
            "completion_tokens": made,
            "total_tokens": given + made,
            "search_context_size": "low",
        }
