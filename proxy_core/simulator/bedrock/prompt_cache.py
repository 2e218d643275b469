"""Claude's prompt cache: the longest known beginning of the prompt is read, the rest up to the last mark written.

Real caches want 1024 tokens and more; here any marked prompt is cached, so that a short test shows it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from proxy_core.simulator.mind.token_count import count_tokens

__all__ = ["CacheUse", "use_cache"]

_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class CacheUse:
    """Tokens. The three counts do not overlap and sum up to the whole prompt."""

    fresh: int
    read: int
    written: int
    one_hour: bool = False


@dataclass(frozen=True, slots=True)
class _Prefix:
    key: str
    tokens: int
    mark: Mapping[str, Any] | None


def use_cache(body: Mapping[str, Any], owner: str, total: int, memory: MutableMapping[str, int]) -> CacheUse:
    """Look the prompt up and remember it. `owner` keeps tenants and models apart, `memory` outlives the call."""
    prefixes = list(_prefixes(body, owner))
    marked = [place for place, prefix in enumerate(prefixes) if prefix.mark is not None]
    if not marked:
        return CacheUse(total, 0, 0)
    known = next((prefix.tokens for prefix in reversed(prefixes) if prefix.key in memory), 0)
    last = prefixes[marked[-1]]
    if len(memory) >= _MOST_ENTRIES:
        memory.clear()
    for place in marked:
        memory[prefixes[place].key] = prefixes[place].tokens
    read = min(known, total)
    written = max(0, min(last.tokens, total) - read)
    return CacheUse(total - read - written, read, written, (last.mark or {}).get("ttl") == "1h")


def _prefixes(body: Mapping[str, Any], owner: str) -> Iterator[_Prefix]:
    state = hashlib.sha256(owner.encode())
    tokens = 0
    for block in _blocks(body):
        plain = {key: value for key, value in block.items() if key != "cache_control"}
        state.update(json.dumps(plain, sort_keys=True).encode())
        tokens += count_tokens(plain)
        yield _Prefix(state.hexdigest(), tokens, block.get("cache_control"))


def _blocks(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from body.get("tools", [])
    yield from _content(body.get("system", []))
    for message in body["messages"]:
        yield from _content(message["content"])


def _content(content: Any) -> Iterator[Mapping[str, Any]]:
    yield from [{"type": "text", "text": content}] if isinstance(content, str) else content
