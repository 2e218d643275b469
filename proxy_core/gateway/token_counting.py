"""`count_tokens`: an estimate, made here. No deployment is asked, since SAP has no such service."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proxy_core.errors import ClientError
from proxy_core.gateway.ports import Routes
from proxy_core.gateway.replies import json_reply, reply_headers
from proxy_core.gateway.request_body import model_of, parse_body
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.registry import DIALECTS
from proxy_core.token_count import estimate_tokens
from proxy_core.wire.anthropic import tool_kind

__all__ = ["TokenCounting"]


class TokenCounting:
    """Counts a request in the words of the dialect it is written in."""

    def __init__(self, routes: Routes, extra_headers: Mapping[str, str]) -> None:
        self._routes = routes
        self._extra_headers = extra_headers

    def count(self, raw: RawRequest) -> Reply:
        """Raises `ProxyError` for a body that the dialect cannot read and for a model that nothing serves."""
        body = parse_body(raw)
        resolution = self._routes.resolve(model_of(body), "chat")
        request = DIALECTS[raw.dialect].decode_request(_complete(raw.dialect, body), raw.headers)
        served_by = resolution.deployments[0].model or resolution.public_model
        answer = _ANSWERS[raw.dialect](estimate_tokens(request, served_by, _typed_tools(raw.dialect, body)))
        substitute = resolution.public_model if resolution.substituted else None
        return json_reply(dump_json(answer), reply_headers(raw.request_id, None, substitute, self._extra_headers))


def _complete(dialect: str, body: JsonObject) -> JsonObject:
    """The body with what a conversation needs and a count does not."""
    if dialect == "anthropic.messages":
        return {"max_tokens": 1, **body}
    inner: Any = body.get("generateContentRequest")
    if inner is not None and not isinstance(inner, dict):
        raise ClientError("`generateContentRequest` must be an object.", param="generateContentRequest")
    return {**body, **(inner or {}), "model": body["model"]}


def _typed_tools(dialect: str, body: JsonObject) -> Sequence[str]:
    """Types of the tools that Claude knows without a schema. Called once the dialect has read the body."""
    if dialect != "anthropic.messages":
        return ()
    types = [tool.get("type") for tool in body.get("tools") or ()]
    return [kind for kind in types if tool_kind(kind) == "client"]


_ANSWERS: Mapping[str, Callable[[int], JsonObject]] = {
    "anthropic.messages": lambda tokens: {"input_tokens": tokens},
    "gemini.generate_content": lambda tokens: {"totalTokens": tokens},
}
