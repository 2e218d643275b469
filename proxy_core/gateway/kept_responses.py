"""Requests about a response that is kept: read it, delete it, cancel it, list what it answered.

A deployment that keeps the response is asked; what is kept here is answered from memory.
"""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, quote

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ClientError, ErrorKind, ProxyError
from proxy_core.gateway.answer_head import await_head
from proxy_core.gateway.item_list import list_items
from proxy_core.gateway.ports import DeploymentCalls, UpstreamResponse
from proxy_core.gateway.replies import json_reply, reply_headers
from proxy_core.gateway.response_memory import KeptResponse, ResponseMemory
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.json_text import JsonObject, dump_json, load_json
from proxy_core.registry import resolve_family
from proxy_core.wire.openai.responses_shapes import decode_responses_usage

__all__ = ["KeptResponses"]

_PENDING = frozenset({"queued", "in_progress"})


class KeptResponses:
    """Answers the endpoints below `/responses/{id}`. Raises `ProxyError`."""

    def __init__(self, memory: ResponseMemory, calls: DeploymentCalls, extra_headers: Mapping[str, str]) -> None:
        self._memory = memory
        self._calls = calls
        self._extra_headers = extra_headers

    def answer(self, raw: RawRequest) -> Reply:
        identity = raw.kept_id or ""
        entry = self._memory.find(identity)
        if entry is None:
            raise _unknown(identity)
        _refuse_streaming(raw)
        if raw.endpoint == "response_input_items":  # SAP lets nobody ask a deployment for it
            body = dump_json(list_items(identity, entry.items, raw.query))
        elif entry.deployment is None or entry.adapt is None:
            body = self._answer_here(raw, identity, entry)
        else:
            body = self._ask(raw, identity, entry.deployment, entry.adapt)
            self._count(raw, entry.response, body)
        return json_reply(body, reply_headers(raw.request_id, None, None, self._extra_headers))

    def _answer_here(self, raw: RawRequest, identity: str, entry: KeptResponse) -> bytes:
        match raw.endpoint, raw.method:
            case "response_cancel", _:
                raise ClientError("Cannot cancel a synchronous response.")
            case _, "DELETE":
                self._memory.forget(identity)
                return dump_json({"id": identity, "object": "response.deleted", "deleted": True})
            case _:
                return dump_json(entry.response)

    def _ask(
        self, raw: RawRequest, identity: str, deployment: Deployment, adapt: Callable[[bytes], bytes]
    ) -> bytes:
        answer = self._fetch(raw, f"/responses/{quote(identity, safe='')}", deployment)
        if raw.method == "DELETE":
            self._memory.forget(identity)
            return answer
        adapted = adapt(answer)
        self._memory.update(identity, load_json(adapted))
        return adapted

    def _count(self, raw: RawRequest, before: JsonObject, body: bytes) -> None:
        """An answer made in the background has used its output tokens by the first time that it is read whole; the
        input was counted when it was asked for."""
        if raw.meter is None or raw.method != "GET" or before.get("status") not in _PENDING:
            return
        after = load_json(body)
        if after.get("status") not in _PENDING:
            raw.meter.add(decode_responses_usage(after.get("usage")).output_tokens)

    def _fetch(self, raw: RawRequest, path: str, deployment: Deployment) -> bytes:
        if raw.endpoint == "response_cancel":
            path += "/cancel"
        if raw.query and raw.method == "GET":
            path += f"?{raw.query}"
        response = self._open(raw, path, deployment)
        if response.status == 401:
            response.close()
            self._calls.forget_token(deployment)
            response = self._open(raw, path, deployment)
        try:
            body = response.read_all()
        finally:
            response.close()
        if response.status >= 400:
            raise _refusal(deployment, response, body)
        return body

    def _open(self, raw: RawRequest, path: str, deployment: Deployment) -> UpstreamResponse:
        return await_head(self._calls.begin(deployment, path, {}, b"", raw.client_gone, method=raw.method))


def _refuse_streaming(raw: RawRequest) -> None:
    if parse_qs(raw.query).get("stream", [""])[-1].lower() in ("true", "1"):
        raise ClientError("A kept response cannot be streamed here: leave out `stream`.", param="stream")


def _refusal(deployment: Deployment, response: UpstreamResponse, body: bytes) -> ProxyError:
    family = resolve_family(deployment.executable_id, deployment.model)
    if family is None:
        return _unknown(deployment.id)
    error = family.decode_error(response.status, response.headers, body)
    error.request_id = error.request_id or response.headers.get("x-request-id")
    return error


def _unknown(identity: str) -> ProxyError:
    return ClientError(
        f"Response with id '{identity[:100]}' not found. The proxy knows the last ones of this run only, and those "
        "that were not sent with `store: false`.",
        status=404,
        kind=ErrorKind.NOT_FOUND,
    )
