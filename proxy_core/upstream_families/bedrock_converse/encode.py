"""A neutral request to a Converse call."""

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, Reasoning
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.bedrock_converse.contents import ContentEncoder
from proxy_core.upstream_families.bedrock_converse.tools import Tooling, build_tooling
from proxy_core.upstream_families.claude_options import build_claude_options, leave_thoughts_behind
from proxy_core.upstream_families.notes import Notes

__all__ = ["encode_request"]

_PATHS = {True: "/converse-stream", False: "/converse"}
_HEADERS = {"accept": "application/json"}
"""With this, streams arrive as server-sent events; with AWS's own media type they would be binary."""

_CLAUDE_FIELDS = ("top_k", "thinking", "output_config")
_NO_COUNTERPART = ("seed", "presence_penalty", "frequency_penalty")
_LOW_BUDGET, _MEDIUM_BUDGET = 2048, 8192
_EFFORTS = {"minimal": "low", "xhigh": "high", "max": "high"}


def encode_request(request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
    """Raises `ClientError` for content that the model cannot take."""
    notes = Notes()
    capabilities = target.capabilities
    if target.without_thoughts:
        request = leave_thoughts_behind(request)
    claude = "claude" in target.model
    contents = ContentEncoder(capabilities, fetch, notes, claude=claude)
    tooling = build_tooling(request, notes, claude=claude, thinks=_thinks(request.reasoning, capabilities))
    body: JsonObject = {"messages": contents.encode(request.messages)}
    if system := [*contents.system, *({"text": text} for text in tooling.instructions)]:
        body["system"] = system
    if tooling.config is not None:
        body["toolConfig"] = tooling.config
    _add_options(body, request, capabilities, tooling, notes, claude=claude)
    return UpstreamRequest(
        path=_PATHS[request.stream],
        body=body,
        headers=_HEADERS,
        diagnostics=notes.all(),
        tool_names=tooling.names,
        structured_output_tool=tooling.answer_tool,
        model_fields=("additionalModelRequestFields",),
    )


def _thinks(reasoning: Reasoning | None, capabilities: Capabilities) -> bool:
    return reasoning is not None and reasoning.mode != "off" and capabilities.thinking != "none"


def _add_options(
    body: JsonObject,
    request: ChatRequest,
    capabilities: Capabilities,
    tooling: Tooling,
    notes: Notes,
    *,
    claude: bool,
) -> None:
    for name in _NO_COUNTERPART:
        if getattr(request.sampling, name) is not None:
            notes.dropped(name, "the model has no such setting")
    if claude:
        options = build_claude_options(request, capabilities, notes, forced_tool=tooling.forces_a_call)
        extra: JsonObject = {key: options[key] for key in _CLAUDE_FIELDS if key in options}
    else:
        options = _nova_limits(request, capabilities, notes)
        extra = _nova_fields(request, capabilities, options, notes)
    config = {
        "maxTokens": options.get("max_tokens"),
        "temperature": options.get("temperature"),
        "topP": options.get("top_p"),
        "stopSequences": _stops(request, notes),
    }
    if config := {key: value for key, value in config.items() if value is not None}:
        body["inferenceConfig"] = config
    if extra:
        body["additionalModelRequestFields"] = extra


def _stops(request: ChatRequest, notes: Notes) -> list[str] | None:
    stops = [text for text in request.sampling.stop if text and not text.isspace()]
    if len(stops) < len(request.sampling.stop):
        notes.dropped("stop", "the model refuses blank ones")
    return stops or None


def _nova_limits(request: ChatRequest, capabilities: Capabilities, notes: Notes) -> JsonObject:
    sampling = request.sampling
    options: JsonObject = {
        "max_tokens": sampling.max_output_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    limit = capabilities.max_output_tokens
    if limit is not None and (sampling.max_output_tokens or 0) > limit:
        options["max_tokens"] = limit
        notes.changed("max_tokens", f"this model writes at most {limit} tokens")
    if sampling.temperature is not None and sampling.temperature > 1:
        options["temperature"] = 1
        notes.changed("temperature", "the largest value of this model is 1")
    return options


def _nova_fields(request: ChatRequest, capabilities: Capabilities, options: JsonObject, notes: Notes) -> JsonObject:
    """What Nova alone knows. With high effort it takes neither a limit nor sampling.

    Source: https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html
    """
    fields: JsonObject = {}
    if request.sampling.top_k is not None:
        fields["inferenceConfig"] = {"topK": request.sampling.top_k}
    effort = _nova_effort(request.reasoning, capabilities, notes)
    if effort is not None:
        fields["reasoningConfig"] = {"type": "enabled", "maxReasoningEffort": effort}
    if effort == "high":
        for key in [key for key, value in options.items() if value is not None]:
            notes.dropped(key, "it cannot be set while the model thinks with high effort")
            options[key] = None
        if fields.pop("inferenceConfig", None):
            notes.dropped("top_k", "it cannot be set while the model thinks with high effort")
    return fields


def _nova_effort(reasoning: Reasoning | None, capabilities: Capabilities, notes: Notes) -> str | None:
    if reasoning is None or reasoning.mode == "off" or reasoning.effort == "none":
        return None
    if not capabilities.efforts:
        notes.dropped("reasoning", "this model does not think")
        return None
    if reasoning.mode == "budget":
        budget = reasoning.budget_tokens or 0
        return "low" if budget <= _LOW_BUDGET else "medium" if budget <= _MEDIUM_BUDGET else "high"
    effort = _EFFORTS.get(reasoning.effort or "medium", reasoning.effort or "medium")
    return effort if effort in capabilities.efforts else "medium"
