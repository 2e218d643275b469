"""The deployments of one sub-account: those the user pinned to a name, and those discovered beside them.

Pure. What discovery has not told yet is guessed from the configured name, so that explicit URLs work offline.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.deployments import executable_of
from proxy_core.model_names import canonical_name, guess_backend_name
from proxy_core.registry import can_call
from proxy_core.routing.filters import FilteredName, find_filter
from proxy_core.routing.orchestrated import is_orchestrated, is_orchestration, through_orchestration
from proxy_core.routing.validation import describe_mismatch
from proxy_core.settings.model import ModelFilters, SubAccountSettings

__all__ = ["AccountModels", "CanServe", "build_account_models", "can_serve", "has_model"]

CanServe = Callable[[Deployment], bool]
"""Whether some upstream family can call a deployment."""

_GUESSED = "UNKNOWN"
_ORCHESTRATION = "orchestration"
_USUAL_EXECUTABLE = "azure-openai"
"""Taken for a URL whose configured name tells nothing, until discovery tells more."""


@dataclass(frozen=True, slots=True)
class AccountModels:
    """`pinned` is by configured name, `by_backend` by the canonical form of the backend model and holds pinned
    and discovered deployments. `backend_names` are SAP's names as found."""

    pinned: Mapping[str, tuple[Deployment, ...]]
    by_backend: Mapping[str, tuple[Deployment, ...]]
    backend_names: tuple[str, ...]
    filtered: tuple[FilteredName, ...]
    warnings: tuple[str, ...]

    def serving(self, name: str) -> tuple[Deployment, ...]:
        """The deployments that serve a published name here: pinned to it, else pinned to another spelling of
        it, else running it."""
        if name in self.pinned:
            return self.pinned[name]
        canonical = canonical_name(name)
        spelled = [found for pin, found in self.pinned.items() if canonical_name(pin) == canonical]
        if spelled:
            return _unique(deployment for found in spelled for deployment in found)
        return self.by_backend.get(canonical, ())


def build_account_models(
    account: SubAccountSettings,
    discovered: Sequence[Deployment] | None,
    filters: ModelFilters,
    can_serve: CanServe,
    orchestrated: Sequence[Deployment] = (),
) -> AccountModels:
    """`discovered` is None as long as the sub-account could not be read. Filtered pins count as never made.
    `orchestrated` are the models behind orchestration; one that runs by itself here needs none of them."""
    filtered: list[FilteredName] = []
    warnings: list[str] = []
    pinned: dict[str, tuple[Deployment, ...]] = {}
    for name in dict.fromkeys([*account.deployment_ids, *account.deployment_models]):
        if reason := find_filter(name, filters):
            filtered.append(reason)
        elif found := _build_pin(account, name, discovered, can_serve, warnings, orchestrated):
            pinned[name] = found
    candidates = (*(discovered or ()), *orchestrated) if account.discover else ()
    beside = [item for item in candidates if item.model and can_serve(item)]
    every = _unique([*(item for found in pinned.values() for item in found), *beside])
    by_backend: dict[str, tuple[Deployment, ...]] = {}
    for item in every:
        canonical = canonical_name(item.model)
        by_backend[canonical] = (*by_backend.get(canonical, ()), item)
    names = tuple(dict.fromkeys(item.model for item in every))
    return AccountModels(pinned, by_backend, names, tuple(filtered), tuple(warnings))


def can_serve(deployment: Deployment) -> bool:
    """The `CanServe` of the program as it is: some family of the registry can call the deployment."""
    if deployment.executable_id == _ORCHESTRATION and not is_orchestrated(deployment):
        return False
    return can_call(deployment.executable_id, deployment.model)


def has_model(deployment: Deployment) -> bool:
    """Serves everything but orchestration, which is no model of its own."""
    return bool(deployment.model)


def _build_pin(
    account: SubAccountSettings,
    name: str,
    discovered: Sequence[Deployment] | None,
    can_serve: CanServe,
    warnings: list[str],
    orchestrated: Sequence[Deployment],
) -> tuple[Deployment, ...]:
    pinned = [*_by_ids(account, name, discovered, warnings), *_by_urls(account, name, discovered)]
    wanted = _unique(
        through_orchestration(name, item, orchestrated, guess_backend_name(name))
        if is_orchestration(item) and not item.model
        else item
        for item in pinned
    )
    found = tuple(item for item in wanted if can_serve(item))
    warnings += [_describe_unservable(account, name, item) for item in wanted if item not in found]
    warnings += [line for item in found if item.status != _GUESSED and (line := describe_mismatch(name, item))]
    return found


def _describe_unservable(account: SubAccountSettings, name: str, deployment: Deployment) -> str:
    return (
        f"Sub-account '{account.name}': deployment '{deployment.id}' of model '{name}' runs "
        f"'{deployment.model or deployment.scenario_id}', which this program cannot serve. Pin another."
    )


def _by_ids(
    account: SubAccountSettings, name: str, discovered: Sequence[Deployment] | None, warnings: list[str]
) -> Iterable[Deployment]:
    known = {deployment.id: deployment for deployment in discovered or ()}
    for wanted in account.deployment_ids.get(name, ()):
        if wanted in known:
            yield known[wanted]
        elif discovered is not None:
            warnings.append(
                f"Sub-account '{account.name}': deployment '{wanted}' of model '{name}' was not found among its "
                "running deployments. Check deployment_ids and resource_group."
            )


def _by_urls(
    account: SubAccountSettings, name: str, discovered: Sequence[Deployment] | None
) -> Iterable[Deployment]:
    known = {deployment.url: deployment for deployment in discovered or ()}
    for url in account.deployment_models.get(name, ()):
        yield known.get(url) or _guessed(account, name, url)


def _guessed(account: SubAccountSettings, name: str, url: str) -> Deployment:
    model = guess_backend_name(name)
    executable = executable_of(model)
    return Deployment(
        id=urlsplit(url).path.rstrip("/").rpartition("/")[2] or url,
        url=url,
        sub_account=account.name,
        status=_GUESSED,
        model=model,
        model_version="",
        executable_id=_USUAL_EXECUTABLE if executable == _ORCHESTRATION else executable,
        scenario_id="foundation-models",
        configuration_name="",
        created_at=0,
    )


def _unique(deployments: Iterable[Deployment]) -> tuple[Deployment, ...]:
    return tuple({(deployment.url, deployment.model): deployment for deployment in deployments}.values())
