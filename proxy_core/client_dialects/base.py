"""What a client dialect offers to the gateway. Translators are push objects without I/O, made per request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse
from proxy_core.neutral.events import Event
from proxy_core.neutral.messages import ChatRequest, ChatResponse

__all__ = ["ClientDialect", "EmbeddingDialect", "ReplyContext", "StreamEncoder"]


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """What an encoder may want to know about the request it answers.

    `model` is the name to put into the answer, `created` a Unix time in seconds, `request` the client's
    own parsed body. `estimate_input_tokens` makes a guess, for wires that must tell it before the upstream does:
    it reads the whole body, so only they call it.
    """

    model: str
    created: int
    request: JsonObject
    estimate_input_tokens: Callable[[], int]


class StreamEncoder(Protocol):
    """Neutral events to the dialect's stream bytes."""

    def feed(self, events: Sequence[Event]) -> bytes:
        """Encode some events; `StreamEnd` writes the dialect's complete ending."""

    def fail(self, error: ProxyError) -> bytes:
        """Close what is open and write the dialect's error frame. Nothing may follow."""

    def keep_alive(self) -> bytes:
        """A sign of life; allowed at any time between frames, also before the first event."""


class ClientDialect(Protocol):
    """One wire format that clients speak. Instances hold no state."""

    name: str
    """The wire format's name, such as `openai.chat`. A family that has a native route for this name is
    served without translation."""

    def decode_request(self, body: JsonObject, headers: Mapping[str, str]) -> ChatRequest:
        """Client body to neutral request. Header names are lower case. Raises `ClientError` whose `param`
        is the JSON path of the field at fault."""

    def encode_response(self, response: ChatResponse, context: ReplyContext) -> JsonObject:
        """Whole answer to the dialect's body."""

    def stream_encoder(self, context: ReplyContext) -> StreamEncoder:
        """A new encoder for one streamed answer."""

    def encode_error(self, error: ProxyError, request_id: str) -> JsonObject:
        """The body of an error answer."""

    def error_frame(self, error: ProxyError, request_id: str) -> bytes:
        """The stream frame that ends a broken stream."""

    def keep_alive_frame(self) -> bytes:
        """The stream frame that says nothing but `alive`."""


class EmbeddingDialect(Protocol):
    """One wire format for vectors. Instances hold no state."""

    def decode_request(self, body: JsonObject) -> EmbeddingRequest:
        """Raises `ClientError` whose `param` is the JSON path of the field at fault."""

    def encode_response(self, response: EmbeddingResponse, request: EmbeddingRequest, model: str) -> JsonObject:
        """`model` is the name to put into the answer. Raises `ValueError` for a vector that cannot be read."""
