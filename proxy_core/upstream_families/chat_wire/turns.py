"""The order of messages that strict hosts want: one system message first, then user and assistant in turns, tool
messages right after their call, and the user or a tool last.

Works on chat messages; what needs no change stays the same object.
"""

from collections.abc import Iterable
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.chat_wire.short_call_ids import short_call_id
from proxy_core.upstream_families.notes import Notes

__all__ = ["order_turns", "shorten_call_ids"]

_EMPTY = "(no content)"
_CONTINUE = "Continue."
_DONE = "Done."
_REMINDER = "<system-reminder>"


def order_turns(
    messages: Iterable[JsonObject], notes: Notes, *, answers_results: bool = True, prefill: bool = False
) -> list[JsonObject]:
    """The messages in order. With `answers_results` the assistant must speak between a tool's result and the user;
    with `prefill` the assistant may stand last, for the model to complete its words."""
    turns = _Turns(notes, answers_results=answers_results)
    for message in messages:
        turns.add(message)
    return turns.ended(prefill=prefill)


def shorten_call_ids(messages: Iterable[JsonObject]) -> list[JsonObject]:
    """The messages with ids of tool calls that Mistral takes."""
    return [_with_short_ids(message) for message in messages]


class _Turns:
    def __init__(self, notes: Notes, *, answers_results: bool) -> None:
        self._notes = notes
        self._answers_results = answers_results
        self._system: list[str] = []
        self._turns: list[JsonObject] = []

    def add(self, message: JsonObject) -> None:
        match message.get("role"):
            case "system" | "developer":
                self._add_system(_text_of(message.get("content")))
            case "user":
                self._add_user(message)
            case "assistant":
                self._add_assistant(message)
            case _:
                self._turns.append(message)

    def ended(self, *, prefill: bool) -> list[JsonObject]:
        if not self._turns:
            self._turns.append(_user(_EMPTY))
        elif self._last_role == "assistant" and not prefill:
            self._notes.changed("messages", "this model does not complete its own words: a user turn was added")
            self._turns.append(_user(_CONTINUE))
        if not self._system:
            return self._turns
        return [{"role": "system", "content": "\n\n".join(self._system)}, *self._turns]

    @property
    def _last_role(self) -> Any:
        return self._turns[-1].get("role") if self._turns else None

    def _add_system(self, text: str) -> None:
        """A later system message joins what stands beside it, so that the beginning stays the same."""
        if not text:
            return
        if not self._turns:
            self._system.append(text)
            return
        self._notes.changed("messages[].role", "a system message joined the turn beside it")
        self._add_user(_user(f"{_REMINDER}\n{text}\n</system-reminder>"))

    def _add_user(self, message: JsonObject) -> None:
        """After a tool's result the assistant must speak first; a reminder becomes part of the result instead."""
        if self._last_role == "tool" and self._answers_results:
            last = self._turns[-1]
            if _is_reminder(message) and isinstance(last.get("content"), str):
                text = f"{last['content']}\n\n{_text_of(message['content'])}"
                self._turns[-1] = {**last, "content": text}
                return
            self._turns.append({"role": "assistant", "content": _DONE})
        if self._last_role == "user":
            message = _joined(self._turns.pop(), message)
        self._turns.append(message)

    def _add_assistant(self, message: JsonObject) -> None:
        calls = message.get("tool_calls")
        if not message.get("content") and not calls:
            return
        if not self._turns:
            self._turns.append(_user(_EMPTY))
        if self._last_role == "assistant":
            message = _joined(self._turns.pop(), message)
        self._turns.append(message)


def _user(text: str) -> JsonObject:
    return {"role": "user", "content": text}


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    return "\n\n".join(text for text in texts if isinstance(text, str))


def _is_reminder(message: JsonObject) -> bool:
    """Nothing but text in the tags that coding tools put around what is not the user's."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    return all(
        isinstance(part, dict) and part.get("type") == "text" and str(part.get("text")).startswith(_REMINDER)
        for part in parts
    )


def _joined(first: JsonObject, second: JsonObject) -> JsonObject:
    """Two neighbours of one role as one message."""
    joined = {**first, **second, "content": _joined_content(first.get("content"), second.get("content"))}
    if calls := [*(first.get("tool_calls") or []), *(second.get("tool_calls") or [])]:
        joined["tool_calls"] = calls
    if thoughts := [*(first.get("reasoning_content") or []), *(second.get("reasoning_content") or [])]:
        joined["reasoning_content"] = thoughts
    return joined


def _joined_content(first: Any, second: Any) -> Any:
    match first, second:
        case (None | "" | [], rest) | (rest, None | "" | []):
            return rest
        case str(), str():
            return f"{first}\n\n{second}"
        case _:
            return [*_parts(first), *_parts(second)]


def _parts(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _with_short_ids(message: JsonObject) -> JsonObject:
    changes: JsonObject = {}
    identity = message.get("tool_call_id")
    if isinstance(identity, str) and (short := short_call_id(identity)) != identity:
        changes["tool_call_id"] = short
    calls = message.get("tool_calls")
    if isinstance(calls, list) and any(_is_long(call) for call in calls):
        changes["tool_calls"] = [_with_short_id(call) for call in calls]
    return {**message, **changes} if changes else message


def _with_short_id(call: Any) -> Any:
    return {**call, "id": short_call_id(call["id"])} if _is_long(call) else call


def _is_long(call: Any) -> bool:
    match call:
        case {"id": str() as identity}:
            return short_call_id(identity) != identity
        case _:
            return False
