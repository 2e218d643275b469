"""From settings and discovered deployments to the table of published models. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from proxy_core.aicore.deployment import Deployment
from proxy_core.model_names import anthropic_alias, parse_model_name
from proxy_core.routing.filters import FilteredName, apply_filters, find_filter
from proxy_core.routing.models import ModelTable, Origin, PublishedModel
from proxy_core.routing.pins import AccountModels, CanServe, build_account_models, has_model
from proxy_core.settings.model import ModelFilters, Settings

__all__ = ["build_model_table"]


def build_model_table(
    settings: Settings, discovered: Mapping[str, Sequence[Deployment]], can_serve: CanServe = has_model
) -> ModelTable:
    """`discovered` holds the running deployments by sub-account; one that could not be read is absent. Those that
    no family can call (`can_serve`) are not published; where the user pinned one, a warning says so.

    Published are the configured names, SAP's names of all models that run, and the ids under which Anthropic's own
    clients know the Claude models among them. Filters come last and hold for names of any origin.
    """
    accounts = [
        build_account_models(account, discovered.get(account.name), settings.model_filters, can_serve)
        for account in settings.sub_accounts
    ]
    configured = dict.fromkeys(name for account in accounts for name in account.pinned)
    backend = dict.fromkeys(
        name for account in accounts for name in account.backend_names if name not in configured
    )
    kept, filtered = apply_filters([*configured, *backend], settings.model_filters)
    aliases = _aliases([*configured, *backend], settings.model_filters)
    models = [
        *(_publish(name, "configured" if name in configured else "backend", None, accounts) for name in kept),
        *(_publish(alias, "alias", name, accounts) for alias, name in aliases.items()),
    ]
    return ModelTable(
        models,
        filtered=_unique([*(item for account in accounts for item in account.filtered), *filtered]),
        aliases=settings.model_aliases,
        fallbacks=settings.fallbacks,
        warnings=[line for account in accounts for line in account.warnings],
        unread=[
            account.name
            for account in settings.sub_accounts
            if account.needs_discovery and account.name not in discovered
        ],
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


def _publish(name: str, origin: Origin, alias_of: str | None, accounts: Iterable[AccountModels]) -> PublishedModel:
    deployments = tuple(deployment for account in accounts for deployment in account.serving(name))
    return PublishedModel(
        name=name,
        origin=origin,
        alias_of=alias_of,
        kind=parse_model_name(deployments[0].model or name).kind,
        deployments=deployments,
    )


def _unique(items: Iterable[FilteredName]) -> list[FilteredName]:
    return list(dict.fromkeys(items))
