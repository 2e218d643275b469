"""A guess at a request's input tokens that costs nothing, for wires whose stream begins with that figure.

`token_count` does better where a client asks for the count; a stream corrects the guess at its end.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.json_text import JsonObject

__all__ = ["BYTES_PER_TOKEN", "guess_tokens"]

BYTES_PER_TOKEN = 4
"""Of plain text, roughly."""
_TOKENS_PER_FILE = 1500
_CONVERSATION_KEYS = ("messages", "input", "contents")
"""Where the wires keep their turns: chat and messages, the Responses API, Google's."""
_FILE_KEYS = frozenset({"data", "file_data", "image_url", "url"})
_SMALLEST_FILE = 1000
"""Characters; what is shorter is an address."""
_DEEPEST = 10
"""Lists and objects down to a file within a tool's result."""


def guess_tokens(size: int, body: JsonObject) -> int:
    """`size` is the body's length in bytes. Files count by their number: a picture of megabytes has few tokens."""
    files = [file for key in _CONVERSATION_KEYS for file in _file_sizes(body.get(key))]
    return max(size - sum(files), 0) // BYTES_PER_TOKEN + _TOKENS_PER_FILE * len(files)


def _file_sizes(node: Any, depth: int = 0) -> Iterator[int]:
    if depth > _DEEPEST:
        return
    if isinstance(node, list):
        for item in node:
            yield from _file_sizes(item, depth + 1)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, dict | list):
                yield from _file_sizes(value, depth + 1)
            elif key in _FILE_KEYS and isinstance(value, str) and len(value) > _SMALLEST_FILE:
                yield len(value)
