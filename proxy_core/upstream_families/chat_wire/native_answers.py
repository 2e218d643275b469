"""The answer half of a native route: chat answers to a chat client.

Everything passes but Azure's content filter notes; `model` becomes the client's name, finish reasons beside tool
calls are repaired, empty lists of tool calls vanish, and free-form tools get their plain text.
"""

from typing import ClassVar

from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.base import StreamAdapter, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import parse_answer
from proxy_core.upstream_families.chat_wire.custom_calls import unpack_custom_calls
from proxy_core.upstream_families.chat_wire.stream_adapter import ChatStreamAdapter, adapt_choice
from proxy_core.wire.openai import decode_usage, encode_usage, settled_custom_names

__all__ = ["ChatAnswers"]


class ChatAnswers:
    """To be completed by `adapt_request`."""

    reads_every_frame: ClassVar[bool] = False
    """For hosts whose ordinary frames hold what clients must not see."""

    def adapt_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> tuple[bytes, Usage]:
        """Raises `UpstreamError` when the body holds an error or no answer."""
        answer = parse_answer(body)
        usage = decode_usage(answer.get("usage"))
        answer["model"] = target.public_model
        answer.pop("prompt_filter_results", None)
        answer.setdefault("usage", encode_usage(usage))
        for choice in answer["choices"]:
            adapt_choice(choice, "message", sent.tool_names)
            unpack_custom_calls(choice, _custom_tools(sent))
        return dump_json(answer), usage

    def stream_adapter(self, body: JsonObject, sent: UpstreamRequest, target: Target) -> StreamAdapter:
        options = body.get("stream_options")
        return ChatStreamAdapter(
            model=target.public_model,
            with_usage=isinstance(options, dict) and options.get("include_usage") is True,
            tool_names=sent.tool_names,
            custom_tools=_custom_tools(sent),
            reads_every_frame=self.reads_every_frame,
        )


def _custom_tools(sent: UpstreamRequest) -> frozenset[str]:
    """The client's names of its free-form tools."""
    return frozenset(sent.tool_names.get(name, name) for name in settled_custom_names(sent.body))
