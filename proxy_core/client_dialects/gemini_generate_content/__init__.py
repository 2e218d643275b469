"""Google's Gemini API as a client dialect: `/v1beta/models/{model}:generateContent` and its streamed twin."""

from collections.abc import Mapping

from proxy_core.client_dialects.base import ReplyContext, StreamEncoder
from proxy_core.client_dialects.gemini_generate_content.decode_request import decode_request
from proxy_core.client_dialects.gemini_generate_content.embed_content import (
    GeminiBatchEmbedContents,
    GeminiEmbedContent,
)
from proxy_core.client_dialects.gemini_generate_content.encode_response import encode_response
from proxy_core.client_dialects.gemini_generate_content.errors import KEEP_ALIVE_FRAME, encode_error, error_frame
from proxy_core.client_dialects.gemini_generate_content.stream_encoder import GeminiStreamEncoder
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, ChatResponse

__all__ = ["GeminiBatchEmbedContents", "GeminiEmbedContent", "GeminiGenerateContent"]


class GeminiGenerateContent:
    """The `ClientDialect` named `gemini.generate_content`. The gateway puts `model` and `stream`, which this wire
    has in its path, into the body."""

    name = "gemini.generate_content"

    def decode_request(self, body: JsonObject, headers: Mapping[str, str]) -> ChatRequest:  # noqa: ARG002 - none matters
        return decode_request(body)

    def encode_response(self, response: ChatResponse, context: ReplyContext) -> JsonObject:
        return encode_response(response, context)

    def stream_encoder(self, context: ReplyContext) -> StreamEncoder:
        return GeminiStreamEncoder(context)

    def encode_error(self, error: ProxyError, request_id: str) -> JsonObject:  # noqa: ARG002 - the wire has no place
        return encode_error(error)

    def error_frame(self, error: ProxyError, request_id: str) -> bytes:  # noqa: ARG002 - the wire has no place
        return error_frame(error)

    def keep_alive_frame(self) -> bytes:
        return KEEP_ALIVE_FRAME
