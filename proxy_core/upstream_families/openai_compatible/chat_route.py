"""Native route: a chat completions client on a host that speaks the same wire.

The written rule of what passes. Request: everything but what concerns OpenAI's own platform or was put there for
other vendors; `model` is SAP's name; messages, tools and parameters are fitted to the host (`fit_body`). Answer:
everything passes, citations and search results too; `model` becomes the client's name.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.native_answers import ChatAnswers
from proxy_core.upstream_families.chat_wire.native_checks import check_conversation
from proxy_core.upstream_families.chat_wire.native_messages import adapt_messages, messages_of
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.notes import Notes
from proxy_core.upstream_families.openai_compatible.body import fit_body
from proxy_core.wire.openai import settle_body
from proxy_core.wire.openai.body_checks import check_chat_fields

__all__ = ["PATH", "ChatRoute"]

PATH = "/chat/completions"
_OTHER_VENDORS = frozenset(
    {
        "store", "metadata", "service_tier", "prediction", "modalities", "audio", "prompt_cache_key", "verbosity",
        "safety_identifier", "reasoning", "thinking", "enable_thinking", "thinking_budget", "output_config",
    }
)  # fmt: skip


class ChatRoute(ChatAnswers):
    """The `NativeRoute` for `openai.chat`."""

    reads_every_frame: ClassVar[bool] = True
    """vLLM writes empty lists of tool calls, Perplexity the whole text so far, into every frame."""

    def adapt_request(
        self,
        body: JsonObject,
        headers: Mapping[str, str],  # noqa: ARG002 - no header of this wire concerns the model
        target: Target,
        fetch: FetchFile,  # noqa: ARG002 - the hosts fetch images themselves
    ) -> UpstreamRequest:
        """Raises `ClientError` for messages that are none, and for tools that the model cannot take."""
        settled = settle_body(body)
        check_chat_fields(settled.body)
        check_conversation(settled.body, own_parts_only=False)
        notes = Notes()
        adapted = {
            key: value for key, value in settled.body.items() if key not in _OTHER_VENDORS and value is not None
        }
        for key in settled.body.keys() & _OTHER_VENDORS:
            notes.dropped(key, "the host does not know it")
        names = ToolNames()
        adapted["messages"] = adapt_messages(messages_of(settled.body), names, notes)
        _fit_names(adapted, names)
        fit_body(adapted, target, notes)
        return UpstreamRequest(
            path=PATH, body=adapted, diagnostics=(*settled.diagnostics, *notes.all()), tool_names=names.back
        )


def _fit_names(body: JsonObject, names: ToolNames) -> None:
    """Tool names within the wire's limits, in place."""
    tools = body.get("tools")
    if isinstance(tools, list):
        body["tools"] = [_fit_tool(tool, names) for tool in tools]
    match body.get("tool_choice"):
        case {"type": "function", "function": {"name": str() as name}}:
            body["tool_choice"] = {"type": "function", "function": {"name": names.fit(name)}}


def _fit_tool(tool: Any, names: ToolNames) -> Any:
    match tool:
        case {"function": {"name": str() as name} as function}:
            fitted = names.fit(name)
            return tool if fitted == name else {**tool, "function": {**function, "name": fitted}}
        case _:
            return tool
