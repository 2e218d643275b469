"""Bedrock Converse for Claude and Nova: `/converse` and `/converse-stream`.

Through SAP the stream is Python's repr of each event in `data:` lines, or Amazon's binary event stream by `Accept`.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.simulator.bedrock import eventstream, python_repr
from proxy_core.simulator.bedrock.converse_answer import ConverseAnswer
from proxy_core.simulator.bedrock.converse_conversation import decode_conversation
from proxy_core.simulator.bedrock.converse_rules import check_converse
from proxy_core.simulator.bedrock.converse_schema import BODY
from proxy_core.simulator.bedrock.errors import unknown_path, validation_error
from proxy_core.simulator.bedrock.models import bedrock_model
from proxy_core.simulator.bedrock.validation import parse_object
from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer
from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.mind.token_count import count_tokens
from proxy_core.simulator.validation.botocore_words import BotocoreWords
from proxy_core.simulator.validation.shapes import RefusalError, check

__all__ = ["handle"]

_BUFFERED, _STREAMED = "/converse", "/converse-stream"


def handle(call: Call) -> Answer | Stream:
    """Answer one call; refusals carry the service's own texts."""
    if call.method != "POST" or call.path not in (_BUFFERED, _STREAMED):
        return unknown_path()
    try:
        answer = _answer(call)
    except RefusalError as refusal:
        return validation_error(refusal.message)
    if call.path == _BUFFERED:
        return json_answer(200, _as_json(answer.whole()))
    if eventstream.CONTENT_TYPE in call.headers.get("accept", ""):
        return Stream(_binary_frames(answer), eventstream.CONTENT_TYPE)
    return Stream(python_repr.encode_line({name: inner}) for name, inner in answer.events())


def _answer(call: Call) -> ConverseAnswer:
    body, name = parse_object(call.body), call.deployment.model
    check(BODY, body, BotocoreWords())
    model = bedrock_model(name)
    tokens = count_tokens(body.get("system", []), body.get("toolConfig", {}), body["messages"])
    check_converse(body, model, tokens)
    return ConverseAnswer(plan(decode_conversation(body, name, model, tokens)), call.body, name)


def _binary_frames(answer: ConverseAnswer) -> Iterator[bytes]:
    for name, inner in answer.events():
        yield eventstream.encode_event(name, _as_json(inner))


def _as_json(value: Mapping[str, Any]) -> Any:
    """Bytes become base64."""
    return json.loads(json.dumps(value, default=lambda data: base64.b64encode(data).decode()))
