"""A whole neutral answer to a Responses object."""

from typing import Any
from uuid import uuid4

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.client_dialects.openai_responses.compaction import build_compaction_item, summary_of
from proxy_core.client_dialects.openai_responses.encode_items import encode_part
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatResponse, FinishKind, ToolCallPart, Usage
from proxy_core.wire.openai.responses_input import COMPACTION_TRIGGER, input_items
from proxy_core.wire.openai.responses_shapes import (
    INCOMPLETE_REASONS,
    encode_responses_usage,
    new_response_id,
)
from proxy_core.wire.openai.responses_tools import flatten_tools

__all__ = ["build_response_id", "encode_compaction", "encode_response", "ended", "opening", "wants_compaction"]

_ECHOES: tuple[tuple[str, Any], ...] = (
    ("instructions", None),
    ("max_output_tokens", None),
    ("max_tool_calls", None),
    ("metadata", {}),
    ("parallel_tool_calls", True),
    ("previous_response_id", None),
    ("prompt_cache_key", None),
    ("reasoning", {"effort": None, "summary": None}),
    ("safety_identifier", None),
    ("service_tier", "default"),
    ("store", True),
    ("temperature", None),
    ("text", {"format": {"type": "text"}}),
    ("tool_choice", "auto"),
    ("tools", []),
    ("top_logprobs", 0),
    ("top_p", None),
    ("truncation", "disabled"),
    ("user", None),
)
"""Fields in which the answer repeats the request, with what stands there when the client said nothing."""


def encode_response(response: ChatResponse, context: ReplyContext) -> JsonObject:
    if wants_compaction(context.request):
        output = [build_compaction_item(summary_of(response))]
    else:
        origins = flatten_tools(context.request).origins
        output = [item for part in response.parts for item in encode_part(part, origins)]
        if response.finish.kind in INCOMPLETE_REASONS and output:
            output[-1] = _cut(output[-1], response)
    begun = opening(build_response_id(), context)
    return ended(begun, output, response.finish.kind, response.usage)


def encode_compaction(response: ChatResponse, context: ReplyContext) -> JsonObject:
    """The answer of `/responses/compact`: what the user said stays, the rest is folded."""
    kept = [item for item in input_items(context.request) if isinstance(item, dict) and item.get("role") == "user"]
    return {
        "id": build_response_id(),
        "object": "response.compaction",
        "created_at": context.created,
        "output": [*kept, build_compaction_item(summary_of(response))],
        "usage": encode_responses_usage(response.usage),
    }


def wants_compaction(request: JsonObject) -> bool:
    items = request.get("input")
    last = items[-1] if isinstance(items, list) and items else None
    return isinstance(last, dict) and last.get("type") == COMPACTION_TRIGGER


def build_response_id() -> str:
    """Always a new one: clients refer to a response by it."""
    return new_response_id("resp", uuid4().hex)


def opening(identity: str, context: ReplyContext) -> JsonObject:
    """The response as it begins."""
    request = context.request
    return {
        "id": identity,
        "object": "response",
        "created_at": context.created,
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "model": context.model,
        "output": [],
        "usage": None,
        **{key: default if request.get(key) is None else request[key] for key, default in _ECHOES},
    }


def ended(begun: JsonObject, output: list[JsonObject], finish: FinishKind, usage: Usage) -> JsonObject:
    """The response at its end."""
    reason = INCOMPLETE_REASONS.get(finish)
    return {
        **begun,
        "status": "incomplete" if reason else "completed",
        "completed_at": None if reason else begun["created_at"],
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output,
        "usage": encode_responses_usage(usage),
    }


def _cut(item: JsonObject, response: ChatResponse) -> JsonObject:
    """The last item of an answer that was cut; a call whose arguments are cut must not be carried out."""
    cut_call = isinstance(response.parts[-1], ToolCallPart) and response.finish.kind is FinishKind.LENGTH
    return {**item, "status": "incomplete"} if cut_call or item["type"] == "message" else item
