"""The OpenAI embeddings API: what clients send to `/v1/embeddings` and get back."""

from proxy_core.client_dialects.openai_embeddings.decode_request import decode_request
from proxy_core.client_dialects.openai_embeddings.encode_response import encode_response

__all__ = ["decode_request", "encode_response"]
