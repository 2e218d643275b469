"""The OpenAI Responses dialect: what clients send to `/v1/responses` and `/v1/responses/compact` and get back."""

from collections.abc import Mapping

from proxy_core.client_dialects.base import ReplyContext, StreamEncoder
from proxy_core.client_dialects.openai_responses.decode_request import decode_request
from proxy_core.client_dialects.openai_responses.encode_response import encode_compaction, encode_response
from proxy_core.client_dialects.openai_responses.stream_encoder import ResponsesStreamEncoder
from proxy_core.errors import ClientError, ProxyError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, ChatResponse
from proxy_core.wire.openai.errors import encode_error
from proxy_core.wire.openai.responses_frames import KEEP_ALIVE_COMMENT, failure_frames
from proxy_core.wire.openai.responses_input import COMPACTION_TRIGGER, input_items

__all__ = ["OpenAIResponses", "OpenAIResponsesCompact"]


class OpenAIResponses:
    """The `ClientDialect` named `openai.responses`."""

    name = "openai.responses"

    def decode_request(self, body: JsonObject, headers: Mapping[str, str]) -> ChatRequest:  # noqa: ARG002 - none matters
        return decode_request(body)

    def encode_response(self, response: ChatResponse, context: ReplyContext) -> JsonObject:
        return encode_response(response, context)

    def stream_encoder(self, context: ReplyContext) -> StreamEncoder:
        return ResponsesStreamEncoder(context)

    def encode_error(self, error: ProxyError, request_id: str) -> JsonObject:  # noqa: ARG002 - the wire has no place
        told = encode_error(error)
        if error.param == "messages":  # families call the conversation so
            told["error"]["param"] = "input"
        return told

    def error_frame(self, error: ProxyError, request_id: str) -> bytes:
        """For a stream that ends before anything of a response is known."""
        response: JsonObject = {"id": f"resp_{request_id}", "object": "response", "output": [], "usage": None}
        return failure_frames(error, response, 0)

    def keep_alive_frame(self) -> bytes:
        return KEEP_ALIVE_COMMENT


class OpenAIResponsesCompact(OpenAIResponses):
    """`/responses/compact`: the conversation folded into one item, for models that have no such call themselves."""

    name = "openai.responses.compact"

    def decode_request(self, body: JsonObject, headers: Mapping[str, str]) -> ChatRequest:
        if body.get("stream"):
            raise ClientError("`stream` cannot be true here: a folded conversation comes whole.", param="stream")
        triggered = {**body, "input": [*input_items(body), {"type": COMPACTION_TRIGGER}]}
        return super().decode_request(triggered, headers)

    def encode_response(self, response: ChatResponse, context: ReplyContext) -> JsonObject:
        return encode_compaction(response, context)
