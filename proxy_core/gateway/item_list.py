"""The items of a kept response as pages. Source: https://platform.openai.com/docs/api-reference/responses/input-items"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.wire.openai.responses_shapes import new_response_id

__all__ = ["list_items"]

_USUAL, _MOST = 20, 100
_ORDERS = ("asc", "desc")


def list_items(identity: str, items: Sequence[Any], query: str) -> JsonObject:
    """The page that `limit`, `order` and `after` in the query ask for. `items` are what the response of that id was
    asked with, the oldest first. Raises `ClientError`."""
    asked = {key: values[-1] for key, values in parse_qs(query).items()}
    order = asked.get("order", "desc")
    if order not in _ORDERS:
        raise ClientError("`order` must be asc or desc.", param="order")
    limit = _limit(asked.get("limit"))
    told = [_told(item, identity, index) for index, item in enumerate(items)]
    ordered = told if order == "asc" else told[::-1]
    rest = ordered[_place_after(ordered, asked.get("after")) :]
    page = rest[:limit]
    ids = [item.get("id") for item in page if isinstance(item, dict)]
    return {
        "object": "list",
        "data": page,
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
        "has_more": len(rest) > limit,
    }


def _told(item: Any, identity: str, index: int) -> Any:
    """An item as OpenAI lists it: with an id, and the text of a message as a part."""
    if not isinstance(item, dict):
        return item
    told = {"id": new_response_id("item", f"{index}{identity}"), **item}
    if "role" in item:
        told["type"] = "message"
    if told.get("type") == "message" and isinstance(item.get("content"), str):
        kind = "output_text" if item.get("role") == "assistant" else "input_text"
        told["content"] = [{"type": kind, "text": item["content"]}]
    return told


def _limit(text: str | None) -> int:
    if text is None:
        return _USUAL
    if text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST:
        return int(text)
    raise ClientError(f"`limit` must be a whole number from 1 to {_MOST}.", param="limit")


def _place_after(items: Sequence[Any], identity: str | None) -> int:
    if identity is None:
        return 0
    for index, item in enumerate(items):
        if isinstance(item, dict) and item.get("id") == identity:
            return index + 1
    raise ClientError(f"`after` names no item of this response: {identity[:100]!r}.", param="after")
