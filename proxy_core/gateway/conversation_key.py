"""Which conversation a request belongs to, in whatever dialect: by what clients say of it, else by how it begins.

The key only decides where a request goes; a wrong guess costs a prompt cache, never an answer.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.routing.affinity import Session

__all__ = ["session_of"]

_HEADERS = (
    "x-claude-code-session-id",  # Claude Code
    "x-session-affinity",  # OpenCode
    "session-id",  # Codex
    "session_id",
    "x-session-id",
)
_SESSION_IN_USER_ID = re.compile(r'session_(?:id"\s*:\s*")?([0-9A-Za-z-]{8,})')
"""Claude Code's `metadata.user_id` is JSON text with a session_id, and was `user_…_session_…` before."""
_HEAD_LIMIT = 16_384
_LONGEST_NAME = 100
"""Characters; thousands of names are remembered, and a body's may be as long as the body."""
_ANSWERS = ("assistant", "model")
_ANSWER_ITEMS = ("reasoning", "function_call", "custom_tool_call")


def session_of(headers: Mapping[str, str], body: JsonObject) -> Session | None:
    """The conversation of a request to a model; None when nothing tells it. Header names are lower case."""
    if named := _named(headers, body):
        return Session(named if len(named) <= _LONGEST_NAME else _digest(named))
    turns = _turns(body)
    head = "".join(_head(turns))[:_HEAD_LIMIT]
    if not head:
        return None
    return Session(_digest(head), not any(map(_answers, turns)))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _named(headers: Mapping[str, str], body: JsonObject) -> str | None:
    for name in _HEADERS:
        if value := headers.get(name):
            return value
    key = body.get("prompt_cache_key")
    if isinstance(key, str) and key:
        return key
    metadata = body.get("metadata")
    user = metadata.get("user_id") if isinstance(metadata, dict) else None
    found = _SESSION_IN_USER_ID.search(user) if isinstance(user, str) else None
    return found[1] if found else None


def _turns(body: JsonObject) -> list[Any]:
    for key in ("messages", "input", "contents"):
        match body.get(key):
            case str() as text:
                return [{"role": "user", "content": text}]
            case list() as turns:
                return turns
    return []


def _head(turns: list[Any]) -> Iterator[str]:
    """The text of the first turn of the user. Not more of it: clients move cache marks and change system prompts
    while a conversation goes on."""
    for turn in turns:
        if isinstance(turn, dict) and turn.get("role") == "user":
            yield from _texts(turn.get("content", turn.get("parts")))
            return


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for part in content:
            if isinstance(part, dict) and isinstance(text := part.get("text"), str):
                yield text


def _answers(turn: Any) -> bool:
    return isinstance(turn, dict) and (turn.get("role") in _ANSWERS or turn.get("type") in _ANSWER_ITEMS)
