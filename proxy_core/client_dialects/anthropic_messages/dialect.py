"""The dialect's front: which function does what. No rule of the wire lives here."""

from collections.abc import Mapping

from proxy_core.client_dialects.anthropic_messages.answer import encode_response
from proxy_core.client_dialects.anthropic_messages.error_shape import KEEP_ALIVE, encode_error, encode_error_frame
from proxy_core.client_dialects.anthropic_messages.request import decode_request
from proxy_core.client_dialects.anthropic_messages.stream import MessagesEncoder
from proxy_core.client_dialects.base import ReplyContext, StreamEncoder
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, ChatResponse

__all__ = ["AnthropicMessages"]


class AnthropicMessages:
    """`POST /v1/messages`, for families that speak another wire."""

    name = "anthropic.messages"

    def decode_request(self, body: JsonObject, headers: Mapping[str, str]) -> ChatRequest:  # noqa: ARG002 - betas mean nothing to other families
        return decode_request(body)

    def encode_response(self, response: ChatResponse, context: ReplyContext) -> JsonObject:
        return encode_response(response, context)

    def stream_encoder(self, context: ReplyContext) -> StreamEncoder:
        return MessagesEncoder(context)

    def encode_error(self, error: ProxyError, request_id: str) -> JsonObject:
        return encode_error(error, request_id)

    def error_frame(self, error: ProxyError, request_id: str) -> bytes:
        return encode_error_frame(error, request_id)

    def keep_alive_frame(self) -> bytes:
        return KEEP_ALIVE
