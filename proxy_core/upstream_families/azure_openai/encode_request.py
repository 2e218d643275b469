"""A neutral request to a chat completions body for Azure OpenAI."""

from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import ChatRequest, ToolDefinition
from proxy_core.upstream_families.azure_openai.parameters import effort_of, fit_parameters, fit_user
from proxy_core.upstream_families.azure_openai.tools import build_tool, explain_tools, fit_schema
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.encode_messages import MessageEncoder
from proxy_core.upstream_families.chat_wire.encode_tools import encode_choice, encode_format, offered_tools
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames

__all__ = ["encode_request"]

_MOST_STOPS = 4


def encode_request(request: ChatRequest, target: Target, fetch: FetchFile, path: str) -> UpstreamRequest:
    """Raises `ClientError` for content that Azure cannot take."""
    names = ToolNames()
    notes: list[Diagnostic] = []
    body: JsonObject = {}
    long_texts = _encode_tools(request, names, body)
    messages = MessageEncoder(names, target.capabilities, fetch).encode_all(request.messages)
    body["messages"] = explain_tools(messages, long_texts)
    if request.response_format:
        body["response_format"] = encode_format(request.response_format, names)
    _encode_sampling(request, body, notes)
    if effort := effort_of(request.reasoning):
        body["reasoning_effort"] = effort
    if request.user:
        body["user"] = fit_user(request.user)
    if request.stream:
        body["stream"] = True
    notes += fit_parameters(body, target.capabilities)
    return UpstreamRequest(path=path, body=body, diagnostics=tuple(notes), tool_names=names.back)


def _encode_tools(request: ChatRequest, names: ToolNames, body: JsonObject) -> dict[str, str]:
    """Put tools into the body. Returns the long descriptions by wire name."""
    offered = offered_tools(request)
    if not offered:
        return {}
    long_texts: dict[str, str] = {}
    body["tools"] = [_encode_tool(tool, names, long_texts) for tool in offered]
    if request.tool_choice:
        body["tool_choice"] = encode_choice(request.tool_choice, names)
    if request.parallel_tool_calls is not None:
        body["parallel_tool_calls"] = request.parallel_tool_calls
    return long_texts


def _encode_tool(tool: ToolDefinition, names: ToolNames, long_texts: dict[str, str]) -> JsonObject:
    name = names.fit(tool.name)
    encoded, long_text = build_tool(name, tool.description, fit_schema(tool.parameters), tool.strict)
    if long_text:
        long_texts[name] = long_text
    return encoded


def _encode_sampling(request: ChatRequest, body: JsonObject, notes: list[Diagnostic]) -> None:
    sampling = request.sampling
    values = {
        "max_completion_tokens": sampling.max_output_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "stop": list(sampling.stop[:_MOST_STOPS]) or None,
        "seed": sampling.seed,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
    }
    body.update({key: value for key, value in values.items() if value is not None})
    if sampling.top_k is not None:
        notes.append(Diagnostic("top_k", "Azure OpenAI does not know it"))
    if len(sampling.stop) > _MOST_STOPS:
        notes.append(Diagnostic("stop", f"Azure OpenAI takes at most {_MOST_STOPS} stop sequences"))
