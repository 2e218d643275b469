"""A neutral request to an orchestration call.

The service takes what looks like a placeholder in the template for one, and also in the texts of tools. So the
conversation stands in `messages_history`, which is not rendered. The last message stands in the template, where
the service wants one; its delimiters, and those of the tools, are broken by an invisible character. A last message
with delimiters and no tools needs no template and goes into the history as it is.
"""

from dataclasses import replace

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, Part, ReasoningPart, ResponseFormat, ToolDefinition
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.encode_tools import encode_format, encode_tool, offered_tools
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.claude_options import leave_thoughts_behind
from proxy_core.upstream_families.notes import Notes
from proxy_core.upstream_families.orchestration.messages import cache_mark, encode_messages, note_lost_thought
from proxy_core.upstream_families.orchestration.parameters import encode_parameters
from proxy_core.upstream_families.toolless import fit_tools
from proxy_core.wire.orchestration import COMPLETION_PATH, Vendor, neutralised, vendor_of

__all__ = ["encode_request", "is_streamed"]

_MODEL_FIELDS = ("config", "modules", "prompt_templating", "model", "params")
_DESCRIPTION = "The answer as JSON."


def encode_request(request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
    """Raises `ClientError` for content that the model cannot take."""
    notes = Notes()
    names = ToolNames()
    vendor = vendor_of(target.model)
    request = (
        leave_thoughts_behind(request) if target.without_thoughts else _without_hidden_thoughts(request, notes)
    )
    request = fit_tools(request, target.model, target.capabilities, notes)
    tools = [_encode_tool(tool, names, vendor) for tool in offered_tools(request)]
    messages = encode_messages(request, names, target.model, vendor, target.capabilities, fetch, notes)
    params = encode_parameters(request, names, vendor, target.capabilities, notes, tools=bool(tools))
    model = {"name": target.model, "params": params, "max_retries": 0}
    if target.model_version not in ("", "latest"):
        model["version"] = target.model_version
    history, prompt = _split(messages, tools, request.response_format, names, notes)
    templating: JsonObject = {"model": model, **({"prompt": prompt} if prompt else {})}
    config: JsonObject = {"modules": {"prompt_templating": templating, **target.modules}}
    operation = f"streaming of {target.model}"
    if request.stream and operation not in target.lacking:
        config["stream"] = {"enabled": True}
    body: JsonObject = {"config": config, **({"messages_history": history} if history else {})}
    return UpstreamRequest(
        path=COMPLETION_PATH,
        body=body,
        diagnostics=notes.all(),
        tool_names=names.back,
        operation=operation if request.stream else None,
        model_fields=_MODEL_FIELDS,
    )


def _without_hidden_thoughts(request: ChatRequest, notes: Notes) -> ChatRequest:
    """The service has no place for them. What decides on thinking must not count on them either: Claude refuses to
    think on after a tool call whose thought is missing."""
    messages = tuple(
        replace(message, parts=tuple(part for part in message.parts if not _is_hidden(part)))
        for message in request.messages
    )
    if any(len(kept.parts) < len(given.parts) for kept, given in zip(messages, request.messages, strict=True)):
        note_lost_thought(notes)
    return replace(request, messages=messages)


def _is_hidden(part: Part) -> bool:
    return isinstance(part, ReasoningPart) and part.redacted is not None


def is_streamed(sent: UpstreamRequest) -> bool:
    return "stream" in sent.body["config"]


def _encode_tool(tool: ToolDefinition, names: ToolNames, vendor: Vendor) -> JsonObject:
    return {**encode_tool(tool, names), **cache_mark(tool.extras, vendor)}


def _split(
    messages: list[JsonObject],
    tools: list[JsonObject],
    wanted: ResponseFormat | None,
    names: ToolNames,
    notes: Notes,
) -> tuple[list[JsonObject], JsonObject | None]:
    """History and prompt."""
    prompt: JsonObject = {}
    if tools:
        prompt["tools"] = tools
    if wanted:
        prompt["response_format"] = _described(encode_format(wanted, names))
    *history, last = messages
    if not prompt and neutralised(last) is not last:
        return messages, None
    prompt["template"] = [last]
    plain = neutralised(prompt)
    if plain is not prompt:
        notes.changed("{{", "it would be taken for a placeholder: an invisible character was put into it")
    return history, plain


def _described(wanted: JsonObject) -> JsonObject:
    """Some models refuse a schema without a description."""
    if wanted["type"] == "json_schema":
        wanted["json_schema"].setdefault("description", _DESCRIPTION)
    return wanted
