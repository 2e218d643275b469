"""The OpenAI embeddings API: what clients send to `/v1/embeddings` and get back."""

from proxy_core.client_dialects.openai_embeddings.decode_request import decode_request
from proxy_core.client_dialects.openai_embeddings.encode_response import encode_response
from proxy_core.json_text import JsonObject
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse

__all__ = ["OpenAIEmbeddings"]


class OpenAIEmbeddings:
    """The `EmbeddingDialect` of OpenAI's clients."""

    def decode_request(self, body: JsonObject) -> EmbeddingRequest:
        return decode_request(body)

    def encode_response(self, response: EmbeddingResponse, request: EmbeddingRequest, model: str) -> JsonObject:
        return encode_response(response, model, as_base64=request.base64)
