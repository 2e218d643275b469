"""A neutral request to a Cohere v2 chat body.

What a model says before it calls tools has a place of its own, `tool_plan`; the wire can force some tool but not
a certain one, so a certain one is sent alone.
"""

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import (
    ChatRequest,
    Message,
    Reasoning,
    ReasoningPart,
    ResponseFormat,
    TextPart,
    ToolDefinition,
)
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.blank_texts import without_blanks
from proxy_core.upstream_families.chat_wire.encode_messages import PlainMessageEncoder
from proxy_core.upstream_families.chat_wire.encode_tools import encode_tool, offered_tools
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.cohere import RANGES

__all__ = ["encode_request"]

_PATH = "/v2/chat"
_CONTINUE = "Continue."
_EMPTY = "(no content)"
_MOST_STOPS = 5
_ONLY_JSON = "Write nothing but the JSON: no text before or after it, and no code fence."
_BUDGETS = {"minimal": 1024, "low": 4096, "medium": 8192, "high": 16_384}


def encode_request(request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
    """Raises `ClientError` for files that the model cannot read."""
    notes = Notes()
    names = ToolNames()
    body: JsonObject = {
        "model": target.model,
        "messages": _encode_messages(request, names, target.capabilities, fetch, notes),
        **_encode_tools(request, names, notes),
        **_encode_sampling(request, target.capabilities, notes),
        **_encode_thinking(request.reasoning, target.capabilities, notes),
    }
    if request.response_format:
        _add_format(body, request.response_format, notes)
    if request.stream:
        body["stream"] = True
    return UpstreamRequest(path=_PATH, body=body, diagnostics=notes.all(), tool_names=names.back)


def _encode_messages(
    request: ChatRequest, names: ToolNames, capabilities: Capabilities, fetch: FetchFile, notes: Notes
) -> list[JsonObject]:
    encoded = without_blanks(_CohereEncoder(names, capabilities, fetch).encode_all(request.messages))
    if any(isinstance(part, ReasoningPart) for message in request.messages for part in message.parts):
        notes.dropped("messages[].reasoning", "the model thinks anew")
    if not encoded or encoded[-1]["role"] == "system":
        encoded.append({"role": "user", "content": _EMPTY})
    elif encoded[-1]["role"] == "assistant":
        notes.changed("messages", "this model does not complete its own words: a user turn was added")
        encoded.append({"role": "user", "content": _CONTINUE})
    return encoded


class _CohereEncoder(PlainMessageEncoder):
    """Close to the chat completions wire, but for the turns of the assistant."""

    def encode_assistant(self, message: Message) -> list[JsonObject]:
        encoded = super().encode_assistant(message)
        for item in encoded:
            content = item.pop("content")
            if "tool_calls" not in item:
                item["content"] = content
            elif texts := [part.text for part in message.parts if isinstance(part, TextPart) and part.text]:
                item["tool_plan"] = "\n\n".join(texts)
        return encoded


def _encode_tools(request: ChatRequest, names: ToolNames, notes: Notes) -> JsonObject:
    tools = offered_tools(request)
    if not tools:
        return {}
    choice = request.tool_choice
    encoded: JsonObject = {}
    match choice.mode if choice else "auto":
        case "none":
            encoded["tool_choice"] = "NONE"
        case "required":
            encoded["tool_choice"] = "REQUIRED"
        case "one":
            notes.changed("tools", "only the chosen tool was sent")
            tools = tuple(tool for tool in tools if choice is not None and tool.name == choice.name) or tools
            encoded["tool_choice"] = "REQUIRED"
    if request.parallel_tool_calls is False:
        notes.dropped("parallel_tool_calls", "this wire cannot forbid several calls")
    return {"tools": [_encode_tool(tool, names) for tool in tools], **encoded}


def _encode_tool(tool: ToolDefinition, names: ToolNames) -> JsonObject:
    encoded = encode_tool(tool, names)
    encoded["function"].pop("strict", None)
    return encoded


def _encode_sampling(request: ChatRequest, capabilities: Capabilities, notes: Notes) -> JsonObject:
    sampling = request.sampling
    values = {
        "max_tokens": sampling.max_output_tokens,
        "temperature": sampling.temperature,
        "p": sampling.top_p,
        "k": sampling.top_k,
        "seed": None if sampling.seed is None else abs(sampling.seed),
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
        "stop_sequences": list(sampling.stop[:_MOST_STOPS]) or None,
    }
    encoded: JsonObject = {key: value for key, value in values.items() if value is not None}
    for key, (least, largest) in RANGES.items():
        if key in encoded and not least <= encoded[key] <= largest:
            encoded[key] = min(max(encoded[key], least), largest)
            notes.changed(key, f"the model takes {least} to {largest}")
    limit = capabilities.max_output_tokens
    if limit is not None and encoded.get("max_tokens", 0) > limit:
        encoded["max_tokens"] = limit
        notes.changed("max_tokens", f"the model writes at most {limit} tokens")
    if len(sampling.stop) > _MOST_STOPS:
        notes.dropped("stop", f"the model takes at most {_MOST_STOPS} stop sequences")
    return encoded


def _encode_thinking(reasoning: Reasoning | None, capabilities: Capabilities, notes: Notes) -> JsonObject:
    if reasoning is None:
        return {}
    if capabilities.budget_range is None:
        notes.dropped("reasoning", "this model does not think")
        return {}
    if reasoning.mode == "off" or reasoning.effort == "none":
        return {"thinking": {"type": "disabled"}}
    least, largest = capabilities.budget_range
    wanted = reasoning.budget_tokens if reasoning.mode == "budget" else _budget_of(reasoning.effort, largest)
    if wanted is None:
        return {"thinking": {"type": "enabled"}}
    return {"thinking": {"type": "enabled", "token_budget": min(max(wanted, least), largest)}}


def _budget_of(effort: str | None, largest: int) -> int | None:
    return None if effort is None else _BUDGETS.get(effort, largest)


def _add_format(body: JsonObject, wanted: ResponseFormat, notes: Notes) -> None:
    """The wire takes a format only without tools; beside them it becomes an instruction."""
    if "tools" not in body:
        schema = {} if wanted.schema is None else {"json_schema": wanted.schema}
        body["response_format"] = {"type": "json_object", **schema}
        return
    notes.changed("response_format", "it became an instruction to the model")
    text = f"Answer with one JSON object. {_ONLY_JSON}"
    if wanted.schema is not None:
        schema_text = dump_json(wanted.schema).decode()
        text = f"Answer with one JSON value that fits this JSON Schema. {_ONLY_JSON}\n\n{schema_text}"
    body["messages"].insert(0, {"role": "system", "content": text})
