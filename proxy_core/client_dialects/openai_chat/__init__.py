"""The OpenAI chat completions dialect: what clients send to `/v1/chat/completions` and get back."""

from collections.abc import Mapping

from proxy_core.client_dialects.base import ReplyContext, StreamEncoder
from proxy_core.client_dialects.openai_chat.decode_request import decode_request
from proxy_core.client_dialects.openai_chat.encode_response import encode_response
from proxy_core.client_dialects.openai_chat.stream_encoder import KEEP_ALIVE_FRAME, ChatStreamEncoder
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.wire.openai.errors import encode_error, error_frame

__all__ = ["OpenAIChat"]


class OpenAIChat:
    """The `ClientDialect` named `openai.chat`."""

    name = "openai.chat"

    def decode_request(self, body: JsonObject, headers: Mapping[str, str]) -> ChatRequest:  # noqa: ARG002 - none matters
        return decode_request(body)

    def encode_response(self, response: ChatResponse, context: ReplyContext) -> JsonObject:
        return encode_response(response, context)

    def stream_encoder(self, context: ReplyContext) -> StreamEncoder:
        return ChatStreamEncoder(context)

    def encode_error(self, error: ProxyError, request_id: str) -> JsonObject:  # noqa: ARG002 - the wire has no place
        return encode_error(error)

    def error_frame(self, error: ProxyError, request_id: str) -> bytes:  # noqa: ARG002 - the wire has no place
        return error_frame(error)

    def keep_alive_frame(self) -> bytes:
        return KEEP_ALIVE_FRAME
