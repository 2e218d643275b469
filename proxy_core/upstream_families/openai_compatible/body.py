"""A chat completions body made fit for one host and model: a client's own, or one that was built from a neutral
request."""

from collections.abc import Iterable
from typing import Any

from proxy_core.capabilities import Capabilities
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.base import Target
from proxy_core.upstream_families.chat_wire.hosts import host_of
from proxy_core.upstream_families.chat_wire.turns import order_turns, shorten_call_ids
from proxy_core.upstream_families.notes import Notes

__all__ = ["fit_body"]


def fit_body(body: JsonObject, target: Target, notes: Notes) -> None:
    """Change `body` in place; its `messages` are chat messages already. Raises `ClientError` for content and tools
    that the model cannot take."""
    host = host_of(target.model)
    messages: list[JsonObject] = body["messages"]
    _check_messages(messages, target)
    if host.turns:
        messages = order_turns(messages, notes)
    if host.short_call_ids:
        messages = shorten_call_ids(messages)
    body["messages"] = messages
    body["model"] = target.model
    _fit_tools(body, target, notes)
    _fit_limits(body, target.capabilities, notes)
    _fit_effort(body, target.capabilities, notes)
    if body.get("stream") is True and host.stream_options:
        body["stream_options"] = {"include_usage": True}
    else:
        body.pop("stream_options", None)


def _check_messages(messages: Iterable[JsonObject], target: Target) -> None:
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        if not target.capabilities.tools and (message.get("tool_calls") or message.get("role") == "tool"):
            raise ClientError(f"The model {target.model} knows no tools, but {path} holds a call.", param=path)
        if not target.capabilities.images and (place := _first_image(message.get("content"))) is not None:
            path = f"{path}.content[{place}]"
            raise ClientError(f"{path}: the model {target.model} does not read images.", param=path)


def _first_image(content: Any) -> int | None:
    parts = content if isinstance(content, list) else []
    places = (i for i, part in enumerate(parts) if isinstance(part, dict) and part.get("type") == "image_url")
    return next(places, None)


def _fit_tools(body: JsonObject, target: Target, notes: Notes) -> None:
    """Without tools, what speaks of tools is refused."""
    if body.get("tools") and not target.capabilities.tools:
        if body.get("tool_choice") != "none":
            raise ClientError(f"The model {target.model} cannot call tools: send none.", param="tools")
        body.pop("tools")
        notes.dropped("tools", "the model cannot call any")
    if not body.get("tools"):
        for key in ("tools", "tool_choice", "parallel_tool_calls"):
            body.pop(key, None)


def _fit_limits(body: JsonObject, capabilities: Capabilities, notes: Notes) -> None:
    """These hosts know the older name of the limit; some leave the newer one out of account without a word."""
    newer = body.pop("max_completion_tokens", None)
    wanted = newer if newer is not None else body.pop("max_tokens", None)
    if wanted is None:
        return
    limit, context = capabilities.max_output_tokens, capabilities.context_tokens
    if limit is None and context is not None and isinstance(wanted, int | float) and wanted >= context:
        notes.dropped("max_tokens", f"the model reads and writes {context} tokens together: it writes what is left")
        return
    if limit is not None and isinstance(wanted, int | float) and wanted > limit:
        notes.changed("max_tokens", f"the model writes at most {limit} tokens")
        wanted = limit
    body["max_tokens"] = wanted


def _fit_effort(body: JsonObject, capabilities: Capabilities, notes: Notes) -> None:
    effort = body.pop("reasoning_effort", None)
    if effort is None:
        return
    if effort in capabilities.efforts:
        body["reasoning_effort"] = effort
    else:
        notes.dropped("reasoning_effort", "the model does not know it")
