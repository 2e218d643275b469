"""Which of several deployments gets the next request: the one with the fewest under way, and of equals in turn.

Weights are honoured by start-time fair queueing: each choice costs 1/weight of virtual time, and the one whose time
is the earliest is next. Who was away begins at the present time, so that it is not flooded to catch up.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from proxy_core.aicore.deployment import Deployment

__all__ = ["Balancer"]


class Balancer:
    """Turns go round the sub-accounts first, because SAP counts its limits by sub-account, and round the
    deployments within each. `weights` by sub-account; 1 where none is given. Not safe for many threads: its owner
    locks."""

    def __init__(self, weights: Mapping[str, int] | None = None) -> None:
        self._weights = weights or {}
        self._accounts: defaultdict[str, _Turns] = defaultdict(_Turns)
        self._within: defaultdict[tuple[str, str], _Turns] = defaultdict(_Turns)

    def pick(
        self, model: str, deployments: Sequence[Deployment], in_flight: Callable[[Deployment], int]
    ) -> Deployment:
        """One of `deployments`, which are not empty. The turns of one `model` do not disturb another's."""
        if len(deployments) == 1:
            return deployments[0]
        accounts = self._accounts[model]

        def rank(deployment: Deployment) -> tuple[float, float, float]:
            account = deployment.sub_account
            load = in_flight(deployment) / self._weight(deployment)
            return load, accounts.start(account), self._within[model, account].start(deployment.url)

        chosen = min(deployments, key=rank)
        accounts.take(chosen.sub_account, 1 / self._weight(chosen))
        self._within[model, chosen.sub_account].take(chosen.url, 1.0)
        return chosen

    def _weight(self, deployment: Deployment) -> int:
        return self._weights.get(deployment.sub_account, 1)


class _Turns:
    """Virtual time, and when each name is due in it."""

    def __init__(self) -> None:
        self._now = 0.0
        self._due: dict[str, float] = {}

    def start(self, name: str) -> float:
        return max(self._now, self._due.get(name, 0.0))

    def take(self, name: str, cost: float) -> None:
        self._now = self.start(name)
        self._due[name] = self._now + cost
