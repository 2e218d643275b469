"""Calls of a client's free-form tools within a chat stream.

The model sees them as functions with one text `input`; the client wants the text itself as the arguments
(https://github.com/icebear0828/codex-proxy/pull/708). JSON text cannot be unpacked in pieces, so the
pieces are held until the call is whole.
"""

from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.wire.openai import custom_input

__all__ = ["CustomCalls", "unpack_custom_calls"]


class CustomCalls:
    """Holds back the arguments of such calls in one stream."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._held: dict[Any, list[str]] = {}

    def adapt(self, chunk: JsonObject) -> list[JsonObject]:
        """Take held arguments out of the chunk in place. At the finish, the chunks that must go before it."""
        finished = False
        for choice in chunk["choices"]:
            for call in choice["delta"].get("tool_calls") or []:
                self._hold(call)
            finished = finished or bool(choice.get("finish_reason"))
        return [self._release(chunk, index) for index in list(self._held)] if finished else []

    def _hold(self, call: JsonObject) -> None:
        function = call.get("function") or {}
        index = call.get("index")
        if function.get("name") in self._names:
            self._held[index] = []
        if index in self._held and "arguments" in function:
            self._held[index].append(function["arguments"])
            function["arguments"] = ""

    def _release(self, chunk: JsonObject, index: Any) -> JsonObject:
        text = custom_input("".join(self._held.pop(index)))
        delta = {"tool_calls": [{"index": index, "function": {"arguments": text}}]}
        return {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def unpack_custom_calls(choice: JsonObject, names: frozenset[str]) -> None:
    """Put the plain text into the calls of a whole answer's choice, in place."""
    for call in choice["message"].get("tool_calls") or []:
        function = call.get("function") or {}
        if function.get("name") in names:
            function["arguments"] = custom_input(function.get("arguments") or "")
