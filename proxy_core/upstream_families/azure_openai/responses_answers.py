"""Responses of Azure made the client's: its model name, its tools, no filter notes. Works in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.json_text import JsonObject, load_json
from proxy_core.upstream_families.base import UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import parse_chunk, unreadable_error
from proxy_core.wire.openai.responses_shapes import decode_responses_usage, encode_responses_usage
from proxy_core.wire.openai.responses_tools import ToolOrigin, restore_call

__all__ = ["ResponsesRequest", "adapt_item", "adapt_response_object", "failed_without_cause", "parse_response"]


def _no_origins() -> Mapping[str, ToolOrigin]:
    return {}


@dataclass(frozen=True, slots=True)
class ResponsesRequest(UpstreamRequest):
    """`origins` tells what the flattened tools are to the client, `echoes` holds the fields in which the answer
    repeats the client's request and not what was sent for it. `folds` marks a request that asks in a stream what
    Azure answers by `/responses/compact`."""

    origins: Mapping[str, ToolOrigin] = field(default_factory=_no_origins)
    echoes: Mapping[str, Any] = field(default_factory=dict)
    folds: bool = False


def parse_response(body: bytes) -> JsonObject:
    """A response object. Raises `UpstreamError` for an error or anything else; a response that failed in the
    background is what its client asked for."""
    try:
        response = parse_chunk(body)
    except UpstreamError:
        match load_json(body):
            case {"object": "response", "background": True} as response:
                pass
            case _:
                raise
    if not isinstance(response.get("output"), list):
        raise unreadable_error("it holds no output")
    return response


def adapt_response_object(response: JsonObject, sent: UpstreamRequest, model: str) -> None:
    response.pop("content_filters", None)
    if "model" in response:
        response["model"] = model
    if isinstance(sent, ResponsesRequest):
        response.update((key, value) for key, value in sent.echoes.items() if key in response)
    output = response.get("output")
    response["output"] = [adapt_item(item, sent) for item in output] if isinstance(output, list) else []
    usage = response.get("usage")
    if isinstance(usage, dict) and "total_tokens" not in usage:
        response["usage"] = encode_responses_usage(decode_responses_usage(usage))


def adapt_item(item: JsonObject, sent: UpstreamRequest) -> JsonObject:
    """An item of the answer; a call as the client knows the tool."""
    item.pop("content_filters", None)
    if item.get("type") != "function_call":
        return item
    name = item.get("name")
    if isinstance(name, str) and name in sent.tool_names:
        item["name"] = sent.tool_names[name]
    return restore_call(item, sent.origins) if isinstance(sent, ResponsesRequest) else item


def failed_without_cause() -> UpstreamError:
    return UpstreamError(
        "SAP AI Core says that the response failed, and gives no reason.",
        status=502,
        kind=ErrorKind.SERVER,
        upstream_status=200,
    )
