"""Notes on what a translation left out or changed."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Action", "Diagnostic"]


class Action(StrEnum):
    DROPPED = "dropped"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One field that did not reach the other side as it came. Content is never dropped: it is refused."""

    field: str
    """Path in the body it concerns, such as `top_k` or `tools[].strict`."""
    reason: str
    action: Action = Action.DROPPED
