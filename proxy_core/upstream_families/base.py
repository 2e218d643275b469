"""What an upstream family offers to the gateway. Translators are push objects without I/O, made per request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from proxy_core.capabilities import Capabilities
from proxy_core.errors import UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse
from proxy_core.neutral.events import Event
from proxy_core.neutral.messages import ChatRequest, ChatResponse, Usage

__all__ = [
    "ChoosyRoute",
    "EmbeddingFamily",
    "FetchFile",
    "NativeRoute",
    "RemoteFile",
    "StreamAdapter",
    "StreamDecoder",
    "Target",
    "TranscriptionFamily",
    "UpstreamFamily",
    "UpstreamRequest",
]


@dataclass(frozen=True, slots=True)
class Target:
    """The deployment that will answer, as a family needs to know it.

    `model` is SAP's name of the backend model, `public_model` the name to put into answers,
    `api_version` the user's own choice for Azure, if any.
    """

    model: str
    public_model: str
    capabilities: Capabilities
    api_version: str | None = None
    lacking: frozenset[str] = frozenset()
    """Operations that the deployment turned out not to have: see `UpstreamRequest.operation`."""
    without_thoughts: bool = False
    """The model refused the proof over a thought of this conversation: earlier thoughts stay behind."""
    model_version: str = ""
    """The version to ask for where one deployment reaches several; empty or `latest` for the newest."""
    modules: Mapping[str, Any] = field(default_factory=dict)
    """What the user wants SAP's orchestration to do around the model, by the names of its modules."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    media_type: str
    data: bytes


FetchFile = Callable[[str], RemoteFile]
"""Gets a file that a request names by URL. Raises `ClientError`. For families whose upstream wants bytes."""


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One call to a deployment.

    `path` follows the deployment's URL (`/chat/completions?api-version=…`). `body` belongs to this
    request alone: the gateway removes fields from it that this model refused before. `tool_names` maps
    names that had to be changed for the wire back to the client's names. `structured_output_tool` is the
    wire name of a tool that stands in for structured output and must reach the client as text. `operation`
    names what the call uses and some deployments lack; when the deployment says so, the call is built anew with
    that name in `Target.lacking`. `raw`, where given, is sent in place of `body`, as it is. `model_fields` leads
    from the body's root to the object that holds the model's own fields, where a service wraps them.
    """

    path: str
    body: JsonObject
    headers: Mapping[str, str] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    tool_names: Mapping[str, str] = field(default_factory=dict)
    structured_output_tool: str | None = None
    operation: str | None = None
    raw: bytes | None = None
    model_fields: tuple[str, ...] = ()


class StreamDecoder(Protocol):
    """Upstream stream bytes to neutral events."""

    def feed(self, data: bytes) -> Sequence[Event]:
        """Decode what has arrived. Raises `UpstreamError` for an error inside the stream."""

    def close(self) -> Sequence[Event]:
        """The upstream ended. Returns the last events; raises `UpstreamError` when the answer is cut off."""


class StreamAdapter(Protocol):
    """Upstream stream bytes to client stream bytes of the same wire format."""

    content_started: bool
    """True once bytes that the user will see have passed; before, the answer may still come from elsewhere."""
    usage: Usage | None
    """Read in passing; complete after `close`."""

    def feed(self, data: bytes) -> bytes:
        """Adapt what has arrived. Raises `UpstreamError` for an error inside the stream."""

    def close(self) -> bytes:
        """The upstream ended. Raises `UpstreamError` when the answer is cut off."""


class NativeRoute(Protocol):
    """Client and deployment speak the same wire format: edit named keys, pass everything else on."""

    def adapt_request(
        self, body: JsonObject, headers: Mapping[str, str], target: Target, fetch: FetchFile
    ) -> UpstreamRequest:
        """Client body to upstream body. May reuse parts of `body` but must not change it: a second
        deployment may need it again. Header names are lower case."""

    def adapt_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> tuple[bytes, Usage]:
        """Whole upstream answer to client answer."""

    def stream_adapter(self, body: JsonObject, sent: UpstreamRequest, target: Target) -> StreamAdapter:
        """A new adapter for one stream; `body` is the client's."""


@runtime_checkable
class ChoosyRoute(Protocol):
    """A native route that does not serve every request."""

    def serves(self, body: JsonObject, target: Target) -> bool:
        """False for a request that this deployment takes only after translation."""


class UpstreamFamily(Protocol):
    """One kind of deployment. Instances hold no state."""

    name: str
    native: Mapping[str, NativeRoute]
    """Native routes by the name of the client dialect."""

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        """Neutral request to upstream call. Raises `ClientError` for content that cannot be expressed."""

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        """Whole upstream answer to neutral answer. Raises `UpstreamError` when the body holds an error."""

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:
        """A new decoder for one streamed answer."""

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        """An upstream answer of status 400 or above to an error. Header names are lower case."""


class EmbeddingFamily(Protocol):
    """One kind of deployment that makes vectors. Instances hold no state."""

    name: str

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Sequence[UpstreamRequest]:
        """The calls that answer the request together, in the order of its inputs; they may be sent at once. Raises
        `ClientError` for what cannot be expressed."""

    def decode_response(self, bodies: Sequence[bytes], request: EmbeddingRequest) -> EmbeddingResponse:
        """The answers of all calls, in their order. Raises `UpstreamError` when one holds no vector."""

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        """As `UpstreamFamily.decode_error`."""


class TranscriptionFamily(Protocol):
    """One kind of deployment that writes down speech and takes OpenAI's form. Instances hold no state."""

    name: str

    def adapt_request(self, form: bytes, content_type: str, target: Target) -> UpstreamRequest:
        """The client's form, for the upstream. The answer passes through as it is."""

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        """As `UpstreamFamily.decode_error`."""
