"""A chat completions body to a neutral request."""

from typing import Any

from proxy_core.client_dialects.openai_chat.decode_messages import MessageDecoder
from proxy_core.client_dialects.openai_chat.decode_tools import decode_tool_choice, decode_tools
from proxy_core.client_dialects.openai_chat.reasoning_fields import REASONING_KEYS, decode_reasoning
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import ChatRequest, ResponseFormat, Sampling
from proxy_core.wire.openai import settle_body
from proxy_core.wire.openai.body_checks import check_chat_fields
from proxy_core.wire.openai.fields import (
    optional_bool,
    optional_int,
    optional_number,
    optional_text,
    refused,
    required_list,
    required_object,
    required_text,
)

__all__ = ["decode_request"]

_READ = REASONING_KEYS | {
    "model", "messages", "stream", "stream_options", "n", "tools", "tool_choice", "functions", "function_call",
    "parallel_tool_calls", "response_format", "max_tokens", "max_completion_tokens", "temperature", "top_p",
    "top_k", "stop", "seed", "presence_penalty", "frequency_penalty", "user", "safety_identifier",
}  # fmt: skip
_NO_COUNTERPART = "it has no counterpart at this model"
_SPEAKERS = ("system", "developer", "user", "assistant")


def decode_request(body: JsonObject) -> ChatRequest:
    """Raises `ClientError` whose `param` is the JSON path of the field at fault."""
    settled = settle_body(body)
    body = settled.body
    check_chat_fields(body)
    _refuse_several_answers(body)
    messages = required_list(body, "messages", "messages")
    if not messages:
        raise refused("messages", "a list with at least one message")
    dropped = [key for key, value in body.items() if key not in _READ and value is not None]
    if any(map(_has_speaker, messages)):
        dropped.append("messages[].name")
    return ChatRequest(
        model=required_text(body, "model", "model"),
        messages=MessageDecoder().decode(messages),
        stream=optional_bool(body, "stream", "stream") or False,
        tools=decode_tools(body),
        tool_choice=decode_tool_choice(body),
        parallel_tool_calls=optional_bool(body, "parallel_tool_calls", "parallel_tool_calls"),
        response_format=_decode_format(body.get("response_format")),
        sampling=_decode_sampling(body),
        reasoning=decode_reasoning(body),
        user=optional_text(body, "user", "user") or optional_text(body, "safety_identifier", "safety_identifier"),
        diagnostics=(*settled.diagnostics, *(Diagnostic(key, _NO_COUNTERPART) for key in dropped)),
    )


def _has_speaker(message: Any) -> bool:
    """A name for one of several users; a tool's name is read elsewhere."""
    return isinstance(message, dict) and message.get("role") in _SPEAKERS and bool(message.get("name"))


def _refuse_several_answers(body: JsonObject) -> None:
    if (optional_int(body, "n", "n") or 1) != 1:
        raise ClientError("This model gives one answer a request: leave out `n` or set it to 1.", param="n")


def _decode_sampling(body: JsonObject) -> Sampling:
    maximum = optional_int(body, "max_completion_tokens", "max_completion_tokens")
    if maximum is None:
        maximum = optional_int(body, "max_tokens", "max_tokens")
    if maximum is not None and maximum < 1:
        raise refused("max_completion_tokens" if body.get("max_completion_tokens") else "max_tokens", "at least 1")
    return Sampling(
        max_output_tokens=maximum,
        temperature=optional_number(body, "temperature", "temperature"),
        top_p=optional_number(body, "top_p", "top_p"),
        top_k=optional_int(body, "top_k", "top_k"),
        stop=_decode_stop(body.get("stop")),
        seed=optional_int(body, "seed", "seed"),
        presence_penalty=optional_number(body, "presence_penalty", "presence_penalty"),
        frequency_penalty=optional_number(body, "frequency_penalty", "frequency_penalty"),
    )


def _decode_stop(stop: Any) -> tuple[str, ...]:
    match stop:
        case None:
            return ()
        case str():
            return (stop,)
        case list() if all(isinstance(text, str) for text in stop):
            return tuple(stop)
        case _:
            raise refused("stop", "a string or a list of strings", stop)


def _decode_format(value: Any) -> ResponseFormat | None:
    if value is None:
        return None
    match required_object(value, "response_format").get("type"):
        case "text" | None:
            return None
        case "json_object":
            return ResponseFormat("json_object")
        case "json_schema":
            return _decode_schema(required_object(value.get("json_schema"), "response_format.json_schema"))
        case kind:
            raise refused("response_format.type", "one of text, json_object, json_schema", kind)


def _decode_schema(value: JsonObject) -> ResponseFormat:
    path = "response_format.json_schema"
    return ResponseFormat(
        "json_schema",
        schema=required_object(value.get("schema"), f"{path}.schema"),
        name=optional_text(value, "name", f"{path}.name") or "response",
        description=optional_text(value, "description", f"{path}.description"),
        strict=optional_bool(value, "strict", f"{path}.strict"),
    )
