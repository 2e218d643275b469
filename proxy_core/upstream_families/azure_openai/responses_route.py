"""Native routes: a client of the Responses API on a deployment that has it.

The written rule of what passes. Request: body fields of `RESPONSES_KEYS` pass, all others are left out with a
`Diagnostic`; only function tools remain, free-form and namespaced ones as functions; items keep the fields that
Azure knows, and thoughts of other vendors stay behind. Answer: everything passes but Azure's filter notes; `model`
becomes the client's name, tools and calls are those of the client.
"""

from collections.abc import Mapping

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.azure_openai.responses_answers import (
    ResponsesRequest,
    adapt_response_object,
    parse_response,
)
from proxy_core.upstream_families.azure_openai.responses_compaction import CompactionStream, build_folded_response
from proxy_core.upstream_families.azure_openai.responses_items import adapt_items
from proxy_core.upstream_families.azure_openai.responses_parameters import fit_responses_parameters
from proxy_core.upstream_families.azure_openai.responses_stream_adapter import ResponsesStreamAdapter
from proxy_core.upstream_families.azure_openai.tools import build_tool, explain_tools
from proxy_core.upstream_families.base import FetchFile, StreamAdapter, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.wire.openai.body_checks import check_responses_fields, named_format
from proxy_core.wire.openai.responses_input import SettledResponses, settle_responses
from proxy_core.wire.openai.responses_shapes import RESPONSES_KEYS, decode_responses_usage

__all__ = ["PATH", "RESPONSES", "CompactRoute", "ResponsesRoute", "needs_responses", "operation_of"]

RESPONSES = "responses"
"""The operation's name; its path below the deployment needs no `api-version`."""
PATH = "/responses"
_COMPACT_PATH = "/responses/compact"
_ECHOED = ("tools", "tool_choice")
_SETTLED = frozenset({"model", "input", "tools", "tool_choice"})


class ResponsesRoute:
    """The `NativeRoute` for `openai.responses`."""

    def serves(self, body: JsonObject, target: Target) -> bool:  # noqa: ARG002 - what is asked does not matter
        return RESPONSES not in target.lacking

    def adapt_request(
        self,
        body: JsonObject,
        headers: Mapping[str, str],  # noqa: ARG002 - no header of this wire concerns the model
        target: Target,
        fetch: FetchFile,  # noqa: ARG002 - Azure fetches files itself
    ) -> UpstreamRequest:
        check_responses_fields(body)
        settled = settle_responses(body)
        if settled.compacts:
            return _build_compaction(body, settled, target, folds=True)
        notes = list(settled.diagnostics)
        names = ToolNames()
        adapted: JsonObject = {
            "model": target.model,
            "input": adapt_items(settled.items, names, target.capabilities, notes),
            **{key: value for key, value in body.items() if _passes(key) and value is not None},
        }
        _name_format(adapted)
        _adapt_tools(adapted, settled, names, notes)
        notes += _unknown(body)
        notes += fit_responses_parameters(adapted, target.capabilities)
        return ResponsesRequest(
            path=PATH,
            body=adapted,
            diagnostics=tuple(notes),
            tool_names=names.back,
            operation=operation_of(target),
            origins=settled.tools.origins,
            echoes={key: body[key] for key in _ECHOED if body.get(key) is not None},
        )

    def adapt_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> tuple[bytes, Usage]:
        """Raises `UpstreamError` when the body holds an error or no response."""
        if isinstance(sent, ResponsesRequest) and sent.folds:
            response = build_folded_response(body, target.public_model)
        else:
            response = parse_response(body)
            adapt_response_object(response, sent, target.public_model)
        return dump_json(response), decode_responses_usage(response.get("usage"))

    def stream_adapter(self, body: JsonObject, sent: UpstreamRequest, target: Target) -> StreamAdapter:  # noqa: ARG002 - what was sent says all
        if not isinstance(sent, ResponsesRequest):
            raise TypeError("This route adapts its own requests only.")
        return (
            CompactionStream(target.public_model)
            if sent.folds
            else ResponsesStreamAdapter(sent, target.public_model)
        )


class CompactRoute(ResponsesRoute):
    """The `NativeRoute` for `openai.responses.compact`."""

    def adapt_request(
        self,
        body: JsonObject,
        headers: Mapping[str, str],  # noqa: ARG002 - as above
        target: Target,
        fetch: FetchFile,  # noqa: ARG002 - as above
    ) -> UpstreamRequest:
        if body.get("stream"):
            raise ClientError("`stream` cannot be true here: a folded conversation comes whole.", param="stream")
        check_responses_fields(body)
        return _build_compaction(body, settle_responses(body), target, folds=False)


def _build_compaction(
    body: JsonObject, settled: SettledResponses, target: Target, *, folds: bool
) -> UpstreamRequest:
    """Azure takes nothing here but the conversation."""
    notes = list(settled.diagnostics)
    kept = {key: body[key] for key in ("instructions", "previous_response_id") if body.get(key) is not None}
    items = adapt_items(settled.items, ToolNames(), target.capabilities, notes)
    return ResponsesRequest(
        path=_COMPACT_PATH,
        body={"model": target.model, "input": items, **kept},
        diagnostics=tuple(notes),
        operation=operation_of(target),
        folds=folds,
    )


def needs_responses(target: Target, *, with_tools: bool, effort: str | None) -> bool:
    """True for what the chat path of the model does not take: any request, or tools beside a reasoning effort."""
    capabilities = target.capabilities
    if not capabilities.chat:
        return True
    pair = with_tools and effort not in (None, "none") and not capabilities.tools_with_effort
    return pair and RESPONSES not in target.lacking


def operation_of(target: Target) -> str | None:
    """A model without a chat path has no other way."""
    return RESPONSES if target.capabilities.chat else None


def _passes(key: str) -> bool:
    return key in RESPONSES_KEYS and key not in _SETTLED


def _unknown(body: JsonObject) -> list[Diagnostic]:
    return [
        Diagnostic(key, "Azure OpenAI does not know it")
        for key, value in body.items()
        if key not in RESPONSES_KEYS and key != "model" and value is not None
    ]


def _adapt_tools(body: JsonObject, settled: SettledResponses, names: ToolNames, notes: list[Diagnostic]) -> None:
    """Put the tools into the body; long descriptions go before the conversation."""
    tools, choice = list(settled.tools.tools), settled.tools.choice
    match choice:
        case {"type": "allowed_tools", "mode": mode, "tools": allowed}:
            wanted = {tool["name"] for tool in allowed}
            tools = [tool for tool in tools if tool["name"] in wanted]
            choice = mode
            notes.append(Diagnostic("tool_choice", "only the allowed tools were sent", Action.CHANGED))
        case {"type": "function", "name": name}:
            choice = {"type": "function", "name": names.fit(name)}
    if not tools:
        return
    long_texts: dict[str, str] = {}
    body["tools"] = [_adapt_tool(tool, names, long_texts) for tool in tools]
    if choice is not None:
        body["tool_choice"] = choice
    body["input"] = explain_tools(body["input"], long_texts)


def _name_format(body: JsonObject) -> None:
    match body.get("text"):
        case {"format": {"type": "json_schema"} as wanted}:
            body["text"] = {**body["text"], "format": named_format(wanted)}


def _adapt_tool(tool: JsonObject, names: ToolNames, long_texts: dict[str, str]) -> JsonObject:
    name = names.fit(tool["name"])
    built, long_text = build_tool(name, tool.get("description"), tool.get("parameters"), tool.get("strict"))
    if long_text:
        long_texts[name] = long_text
    return {"type": "function", **built["function"]}
