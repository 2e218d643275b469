"""Which deployment a conversation was answered by last. Bounded; in memory only."""

from collections import OrderedDict
from dataclasses import dataclass

from proxy_core.aicore.deployment import Deployment

__all__ = ["Affinity", "Session"]

_CONVERSATIONS = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation, by a `key` that all its requests share. One that `begins` has no home yet, whatever another
    with the same key has: no prompt cache knows it."""

    key: str
    begins: bool = False


class Affinity:
    """Forgets the conversations that were not heard of for the longest time. Not safe for many threads: its owner
    locks."""

    def __init__(self, most: int = _CONVERSATIONS) -> None:
        self._most = most
        self._homes: OrderedDict[tuple[str, str], tuple[str, str]] = OrderedDict()

    def home(self, model: str, session: Session) -> tuple[str, str] | None:
        """URL and model of the conversation's deployment."""
        return None if session.begins else self._homes.get((model, session.key))

    def settle(self, model: str, session: Session, deployment: Deployment) -> None:
        """From now on the conversation lives there."""
        place = (model, session.key)
        self._homes[place] = deployment.url, deployment.model
        self._homes.move_to_end(place)
        if len(self._homes) > self._most:
            self._homes.popitem(last=False)
