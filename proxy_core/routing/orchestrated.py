"""Models that are reached through a running orchestration deployment. Pure.

Such a model looks like a deployment of its own: the same URL, with the model's name and the version to ask for.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from proxy_core.aicore.account_catalogue import AccountCatalogue
from proxy_core.aicore.catalogue import CatalogueModel
from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.model_restriction import ModelRestriction
from proxy_core.model_names import canonical_name, parse_model_name
from proxy_core.settings.model import OrchestrationSettings

__all__ = [
    "is_orchestrated",
    "is_orchestration",
    "must_be_orchestrated",
    "orchestrated_deployments",
    "orchestration_modules",
    "through_orchestration",
]

_SCENARIO = "orchestration"
_EVERY_MODEL = "*"
_MODULES_FOR_VECTORS = frozenset({"masking"})
_NO_RESTRICTION = ModelRestriction()


def is_orchestration(deployment: Deployment) -> bool:
    """True for a deployment of the orchestration service, with a model's name on it or not."""
    return deployment.scenario_id.endswith(_SCENARIO)


def is_orchestrated(deployment: Deployment) -> bool:
    """True for a model behind orchestration."""
    return bool(deployment.model) and is_orchestration(deployment)


def orchestrated_deployments(
    deployments: Iterable[Deployment], catalogue: AccountCatalogue
) -> tuple[Deployment, ...]:
    """The models of the catalogue that each orchestration deployment may use and that chat or make vectors."""
    models = [model for model in catalogue.models if _is_reachable(model)]
    return tuple(
        through
        for deployment in deployments
        if is_orchestration(deployment) and not deployment.model
        for through in _through(deployment, models, catalogue.restrictions.get(deployment.id, _NO_RESTRICTION))
    )


def through_orchestration(
    name: str, deployment: Deployment, orchestrated: Iterable[Deployment], guess: str
) -> Deployment:
    """The model that a configured name means behind an orchestration deployment that the user pinned to it; SAP's
    probable name of it (`guess`) where the catalogue does not tell."""
    wanted = canonical_name(name)
    for one in orchestrated:
        if one.url == deployment.url and canonical_name(one.model) == wanted:
            return one
    return replace(deployment, model=guess, executable_id=_SCENARIO)


def orchestration_modules(settings: OrchestrationSettings, model: str) -> Mapping[str, Any]:
    """The modules configured for a model, where none at all are a choice too; else those for every model, as far
    as its kind can have them."""
    own = _by_model(settings).get(canonical_name(model))
    if own is not None:
        return own
    for_every_model = settings.modules.get(_EVERY_MODEL, {})
    if parse_model_name(model).kind != "embeddings":
        return for_every_model
    return {name: module for name, module in for_every_model.items() if name in _MODULES_FOR_VECTORS}


def must_be_orchestrated(settings: OrchestrationSettings, model: str) -> bool:
    """True for a model with modules of its own: only orchestration has them, so nothing else may serve it."""
    return canonical_name(model) in _by_model(settings)


def _by_model(settings: OrchestrationSettings) -> dict[str, Mapping[str, Any]]:
    return {canonical_name(name): modules for name, modules in settings.modules.items() if name != _EVERY_MODEL}


def _through(
    deployment: Deployment, models: Iterable[CatalogueModel], restriction: ModelRestriction
) -> Iterator[Deployment]:
    for model in models:
        version = restriction.choose_version(model)
        if version is not None:
            yield replace(deployment, model=model.name, model_version=version, executable_id=_SCENARIO)


def _is_reachable(model: CatalogueModel) -> bool:
    return _SCENARIO in model.scenarios and parse_model_name(model.name).kind != "other"
