"""Requests to models that cannot call tools."""

from dataclasses import replace

from proxy_core.capabilities import Capabilities
from proxy_core.errors import ClientError
from proxy_core.neutral.messages import ChatRequest, ToolCallPart, ToolResultPart
from proxy_core.upstream_families.notes import Notes

__all__ = ["fit_tools"]


def fit_tools(request: ChatRequest, model: str, capabilities: Capabilities, notes: Notes) -> ChatRequest:
    """The request as the model takes it. Raises `ClientError` where tools are to be called, or were; tools that
    must not be called are left out."""
    if capabilities.tools:
        return request
    if (call := _first_call(request)) is not None:
        raise ClientError(f"The model {model} knows no tools, but the conversation holds the call {call!r}.")
    if not request.tools:
        return request
    if request.tool_choice is None or request.tool_choice.mode != "none":
        raise ClientError(f"The model {model} cannot call tools: send none.", param="tools")
    notes.dropped("tools", "the model cannot call any")
    return replace(request, tools=(), tool_choice=None)


def _first_call(request: ChatRequest) -> str | None:
    """The id of the first call, by which every client knows it."""
    for message in request.messages:
        for part in message.parts:
            match part:
                case ToolCallPart(id=identity) | ToolResultPart(call_id=identity):
                    return identity
                case _:
                    continue
    return None
