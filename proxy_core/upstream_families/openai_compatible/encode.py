"""A neutral request to a chat completions body, which then passes the same rules as a client's own."""

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.encode_messages import PlainMessageEncoder
from proxy_core.upstream_families.chat_wire.encode_tools import (
    encode_choice,
    encode_format,
    encode_tool,
    offered_tools,
)
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.notes import Notes
from proxy_core.upstream_families.openai_compatible.body import fit_body
from proxy_core.upstream_families.openai_compatible.chat_route import PATH
from proxy_core.upstream_families.toolless import fit_tools

__all__ = ["encode_request"]


def encode_request(request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
    """Raises `ClientError` for content and tools that the model cannot take."""
    names = ToolNames()
    notes = Notes()
    request = fit_tools(request, target.model, target.capabilities, notes)
    body: JsonObject = {
        "messages": PlainMessageEncoder(names, target.capabilities, fetch).encode_all(request.messages),
        **_encode_tools(request, names),
        **_encode_sampling(request),
    }
    if request.response_format:
        body["response_format"] = encode_format(request.response_format, names)
    if request.reasoning and request.reasoning.effort:
        body["reasoning_effort"] = request.reasoning.effort
    elif request.reasoning and request.reasoning.mode == "budget":
        notes.dropped("reasoning", "the model takes no budget for its thoughts")
    if request.stream:
        body["stream"] = True
    fit_body(body, target, notes)
    return UpstreamRequest(path=PATH, body=body, diagnostics=notes.all(), tool_names=names.back)


def _encode_tools(request: ChatRequest, names: ToolNames) -> JsonObject:
    encoded: JsonObject = {"tools": [encode_tool(tool, names) for tool in offered_tools(request)]}
    if request.tool_choice:
        encoded["tool_choice"] = encode_choice(request.tool_choice, names)
    if request.parallel_tool_calls is not None:
        encoded["parallel_tool_calls"] = request.parallel_tool_calls
    return encoded


def _encode_sampling(request: ChatRequest) -> JsonObject:
    sampling = request.sampling
    values = {
        "max_tokens": sampling.max_output_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "stop": list(sampling.stop) or None,
        "seed": sampling.seed,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
    }
    return {key: value for key, value in values.items() if value is not None}
