"""Deployments and settings for the routing tests."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from proxy_core.aicore.account_catalogue import AccountCatalogue
from proxy_core.aicore.catalogue import CatalogueModel, CatalogueVersion
from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.model_restriction import ModelRestriction
from proxy_core.routing.models import ModelTable
from proxy_core.routing.publishing import build_model_table
from proxy_core.settings.model import ModelFilters, Settings, SubAccountSettings

__all__ = ["account", "catalogue", "deployment", "filters", "orchestration", "settings", "table_of", "url_of"]


def url_of(deployment_id: str) -> str:
    return f"https://api.ai.example.com/v2/inference/deployments/{deployment_id}"


def orchestration(deployment_id: str = "d-orch", sub_account: str = "a") -> Deployment:
    """A deployment of the orchestration service."""
    return replace(
        deployment(deployment_id, "", sub_account),
        executable_id="orchestration",
        scenario_id="orchestration",
        model_version="",
    )


def catalogue(*models: str, restrictions: Mapping[str, ModelRestriction] | None = None) -> AccountCatalogue:
    """Models that can be reached through orchestration."""
    scenarios = ("foundation-models", "orchestration")
    found = tuple(
        CatalogueModel(
            name, "", name, "", scenarios, (CatalogueVersion("2", is_latest=True), CatalogueVersion("1"))
        )
        for name in models
    )
    return AccountCatalogue(found, restrictions or {})


def deployment(deployment_id: str, model: str, sub_account: str = "a") -> Deployment:
    return Deployment(
        id=deployment_id,
        url=url_of(deployment_id),
        sub_account=sub_account,
        status="RUNNING",
        model=model,
        model_version="latest",
        executable_id="azure-openai",
        scenario_id="foundation-models",
        configuration_name=f"{model}-config",
        created_at=1_700_000_000,
    )


def account(
    name: str = "a",
    ids: Mapping[str, tuple[str, ...]] | None = None,
    urls: Mapping[str, tuple[str, ...]] | None = None,
    *,
    discover: bool = True,
) -> SubAccountSettings:
    return SubAccountSettings(name=name, deployment_ids=ids or {}, deployment_models=urls or {}, discover=discover)


def filters(include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> ModelFilters:
    return ModelFilters(
        include=tuple(re.compile(text) for text in include), exclude=tuple(re.compile(text) for text in exclude)
    )


def settings(*accounts: SubAccountSettings, **other: Any) -> Settings:
    folder = Path("unused")
    return Settings(
        config_dir=folder, state_dir=folder, cache_dir=folder, sub_accounts=accounts or (account(),), **other
    )


def table_of(*models: str, **other: Any) -> ModelTable:
    """A table of discovered models, one deployment each, whose id is `d-` and the name."""
    found = [deployment(f"d-{model}", model) for model in models]
    return build_model_table(settings(**other), {"a": found})
