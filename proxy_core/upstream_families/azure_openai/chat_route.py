"""Native route: a chat completions client on a chat completions deployment.

The written rule of what passes. Request: body fields of `REQUEST_KEYS` pass, all others are left out
with a `Diagnostic`; parameters are fitted to the model; messages and tools keep the fields that the wire
knows. Answer: everything passes but Azure's content filter notes; `model` becomes the client's name.
"""

from collections.abc import Callable, Mapping

from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.azure_openai.parameters import effort_of_budget, fit_parameters
from proxy_core.upstream_families.azure_openai.responses_route import needs_responses
from proxy_core.upstream_families.azure_openai.tools import build_tool, explain_tools
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.native_answers import ChatAnswers
from proxy_core.upstream_families.chat_wire.native_checks import check_conversation
from proxy_core.upstream_families.chat_wire.native_messages import adapt_messages, messages_of
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.openai import REQUEST_KEYS, settle_body
from proxy_core.wire.openai.body_checks import check_chat_fields, named_format

__all__ = ["ChatRoute"]

_TRANSLATED = frozenset({"model", "reasoning", "thinking", "enable_thinking", "thinking_budget"})


class ChatRoute(ChatAnswers):
    """The `NativeRoute` for `openai.chat`. `path` gives the path below the deployment."""

    def __init__(self, path: Callable[[Target], str]) -> None:
        self._path = path

    def serves(self, body: JsonObject, target: Target) -> bool:
        """False for what only the Responses API of the model takes."""
        effort = body.get("reasoning_effort")
        asked = effort if isinstance(effort, str) else _effort_of(body)
        with_tools = bool(body.get("tools") or body.get("functions"))
        return not needs_responses(target, with_tools=with_tools, effort=asked)

    def adapt_request(
        self,
        body: JsonObject,
        headers: Mapping[str, str],  # noqa: ARG002 - no header of this wire concerns the model
        target: Target,
        fetch: FetchFile,  # noqa: ARG002 - Azure fetches images itself
    ) -> UpstreamRequest:
        settled = settle_body(body)
        source = settled.body
        check_chat_fields(source)
        check_conversation(source, own_parts_only=True)
        notes = Notes()
        adapted = {key: value for key, value in source.items() if key in REQUEST_KEYS and value is not None}
        for key in source:
            if key not in REQUEST_KEYS and key not in _TRANSLATED and source[key] is not None:
                notes.dropped(key, "Azure OpenAI does not know it")
        if adapted.get("reasoning_effort") is None and (effort := _effort_of(source)):
            adapted["reasoning_effort"] = effort
        names = ToolNames()
        _name_format(adapted)
        messages = adapt_messages(messages_of(source), names, notes)
        adapted["messages"] = explain_tools(messages, _adapt_tools(adapted, names))
        fitted = fit_parameters(adapted, target.capabilities)
        return UpstreamRequest(
            path=self._path(target),
            body=adapted,
            diagnostics=(*settled.diagnostics, *notes.all(), *fitted),
            tool_names=names.back,
        )


def _adapt_tools(body: JsonObject, names: ToolNames) -> dict[str, str]:
    """Fit the tools of `body` in place. Returns the long descriptions by wire name."""
    long_texts: dict[str, str] = {}
    if "tools" in body:
        body["tools"] = [_adapt_tool(tool, names, long_texts) for tool in body["tools"]]
    match body.get("tool_choice"):
        case {"type": "function", "function": {"name": str() as name}}:
            body["tool_choice"] = {"type": "function", "function": {"name": names.fit(name)}}
    return long_texts


def _adapt_tool(tool: JsonObject, names: ToolNames, long_texts: dict[str, str]) -> JsonObject:
    function = tool["function"]
    fitted = names.fit(function["name"])
    adapted, long_text = build_tool(
        fitted, function.get("description"), function.get("parameters"), function.get("strict")
    )
    if long_text:
        long_texts[fitted] = long_text
    return adapted


def _name_format(body: JsonObject) -> None:
    match body.get("response_format"):
        case {"type": "json_schema", "json_schema": dict() as wanted}:
            body["response_format"] = {**body["response_format"], "json_schema": named_format(wanted)}


def _effort_of(body: JsonObject) -> str | None:
    """The effort that routers put into other vendors' fields."""
    match body.get("reasoning"):
        case {"effort": str() as effort}:
            return effort
        case {"max_tokens": int() as budget} if budget > 0:
            return effort_of_budget(budget)
    match body.get("thinking"):
        case {"type": "disabled"}:
            return "none"
        case {"type": "enabled", "budget_tokens": int() as budget}:
            return effort_of_budget(budget)
        case _:
            return None
