"""The order in which to try the deployments of a model: in turn over sub-accounts, and over deployments within
each. No locks: the counters are atomic by themselves."""

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeVar

from proxy_core.aicore.deployment import Deployment

__all__ = ["Balancer"]

_Item = TypeVar("_Item")


class Balancer:
    """Counts each set of deployments by itself, so that one model's requests do not disturb another's turn."""

    def __init__(self) -> None:
        self._turns: dict[tuple[str, ...], Iterator[int]] = {}

    def order(self, deployments: Sequence[Deployment]) -> tuple[Deployment, ...]:
        """All of `deployments`, the one whose turn it is first. Neighbours are of different sub-accounts where
        possible: the next try goes elsewhere."""
        if len(deployments) < 2:
            return tuple(deployments)
        turn = next(self._turns.setdefault(tuple(item.url for item in deployments), itertools.count()))
        groups = list(_by_sub_account(deployments).values())
        within = turn // len(groups)
        rotated = [_rotated(group, within) for group in _rotated(groups, turn)]
        rounds = itertools.zip_longest(*rotated)
        return tuple(item for one_round in rounds for item in one_round if item is not None)


def _by_sub_account(deployments: Sequence[Deployment]) -> dict[str, list[Deployment]]:
    groups: dict[str, list[Deployment]] = {}
    for deployment in deployments:
        groups.setdefault(deployment.sub_account, []).append(deployment)
    return groups


def _rotated(items: Sequence[_Item], by: int) -> list[_Item]:
    start = by % len(items)
    return [*items[start:], *items[:start]]
