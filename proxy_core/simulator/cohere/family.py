"""Cohere's Command models (`aicore-cohere`): `/v2/chat`, whole and streamed in `data:` lines."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.simulator.cohere.answer import CohereAnswer
from proxy_core.simulator.cohere.conversation import decode_conversation
from proxy_core.simulator.cohere.schema import BODY
from proxy_core.simulator.demo_models import model_facts
from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer, text_answer
from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.validation.json_body import NotAnObjectError, NotUnicodeError, read_object
from proxy_core.simulator.validation.jsonschema_words import JsonSchemaWords
from proxy_core.simulator.validation.shapes import RefusalError, check

__all__ = ["handle"]

_SEES = re.compile(r"vision")


def handle(call: Call) -> Answer | Stream:
    if call.method != "POST":
        return text_answer(404, "")
    try:
        body = _body(call)
        _check(body, call.deployment.model)
    except (NotAnObjectError, NotUnicodeError):
        return _refused(400, "invalid request: the body is not a JSON object")
    except RefusalError as refusal:
        return _refused(400, f"invalid request: {refusal.message}")
    if body["model"] != call.deployment.model:
        return _refused(404, f"model '{body['model']}' not found, make sure the correct model ID was used")
    answer = CohereAnswer(plan(decode_conversation(call.deployment.model, body)), call.body)
    return Stream(_frames(answer)) if body.get("stream") else json_answer(200, answer.whole())


def _body(call: Call) -> dict[str, Any]:
    body = read_object(call.body)
    check(BODY, body, JsonSchemaWords())
    return body


def _check(body: Mapping[str, Any], model: str) -> None:
    messages = body["messages"]
    _check_results(messages)
    if messages[-1]["role"] not in ("user", "tool"):
        raise RefusalError("the last message must be of the role user or tool")
    if body.get("tool_choice") and not body.get("tools"):
        raise RefusalError("tool_choice may only be specified when tools are specified")
    if body.get("tools") and body.get("response_format", {}).get("type") == "json_object":
        raise RefusalError("response_format of type json_object is not supported with tools")
    if not _SEES.search(model) and any(map(_has_image, messages)):
        raise RefusalError("image content is not supported for this model")
    if body.get("max_tokens", 1) > model_facts(model).output:
        raise RefusalError(f"max tokens must be less than or equal to {model_facts(model).output}")


def _check_results(messages: list[Mapping[str, Any]]) -> None:
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                raise RefusalError(f"tool_call_id {message['tool_call_id']} is not among the previous tool calls")
            waiting.remove(message["tool_call_id"])
        elif waiting:
            raise RefusalError(f"missing tool results for the tool calls {waiting}")
        if message["role"] == "assistant":
            waiting = [call["id"] for call in message.get("tool_calls", ())]
            if not waiting and not message.get("content"):
                raise RefusalError("an assistant message must have content or tool_calls")


def _has_image(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    return isinstance(content, list) and any(item["type"] == "image_url" for item in content)


def _refused(status: int, message: str) -> Answer:
    return json_answer(status, {"id": "4f1c9f0e-0000-4000-a000-000000000000", "message": message})


def _frames(answer: CohereAnswer) -> Iterator[bytes]:
    for event in answer.events():
        yield b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"
