"""A neutral request to a Gemini call: puts the pieces together."""

from collections.abc import Iterator

from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import ChatRequest
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.gemini.contents import ContentEncoder
from proxy_core.upstream_families.gemini.generation import encode_generation
from proxy_core.upstream_families.gemini.output_format import encode_output_format
from proxy_core.upstream_families.gemini.tools import encode_tool_config, encode_tools, tool_names

__all__ = ["build_path", "build_request"]


def build_request(request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
    """The whole call. Raises `ClientError` for content that cannot be expressed."""
    notes: list[Diagnostic] = list(_unspoken(request))
    contents = ContentEncoder(target.capabilities, fetch, notes)
    output = encode_output_format(request, target, notes)
    system = contents.encode_system(request.messages, output.instruction)
    body: JsonObject = {
        "systemInstruction": system,
        "contents": contents.encode(request.messages),
        "tools": encode_tools(request, target, notes),
        "toolConfig": encode_tool_config(request),
        "generationConfig": encode_generation(request, target, notes) | output.config,
        "safetySettings": request.extras.get("gemini.safety_settings"),
    }
    return UpstreamRequest(
        path=build_path(target.model, request.stream),
        body={key: value for key, value in body.items() if value},
        diagnostics=tuple(notes),
        tool_names=tool_names(request.tools),
    )


def build_path(model: str, stream: bool) -> str:
    """The path below the deployment's URL."""
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return f"/models/{model}:{method}"


def _unspoken(request: ChatRequest) -> Iterator[Diagnostic]:
    """What Gemini has no field for."""
    if request.parallel_tool_calls is False and request.tools:
        yield Diagnostic("parallel_tool_calls", "Gemini cannot be kept from calling several tools at once")
    if request.user is not None:
        yield Diagnostic("user", "Gemini has no field for it")
