"""Orchestration's LLM module: which models it reaches, what they refuse, and what they see of the request."""

import re
from collections.abc import Mapping
from typing import Any

from proxy_core.simulator.azure.openai_conversation import read_chat
from proxy_core.simulator.bedrock.models import bedrock_model, is_claude
from proxy_core.simulator.bedrock.option_rules import check_limits, check_sampling, check_thinking
from proxy_core.simulator.bedrock.schema import CLAUDE_OPTIONS
from proxy_core.simulator.mind.conversation import Conversation
from proxy_core.simulator.orchestration.errors import OrchestrationError
from proxy_core.simulator.signatures import thinking_is_genuine
from proxy_core.simulator.validation.pydantic_words import PydanticWords
from proxy_core.simulator.validation.shapes import BOOL, TEXT, Either, Number, Obj, RefusalError, Seq, Text, check

__all__ = ["LLM", "check_llm", "check_model", "decode_conversation", "reported_name"]

LLM = "LLM Module"
_KNOWN = re.compile(
    r"gpt-(4o|4\.1|5)|o\d|anthropic--claude|amazon--nova|gemini-\d|mistralai--|cohere--command|sonar|sap-abap"
)
_VERSION = re.compile(r"latest|\d[\w.-]*|perplexity-us")
_BUFFERED_ONLY = re.compile(r"sap-abap|cohere--")
_REASONS_FIRST = re.compile(r"gpt-5|o\d")
_PARAMS = Obj(
    {
        "max_tokens": Number(integer=True, minimum=1),
        "max_completion_tokens": Number(integer=True, minimum=1),
        "temperature": Number(minimum=0, maximum=2),
        "top_p": Number(minimum=0, maximum=1),
        "n": Number(integer=True, minimum=1),
        "stop": Either((Seq(TEXT), TEXT)),
        "parallel_tool_calls": BOOL,
        "tool_choice": Either(
            (
                Obj({"type": TEXT, "name": TEXT, "function": Obj({"name": TEXT}, ("name",))}, open_=True),
                Text(("auto", "none", "required", "any")),
            )
        ),
    },
    open_=True,
)
_SAMPLING_AND_THINKING = ("thinking", "output_config", "temperature", "top_p", "top_k")
_CLAUDE_PARAMS = frozenset(
    {
        "anthropic_beta",
        "frequency_penalty",
        "max_completion_tokens",
        "max_tokens",
        "n",
        "output_config",
        "parallel_tool_calls",
        "presence_penalty",
        "stop",
        "stream_options",
        "temperature",
        "thinking",
        "tool_choice",
        "top_k",
        "top_p",
    }
)


def check_model(model: Mapping[str, Any], *, streams: bool) -> None:
    """What is refused before the model is called."""
    name = model["name"]
    if not _KNOWN.match(name):
        raise OrchestrationError("Request Body", f"Model {name} not supported.")
    if streams and _BUFFERED_ONLY.match(name):
        raise OrchestrationError(LLM, "Streaming is not supported for this model")


def check_llm(model: Mapping[str, Any], messages: list[dict[str, Any]]) -> None:
    """What the model itself refuses; in a stream these come as an error frame."""
    name, version, params = model["name"], model.get("version", "latest"), model.get("params", {})
    if not _VERSION.fullmatch(version):
        raise OrchestrationError(LLM, f"Model {name} in version {version} not found.")
    try:
        check(_PARAMS, params, PydanticWords())
    except RefusalError as refusal:
        raise OrchestrationError(LLM, refusal.message) from refusal
    _check_pairs(name, messages)
    if is_claude(name):
        _check_claude(name, params, messages)
    elif _REASONS_FIRST.match(name) and params.get("temperature", 1) != 1:
        value = params["temperature"]
        raise OrchestrationError(
            LLM,
            f"Unsupported value: 'temperature' does not support {value} with this model. Only the default (1) "
            "value is supported.",
        )


def _check_claude(name: str, params: Mapping[str, Any], messages: list[dict[str, Any]]) -> None:
    facts = bedrock_model(name)
    if unknown := next((key for key in params if key not in _CLAUDE_PARAMS), None):
        raise OrchestrationError(LLM, f"{unknown}: Extra inputs are not permitted.")
    try:
        check(CLAUDE_OPTIONS, params, PydanticWords())
        limit = params.get("max_completion_tokens", params.get("max_tokens", facts.max_output))
        body = {key: params[key] for key in _SAMPLING_AND_THINKING if key in params} | {"max_tokens": limit}
        check_thinking(body, facts)
        check_sampling(body, facts)
        check_limits(body, facts, 0)
    except RefusalError as refusal:
        raise OrchestrationError(LLM, refusal.message) from refusal
    if messages[-1]["role"] == "assistant" and not facts.prefill:
        raise OrchestrationError(
            LLM,
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        )
    _check_reasoning(messages)


def _check_reasoning(messages: list[dict[str, Any]]) -> None:
    for index, message in enumerate(messages):
        for block in message.get("reasoning_content", []):
            if not thinking_is_genuine(block.get("content", ""), block.get("signature", "")):
                raise OrchestrationError(
                    LLM, f"messages.{index}.content.0: Invalid `signature` in `thinking` block"
                )


def _check_pairs(name: str, messages: list[dict[str, Any]]) -> None:
    waiting: list[str] = []
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                raise OrchestrationError(LLM, _stray_result(name, index, message["tool_call_id"]))
            waiting.remove(message["tool_call_id"])
        elif waiting:
            raise OrchestrationError(LLM, _unanswered(name, index - 1, waiting))
        if message["role"] == "assistant":
            waiting = [call["id"] for call in message.get("tool_calls", [])]
    if waiting:
        raise OrchestrationError(LLM, _unanswered(name, len(messages) - 1, waiting))


def _stray_result(name: str, index: int, call_id: str) -> str:
    if is_claude(name):
        return f"messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {call_id}"
    return "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."


def _unanswered(name: str, index: int, call_ids: list[str]) -> str:
    listed = ", ".join(call_ids)
    if is_claude(name):
        return (
            f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {listed}"
            ". Each `tool_use` block must have a corresponding `tool_result` block in the next message."
        )
    return (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
        f"'tool_call_id'. The following tool_call_ids did not have response messages: {listed}"
    )


def decode_conversation(modules: Mapping[str, Any], messages: list[dict[str, Any]]) -> Conversation:
    """The request as the model sees it: the harmonised form is OpenAI's."""
    templating = modules["prompt_templating"]
    model, prompt = templating["model"], templating.get("prompt", {})
    params = model.get("params", {})
    kinds = {message["role"] for message in messages}
    seen = messages if "user" in kinds else [*messages, {"role": "user", "content": ""}]
    body = {**params, "messages": [{"content": "", **message} for message in seen]}
    body["tool_choice"] = _openai_choice(params.get("tool_choice", "auto"))
    for key in ("tools", "response_format"):
        if key in prompt:
            body[key] = prompt[key]
    return read_chat(model["name"], body, thinks=_thinks(model["name"], params))


def _openai_choice(choice: Any) -> Any:
    """Params reach the model as they are, so Claude's own form is possible too."""
    if not isinstance(choice, dict) or "function" in choice:
        return choice
    if "name" in choice:
        return {"type": "function", "function": {"name": choice["name"]}}
    return choice.get("type", "auto")


def _thinks(name: str, params: Mapping[str, Any]) -> bool:
    return is_claude(name) and params.get("thinking", {}).get("type", "disabled") != "disabled"


def reported_name(name: str) -> str:
    """The name in the answer: the vendor's own for Claude."""
    return bedrock_model(name).wire_name if is_claude(name) else name
