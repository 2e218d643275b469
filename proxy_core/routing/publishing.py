"""From settings and discovered deployments to the table of published models. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from proxy_core.aicore.account_catalogue import AccountCatalogue
from proxy_core.aicore.catalogue import CatalogueVersion, find_version
from proxy_core.aicore.deployment import Deployment
from proxy_core.model_names import anthropic_alias, parse_model_name
from proxy_core.routing.filters import FilteredName, apply_filters, find_filter
from proxy_core.routing.models import ModelTable, Origin, PublishedModel
from proxy_core.routing.named_models import warn_of_unknown_models
from proxy_core.routing.orchestrated import is_orchestrated, must_be_orchestrated, orchestrated_deployments
from proxy_core.routing.pins import AccountModels, CanServe, build_account_models, has_model
from proxy_core.settings.model import ModelFilters, Settings

__all__ = ["build_model_table"]


def build_model_table(
    settings: Settings,
    discovered: Mapping[str, Sequence[Deployment]],
    can_serve: CanServe = has_model,
    catalogues: Mapping[str, AccountCatalogue] | None = None,
) -> ModelTable:
    """`discovered` holds the running deployments by sub-account; one that could not be read is absent. Those that
    no family can call (`can_serve`) are not published; where the user pinned one, a warning says so.

    Published are the configured names, SAP's names of all models that run, and the ids under which Anthropic's own
    clients know the Claude models among them. Models of the catalogue that run nowhere but are reached through
    orchestration are published too; deployments of their own win. Filters come last and hold for names of any
    origin.
    """
    known = catalogues or {}
    accounts = [
        build_account_models(
            account,
            discovered.get(account.name),
            settings.model_filters,
            can_serve,
            _orchestrated(settings, discovered.get(account.name, ()), known.get(account.name)),
        )
        for account in settings.sub_accounts
    ]
    configured = dict.fromkeys(name for account in accounts for name in account.pinned)
    backend = dict.fromkeys(
        name for account in accounts for name in account.backend_names if name not in configured
    )
    kept, filtered = apply_filters([*configured, *backend], settings.model_filters)
    aliases = _aliases([*configured, *backend], settings.model_filters)
    publisher = _Publisher(settings, accounts, known)
    candidates = [
        *(publisher.publish(name, "configured" if name in configured else "backend", None) for name in kept),
        *(publisher.publish(alias, "alias", name) for alias, name in aliases.items()),
    ]
    models = [model for model in candidates if model is not None]
    every_filtered = _unique([*(item for account in accounts for item in account.filtered), *filtered])
    unread = [
        account.name
        for account in settings.sub_accounts
        if account.needs_discovery and account.name not in discovered
    ]
    unknown = [] if unread else warn_of_unknown_models(settings, models, every_filtered)
    return ModelTable(
        models,
        filtered=every_filtered,
        aliases=settings.model_aliases,
        fallbacks=settings.fallbacks,
        warnings=[*(line for account in accounts for line in account.warnings), *publisher.warnings, *unknown],
        unread=unread,
    )


def _aliases(names: Sequence[str], filters: ModelFilters) -> dict[str, str]:
    """Anthropic's ids of the Claude models. An alias of an excluded name is excluded with it."""
    aliases: dict[str, str] = {}
    for name in names:
        alias = anthropic_alias(name)
        if alias is None or alias in names or find_filter(alias, filters):
            continue
        reason = find_filter(name, filters)
        if reason is None or reason.rule == "include":
            aliases.setdefault(alias, name)
    return aliases


def _orchestrated(
    settings: Settings, deployments: Sequence[Deployment], catalogue: AccountCatalogue | None
) -> tuple[Deployment, ...]:
    if catalogue is None or not settings.orchestration.enabled:
        return ()
    return orchestrated_deployments(deployments, catalogue)


class _Publisher:
    """Makes one table's models. `warnings` tells of names that nothing may serve."""

    def __init__(
        self, settings: Settings, accounts: Iterable[AccountModels], catalogues: Mapping[str, AccountCatalogue]
    ) -> None:
        self._settings = settings
        self._accounts = tuple(accounts)
        self._catalogues = catalogues
        self.warnings: list[str] = []

    def publish(self, name: str, origin: Origin, alias_of: str | None) -> PublishedModel | None:
        found = tuple(deployment for account in self._accounts for deployment in account.serving(name))
        deployments = self._chosen(name, found)
        if not deployments:
            return None
        return PublishedModel(
            name=name,
            origin=origin,
            alias_of=alias_of,
            kind=parse_model_name(deployments[0].model or name).kind,
            deployments=deployments,
            facts=self._facts(deployments),
        )

    def _chosen(self, name: str, found: tuple[Deployment, ...]) -> tuple[Deployment, ...]:
        """Deployments of the model's own where there are any; but only orchestration for a model with modules."""
        orchestrated = tuple(deployment for deployment in found if is_orchestrated(deployment))
        if must_be_orchestrated(self._settings.orchestration, found[0].model or name):
            if not orchestrated:
                self.warnings.append(
                    f"Model '{name}' has orchestration modules in the configuration, but no orchestration "
                    "deployment serves it, so it is not published. Start one, or remove the entry."
                )
            return orchestrated
        return tuple(deployment for deployment in found if deployment not in orchestrated) or orchestrated

    def _facts(self, deployments: Iterable[Deployment]) -> CatalogueVersion | None:
        for deployment in deployments:
            catalogue = self._catalogues.get(deployment.sub_account)
            models = catalogue.models if catalogue else ()
            if facts := find_version(models, deployment.model, deployment.model_version):
                return facts
        return None


def _unique(items: Iterable[FilteredName]) -> list[FilteredName]:
    return list(dict.fromkeys(items))
