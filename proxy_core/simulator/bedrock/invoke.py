"""Claude on Bedrock by `/invoke` and `/invoke-with-response-stream`."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.simulator.bedrock import eventstream
from proxy_core.simulator.bedrock.answer import ClaudeAnswer
from proxy_core.simulator.bedrock.conversation import decode_conversation
from proxy_core.simulator.bedrock.errors import unknown_path, validation_error
from proxy_core.simulator.bedrock.models import bedrock_model, is_claude
from proxy_core.simulator.bedrock.prompt_cache import CacheUse, use_cache
from proxy_core.simulator.bedrock.validation import check_claude_body, input_tokens_of, parse_object
from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer
from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.mind.conversation import Plan
from proxy_core.simulator.validation.shapes import RefusalError

__all__ = ["handle"]

_BUFFERED, _STREAMED = "/invoke", "/invoke-with-response-stream"
_NOT_CLAUDE = (
    "Malformed input request: extraneous key [anthropic_version] is not permitted, please reformat your input and "
    "try again."
)


def handle(call: Call) -> Answer | Stream:
    """Answer one call; refusals carry the service's own texts."""
    if call.method != "POST" or call.path not in (_BUFFERED, _STREAMED):
        return unknown_path()
    try:
        body = parse_object(call.body)
        answer = _answer(call, body)
    except RefusalError as refusal:
        return validation_error(refusal.message)
    if call.path == _BUFFERED:
        return json_answer(200, answer.message())
    if eventstream.CONTENT_TYPE in call.headers.get("accept", ""):
        return Stream(_binary_frames(answer), eventstream.CONTENT_TYPE)
    return Stream(_sse_frames(answer))


def _answer(call: Call, body: Mapping[str, Any]) -> ClaudeAnswer:
    name = call.deployment.model
    if not is_claude(name):
        raise RefusalError(_NOT_CLAUDE)
    model = bedrock_model(name)
    check_claude_body(body, model)
    total = input_tokens_of(body)
    decided = plan(decode_conversation(body, name, total))
    if decided.extras.get("filtered_prompt"):
        raise RefusalError("Output blocked by content filtering policy")
    return ClaudeAnswer(decided, call.body, model.wire_name, _cache_use(call, body, decided, total))


def _cache_use(call: Call, body: Mapping[str, Any], decided: Plan, total: int) -> CacheUse:
    """What the plan was told to report, else what the cache says."""
    if decided.cached_tokens or decided.input_tokens != total:
        return CacheUse(max(0, decided.input_tokens - decided.cached_tokens), decided.cached_tokens, 0)
    return use_cache(body, f"{call.deployment.tenant}/{call.deployment.model}", total, call.memory)


def _compact(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def _sse_frames(answer: ClaudeAnswer) -> Iterator[bytes]:
    """SAP unwraps Amazon's framing into `data:` lines and writes no `event:` lines."""
    for event in answer.events():
        yield b"data: " + _compact(event) + b"\n\n"


def _binary_frames(answer: ClaudeAnswer) -> Iterator[bytes]:
    for event in answer.events():
        yield eventstream.encode_event("chunk", {"bytes": base64.b64encode(_compact(event)).decode()})
