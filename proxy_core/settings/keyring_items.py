"""How one secret is laid into the items of a keyring. Text only; no keyring, no I/O.

The head of a secret is the item `AI Core Proxy/<key>`. It holds the secret itself where the keyring takes long
items, else a manifest of its parts, `AI Core Proxy/<key>#a1`, `#a2` and so on. The parts of a new value are of the
other generation, `b`, so that both values are whole until the head, written last, tells which one counts.
Each part has a service name of its own: the Windows backend moves an item away when another user name comes
under the same service.
"""

import hashlib
import json
from dataclasses import dataclass

from proxy_core.json_text import JsonError, load_json

__all__ = [
    "GENERATIONS",
    "MOST_PARTS",
    "Head",
    "build_manifest",
    "build_whole",
    "cut_text",
    "decode_head",
    "head_item",
    "join_parts",
    "part_item",
]

GENERATIONS = ("a", "b")
MOST_PARTS = 100
_PREFIX = "AI Core Proxy/"


@dataclass(frozen=True, slots=True)
class Head:
    """Either `text` is set, or the three fields of the manifest are."""

    text: str | None = None
    generation: str = ""
    parts: int = 0
    digest: str = ""


def head_item(key: str) -> str:
    """The service name of a secret's head."""
    return f"{_PREFIX}{key}"


def part_item(key: str, generation: str, number: int) -> str:
    """The service name of a part; the first has the number 1."""
    return f"{_PREFIX}{key}#{generation}{number}"


def build_whole(text: str) -> str:
    """The head that holds the secret itself, in ASCII."""
    return json.dumps({"text": text})


def build_manifest(text: str, generation: str, parts: int) -> str:
    return json.dumps({"generation": generation, "parts": parts, "sha256": _digest(text)})


def decode_head(stored: str) -> Head | None:
    """None when it is neither form: somebody else wrote it."""
    try:
        value = load_json(stored)
    except JsonError:
        return None
    match value:
        case {"text": str() as text}:
            return Head(text=text)
        case {"generation": "a" | "b" as generation, "parts": int() as parts, "sha256": str() as digest}:
            return Head(generation=generation, parts=min(parts, MOST_PARTS), digest=digest)
    return None


def cut_text(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` characters, all ASCII, so that no encoding makes them longer than it seems."""
    stored = json.dumps(text)
    return [stored[start : start + limit] for start in range(0, len(stored), limit)]


def join_parts(head: Head, parts: list[str]) -> str | None:
    """The secret, or None when a part is damaged."""
    try:
        text = load_json("".join(parts))
    except JsonError:
        return None
    return text if isinstance(text, str) and _digest(text) == head.digest else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
