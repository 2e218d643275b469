"""How long to wait for which deployment: what the settings say of single models. Pure.

A name in the settings means the deployments pinned to it, else those that run the model of exactly that name, else
of another spelling of it. An alias of the settings means the model it stands for, for all its requests.
"""

from collections.abc import Iterable, Iterator, Mapping

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.timeouts import Timeouts
from proxy_core.model_names import canonical_name
from proxy_core.routing.orchestrated import is_orchestration
from proxy_core.settings.model import AttemptTimeouts, Settings, SubAccountSettings

__all__ = ["ModelTimeouts", "build_timeouts"]


def build_timeouts(settings: AttemptTimeouts) -> Timeouts:
    return Timeouts(connect=settings.connect, first_byte=settings.first_byte, idle=settings.idle)


class ModelTimeouts:
    """The waiting times of `settings.timeouts.models`."""

    def __init__(self, settings: Settings) -> None:
        named = {name: build_timeouts(one) for name, one in settings.timeouts.models.items()}
        meant = {settings.model_aliases.get(name, name): one for name, one in named.items()}
        self._by_name = {**meant, **named}
        self._by_spelling = {canonical_name(name): one for name, one in self._by_name.items()}
        self._by_place = dict(_places(self._by_name, settings.sub_accounts))
        self._by_model: dict[str, Timeouts | None] = {}

    def of(self, deployment: Deployment) -> Timeouts | None:
        """None for a deployment that is waited for as all the others are."""
        if not self._by_name:
            return None
        return self._pinned(deployment) or self._for_model(deployment.model)

    def _pinned(self, deployment: Deployment) -> Timeouts | None:
        if not self._by_place or is_orchestration(deployment):  # one URL stands for many models there
            return None
        by_place = self._by_place
        return by_place.get((deployment.sub_account, deployment.id)) or by_place.get(
            (deployment.sub_account, deployment.url)
        )

    def _for_model(self, model: str) -> Timeouts | None:
        if model not in self._by_model:
            exact = self._by_name.get(model)
            self._by_model[model] = exact or self._by_spelling.get(canonical_name(model))
        return self._by_model[model]


def _places(
    by_name: Mapping[str, Timeouts], accounts: Iterable[SubAccountSettings]
) -> Iterator[tuple[tuple[str, str], Timeouts]]:
    """By sub-account, and the id or the URL of a deployment that is pinned to a name."""
    for account in accounts:
        for pins in (account.deployment_models, account.deployment_ids):
            for name, places in pins.items():
                if name in by_name:
                    yield from (((account.name, place), by_name[name]) for place in places)
