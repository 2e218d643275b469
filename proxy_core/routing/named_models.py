"""Entries of the settings that are for one model which nobody knows: a typing error, most often. Pure."""

import difflib
from collections.abc import Iterable, Iterator, Sequence

from proxy_core.model_names import canonical_name
from proxy_core.routing.filters import FilteredName
from proxy_core.routing.models import PublishedModel
from proxy_core.settings.model import Settings

__all__ = ["warn_of_unknown_models"]

_ANY = "*"


def warn_of_unknown_models(
    settings: Settings, models: Sequence[PublishedModel], filtered: Iterable[FilteredName]
) -> Iterator[str]:
    """A line for each entry of `timeouts.models` and `limits` that has no effect. Waiting times go by any name of a
    model, limits by SAP's. Of no use before every sub-account is read."""
    left_out = {canonical_name(item.name) for item in filtered}
    running = [deployment for model in models for deployment in model.deployments]
    saps = {deployment.model for deployment in running}
    published = {model.name for model in models}
    yield from _unknown(
        "timeouts.models", settings.timeouts.models, saps | published | {*settings.model_aliases}, left_out
    )
    yield from _unknown("limits.models", settings.limits.models, saps, left_out)
    for account in settings.sub_accounts:
        its = {deployment.model for deployment in running if deployment.sub_account == account.name}
        yield from _unknown(f"subAccounts.{account.name}.limits", account.limits, its, left_out)


def _unknown(place: str, names: Iterable[str], known: set[str], left_out: set[str]) -> Iterator[str]:
    fitting = left_out | set(map(canonical_name, known))
    for name in names:
        if name != _ANY and canonical_name(name) not in fitting:
            told = f"{place} names the model '{name}', which is not known here, so it has no effect."
            yield f"{told} {_advice(name, known)}"


def _advice(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name.lower(), sorted(known), n=1)
    return f"Did you mean '{near[0]}'?" if near else "sap-ai-inspect lists SAP's names of the models."
