"""Responses that clients may refer to later: by `previous_response_id`, by `item_reference`, or by a GET.

A deployment of Azure keeps its answers itself: then this memory knows which one that is. For all others it is
the only place that has them. Bounded, in memory only, gone with the program.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from proxy_core.aicore.deployment import Deployment
from proxy_core.json_text import JsonObject

__all__ = ["KeptResponse", "ResponseMemory", "input_items"]


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """`response` is as the client got it, `items` what the request said beyond `previous`. `deployment` keeps the
    response too, and `adapt` makes its answer the client's; both are None for what is kept here alone."""

    response: JsonObject
    items: tuple[Any, ...]
    previous: str | None
    size: int
    deployment: Deployment | None = None
    adapt: Callable[[bytes], bytes] | None = None


class ResponseMemory:
    """At most `limit` responses and `size_limit` bytes; the oldest go first. Safe for many threads without a lock:
    each step on the dictionary is one operation."""

    def __init__(self, limit: int = 512, size_limit: int = 64_000_000) -> None:
        self._limit = limit
        self._size_limit = size_limit
        self._entries: OrderedDict[str, KeptResponse] = OrderedDict()

    def keep(self, entry: KeptResponse) -> None:
        identity = entry.response.get("id")
        if not isinstance(identity, str):
            return
        self._entries[identity] = entry
        excess = sum(kept.size for kept in list(self._entries.values())) - self._size_limit
        while self._entries and (excess > 0 or len(self._entries) > self._limit):
            excess -= self._entries.popitem(last=False)[1].size

    def find(self, identity: str) -> KeptResponse | None:
        return self._entries.get(identity)

    def update(self, identity: str, response: JsonObject) -> None:
        """The response has gone on since it was kept."""
        if (entry := self._entries.get(identity)) is not None:
            self._entries[identity] = replace(entry, response=response)

    def forget(self, identity: str) -> None:
        self._entries.pop(identity, None)

    def place(
        self, body: JsonObject, deployments: Sequence[Deployment]
    ) -> tuple[JsonObject, tuple[Deployment, ...]]:
        """A request that may refer to responses, and the deployments that may answer it. Where one of them keeps
        all that is referred to, it gets the request as it is; else the references become what they stand for.
        References that are not known stay, for the deployment or the dialect to judge."""
        entries = [entry for entry in self._referred(body) if entry is not None]
        candidates = {deployment.url: deployment for deployment in deployments}
        if not entries:
            return body, tuple(deployments)
        homes = {entry.deployment.url if entry.deployment else "" for entry in entries}
        if len(homes) == 1 and (home := candidates.get(next(iter(homes)))):
            return body, (home,)
        return self._unfolded(body), tuple(deployments)

    def _referred(self, body: JsonObject) -> Iterable[KeptResponse | None]:
        previous = body.get("previous_response_id")
        if isinstance(previous, str):
            yield self.find(previous)
        for item in input_items(body):
            if (identity := _reference(item)) is not None:
                yield next((entry for entry, _ in self._search(identity)), None)

    def _search(self, identity: str) -> Iterable[tuple[KeptResponse, Any]]:
        for entry in reversed(list(self._entries.values())):
            for item in (*entry.response.get("output", ()), *entry.items):
                if isinstance(item, dict) and item.get("id") == identity and _reference(item) is None:
                    yield entry, item

    def _unfolded(self, body: JsonObject) -> JsonObject:
        own = [self._resolved(item) for item in input_items(body)]
        previous = body.get("previous_response_id")
        history = self._conversation(previous) if isinstance(previous, str) else []
        if history is None:
            return {**body, "input": own}
        kept = {key: value for key, value in body.items() if key != "previous_response_id"}
        return {**kept, "input": [*_portable(history), *own]}

    def _conversation(self, identity: str) -> list[Any] | None:
        """All items up to the end of a response; None when an older part is not known any more."""
        conversation: list[Any] = []
        seen: set[str] = set()
        current: str | None = identity
        while current is not None:
            entry = self._entries.get(current)
            if entry is None or current in seen:
                return None
            seen.add(current)
            conversation[:0] = [*map(self._resolved, entry.items), *entry.response.get("output", ())]
            current = entry.previous
        return conversation

    def _resolved(self, item: Any) -> Any:
        identity = _reference(item)
        if identity is None:
            return item
        return next((found for _, found in self._search(identity)), item)


def input_items(body: JsonObject) -> list[Any]:
    """What the client sends, as items; what is neither text nor a list is for others to refuse."""
    match body.get("input"):
        case list() as items:
            return items
        case str() as text:
            return [{"type": "message", "role": "user", "content": text}]
        case _:
            return []


def _reference(item: Any) -> str | None:
    match item:
        case {"type": "item_reference", "id": str() as identity}:
            return identity
        case _:
            return None


def _portable(items: Iterable[Any]) -> Iterable[Any]:
    """Without the thoughts that only the service that kept them can read."""
    for item in items:
        sealed = not isinstance(item, dict) or item.get("type") != "reasoning" or item.get("encrypted_content")
        if sealed:
            yield item
