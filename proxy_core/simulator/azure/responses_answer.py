"""One answer in the wire of the Responses API, whole and as a stream of typed events.

Through SAP a stream has `data:` lines only: no `event:` lines and no `[DONE]`.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.simulator.azure.chat import safe_results, sse_frame
from proxy_core.simulator.azure.models import AzureModel
from proxy_core.simulator.azure.responses_rules import sealed
from proxy_core.simulator.ids import id_text, pieces_of
from proxy_core.simulator.mind.conversation import Plan

__all__ = ["ResponseAnswer", "usage_body"]

ARGUMENT_PIECE = 6
REASONS = {"length": "max_output_tokens", "filtered": "content_filter"}


def usage_body(given: int, made: int, *, cached: int = 0, thought: int = 0) -> dict[str, Any]:
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": given + made,
    }


class ResponseAnswer:
    """`seed` makes the ids; `body` is the request, which the answer repeats in parts."""

    def __init__(self, seed: bytes, body: Mapping[str, Any], model: AzureModel, answer: Plan) -> None:
        self._seed = seed
        self._body = body
        self._model = model
        self._answer = answer
        self._created = int(time.time())
        self._sequence = -1

    def whole(self) -> dict[str, Any]:
        """The full response object."""
        reason = REASONS.get(self._answer.finish)
        answer = self._answer
        usage = usage_body(
            answer.input_tokens, answer.output_tokens, cached=answer.cached_tokens, thought=answer.thinking_tokens
        )
        return {
            **self._opening(),
            "status": "incomplete" if reason else "completed",
            "completed_at": self._created + 1,
            "content_filters": self._content_filters(),
            "incomplete_details": {"reason": reason} if reason else None,
            "output": self._items(),
            "usage": usage,
        }

    def _opening(self) -> dict[str, Any]:
        """The response as it begins."""
        body = self._body
        reasoning = body.get("reasoning") or {}
        text = body.get("text") or {}
        default = self._model.default_effort if self._model.reasons else None
        return {
            "id": f"resp_{id_text(self._seed, 'response', 48)}",
            "object": "response",
            "created_at": self._created,
            "status": "in_progress",
            "background": bool(body.get("background")),
            "completed_at": None,
            "content_filters": None,
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "model": self._model.reported,
            "output": [],
            "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
            "previous_response_id": body.get("previous_response_id"),
            "reasoning": {"effort": reasoning.get("effort") or default, "summary": reasoning.get("summary")},
            "service_tier": "default",
            "store": body.get("store") is not False,
            "temperature": 1.0 if body.get("temperature") is None else body["temperature"],
            "text": {
                "format": text.get("format") or {"type": "text"},
                "verbosity": text.get("verbosity") or "medium",
            },
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": [strict_tool(tool) for tool in body.get("tools") or ()],
            "top_logprobs": 0,
            "top_p": 1.0 if body.get("top_p") is None else body["top_p"],
            "truncation": body.get("truncation") or "disabled",
            "usage": None,
            "user": body.get("user"),
            "metadata": body.get("metadata") or {},
        }

    def _content_filters(self) -> list[dict[str, Any]]:
        blocked = self._answer.finish == "filtered"
        return [
            {
                "blocked": blocked and source == "completion",
                "source_type": source,
                "content_filter_raw": [],
                "content_filter_results": safe_results(),
                "content_filter_offsets": {"start_offset": 0, "end_offset": 0, "check_offset": 0},
            }
            for source in ("prompt", "completion")
        ]

    def _items(self) -> list[dict[str, Any]]:
        thoughts = [self._reasoning()] if self._model.reasons and self._answer.thinking_tokens else []
        messages = [self._message()] if self._answer.text else []
        return [*thoughts, *messages, *(self._call(number) for number in range(len(self._answer.calls)))]

    def _reasoning(self) -> dict[str, Any]:
        item_id = f"rs_{id_text(self._seed, 'reasoning', 48)}"
        item: dict[str, Any] = {"id": item_id, "type": "reasoning", "summary": []}
        if (self._body.get("reasoning") or {}).get("summary"):
            item["summary"] = [{"type": "summary_text", "text": "".join(self._answer.thinking)}]
        if "reasoning.encrypted_content" in (self._body.get("include") or ()):
            item["encrypted_content"] = sealed(item_id)
        return item

    def _message(self) -> dict[str, Any]:
        text = "".join(self._answer.text)
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
        if self._answer.finish == "refusal":
            part = {"type": "refusal", "refusal": text}
        return {
            "id": f"msg_{id_text(self._seed, 'message', 48)}",
            "type": "message",
            "status": "incomplete" if self._answer.finish in REASONS else "completed",
            "role": "assistant",
            "content": [part],
        }

    def _call(self, number: int) -> dict[str, Any]:
        planned = self._answer.calls[number]
        arguments = json.dumps(planned.arguments, ensure_ascii=False)
        cut = self._answer.extras.get("cut_call") if number == len(self._answer.calls) - 1 else None
        return {
            "id": f"fc_{id_text(self._seed, f'item {number}', 48)}",
            "type": "function_call",
            "status": "completed" if cut is None else "incomplete",
            "call_id": f"call_{id_text(self._seed, f'call {number}', 24)}",
            "name": planned.name,
            "arguments": arguments[:cut],
        }

    def frames(self) -> Iterator[bytes]:
        """The stream, from `response.created` to the final event."""
        final = self.whole()
        for name in ("response.created", "response.in_progress"):
            yield self._event(name, response=self._opening())
        for index, item in enumerate(final["output"]):
            yield from self._item_frames(index, item)
        yield self._event(f"response.{final['status']}", response=final)

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._sequence += 1
        return sse_frame({"type": kind, "sequence_number": self._sequence, **fields})

    def _item_frames(self, index: int, item: dict[str, Any]) -> Iterator[bytes]:
        match item["type"]:
            case "reasoning":
                opening, inner = {**item, "summary": []}, self._summary_frames(index, item)
            case "message":
                opening = {**item, "status": "in_progress", "content": []}
                inner = self._text_frames(index, item)
            case _:
                opening = {**item, "status": "in_progress", "arguments": ""}
                inner = self._argument_frames(index, item)
        yield self._event("response.output_item.added", output_index=index, item=opening)
        yield from inner
        yield self._event("response.output_item.done", output_index=index, item=item)

    def _summary_frames(self, index: int, item: dict[str, Any]) -> Iterator[bytes]:
        if not item["summary"]:
            return
        place = {"item_id": item["id"], "output_index": index, "summary_index": 0}
        empty, full = {"type": "summary_text", "text": ""}, item["summary"][0]
        yield self._event("response.reasoning_summary_part.added", **place, part=empty)
        for piece in self._answer.thinking:
            yield self._event("response.reasoning_summary_text.delta", **place, delta=piece)
        yield self._event("response.reasoning_summary_text.done", **place, text=full["text"])
        yield self._event("response.reasoning_summary_part.done", **place, part=full)

    def _text_frames(self, index: int, item: dict[str, Any]) -> Iterator[bytes]:
        place = {"item_id": item["id"], "output_index": index, "content_index": 0}
        part = item["content"][0]
        refused = part["type"] == "refusal"
        name, key = ("refusal", "refusal") if refused else ("output_text", "text")
        more: dict[str, Any] = {} if refused else {"logprobs": []}
        yield self._event("response.content_part.added", **place, part={**part, key: ""})
        for number, piece in enumerate(self._answer.text):
            hidden = {"obfuscation": id_text(self._seed, f"obfuscation {number}", 8)}
            yield self._event(f"response.{name}.delta", **place, delta=piece, **more, **hidden)
        yield self._event(f"response.{name}.done", **place, **{key: part[key]}, **more)
        yield self._event("response.content_part.done", **place, part=part)

    def _argument_frames(self, index: int, item: dict[str, Any]) -> Iterator[bytes]:
        place = {"item_id": item["id"], "output_index": index}
        for piece in pieces_of(item["arguments"], ARGUMENT_PIECE):
            yield self._event("response.function_call_arguments.delta", **place, delta=piece)
        yield self._event("response.function_call_arguments.done", **place, arguments=item["arguments"])


def strict_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A function tool as the service repeats it: made strict."""
    schema = dict(tool.get("parameters") or {"type": "object", "properties": {}})
    strict = {**schema, "additionalProperties": False, "required": list(schema.get("properties", {}))}
    return {**tool, "parameters": strict, "strict": True}
