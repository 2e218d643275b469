"""Two ways to one kind of deployment: the better one, and another for deployments that turn out to lack it."""

from collections.abc import Mapping
from dataclasses import replace

from proxy_core.errors import UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, ChatResponse, Usage
from proxy_core.upstream_families.base import (
    ChoosyRoute,
    FetchFile,
    NativeRoute,
    StreamAdapter,
    StreamDecoder,
    Target,
    UpstreamFamily,
    UpstreamRequest,
)

__all__ = ["EitherFamily"]


_LACKING = "OperationNotSupported"


class EitherFamily:
    """An `UpstreamFamily` that is `first`, and `second` once the deployment has said that it lacks `operation`."""

    def __init__(self, first: UpstreamFamily, second: UpstreamFamily, operation: str) -> None:
        self.name = first.name
        self.native: Mapping[str, NativeRoute] = {
            dialect: _FirstRoute(route, operation) for dialect, route in first.native.items()
        }
        self._first = first
        self._second = second
        self._operation = operation

    def encode_request(self, request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
        sent = self._family(target).encode_request(request, target, fetch)
        return sent if self._operation in target.lacking else replace(sent, operation=self._operation)

    def decode_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
        return self._family(target).decode_response(body, sent, target)

    def stream_decoder(self, content_type: str, sent: UpstreamRequest, target: Target) -> StreamDecoder:
        return self._family(target).stream_decoder(content_type, sent, target)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        """A 404 without a word may mean the path as well as the deployment. So this is for models of which nobody
        knows yet which paths they have."""
        error = self._first.decode_error(status, headers, body)
        if status == 404 and not body.strip():
            error.code = _LACKING
        return error

    def _family(self, target: Target) -> UpstreamFamily:
        return self._second if self._operation in target.lacking else self._first


class _FirstRoute:
    """A native route of the first family, which steps aside for the second's translation."""

    def __init__(self, route: NativeRoute, operation: str) -> None:
        self._route = route
        self._operation = operation

    def serves(self, body: JsonObject, target: Target) -> bool:
        if self._operation in target.lacking:
            return False
        return not isinstance(self._route, ChoosyRoute) or self._route.serves(body, target)

    def adapt_request(
        self, body: JsonObject, headers: Mapping[str, str], target: Target, fetch: FetchFile
    ) -> UpstreamRequest:
        sent = self._route.adapt_request(body, headers, target, fetch)
        return replace(sent, operation=self._operation)

    def adapt_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> tuple[bytes, Usage]:
        return self._route.adapt_response(body, sent, target)

    def stream_adapter(self, body: JsonObject, sent: UpstreamRequest, target: Target) -> StreamAdapter:
        return self._route.stream_adapter(body, sent, target)
