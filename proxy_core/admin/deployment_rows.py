"""The models table: deployments beside the names they serve and what SAP's catalogue says of them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from proxy_core.admin.backend import DeploymentRow
from proxy_core.aicore.catalogue import CatalogueModel, CatalogueVersion, find_version
from proxy_core.aicore.deployment import Deployment
from proxy_core.routing.models import ModelTable, PublishedModel
from proxy_core.routing.orchestrated import is_orchestrated

__all__ = ["build_deployment_rows"]

_ORCHESTRATION = "orchestration"
_UNKNOWN = CatalogueVersion("")


def build_deployment_rows(
    table: ModelTable, deployments: Iterable[Deployment], catalogues: Mapping[str, Sequence[CatalogueModel]]
) -> tuple[DeploymentRow, ...]:
    """One row for each deployment, and for each model behind a deployment of orchestration; those that serve a
    published name first. `catalogues` are by sub-account; one that could not be read is absent."""
    serving = _serving(table)
    rows = [
        _row(replace(one, model=model), served, catalogues.get(one.sub_account, ()))
        for one in deployments
        for model, served in (serving.get(one.url) or {one.model: []}).items()
    ]
    return tuple(sorted(rows, key=lambda row: (not row.names, row.model, row.account, row.id)))


def _serving(table: ModelTable) -> Mapping[str, Mapping[str, list[PublishedModel]]]:
    """What is published, by a deployment's URL and SAP's name of the model; pending ones have no URL."""
    serving: dict[str, dict[str, list[PublishedModel]]] = {}
    for model in table.models.values():
        for deployment in model.deployments:
            if deployment.url:
                serving.setdefault(deployment.url, {}).setdefault(deployment.model, []).append(model)
    return serving


def _row(
    deployment: Deployment, models: Sequence[PublishedModel], catalogue: Sequence[CatalogueModel]
) -> DeploymentRow:
    version = find_version(catalogue, deployment.model, deployment.model_version) or _UNKNOWN
    return DeploymentRow(
        account=deployment.sub_account,
        id=deployment.id,
        status=deployment.status,
        model=deployment.model or (_ORCHESTRATION if deployment.executable_id == _ORCHESTRATION else ""),
        version=deployment.model_version,
        names=tuple(model.name for model in models),
        context_length=version.context_tokens,
        deprecated=version.deprecated,
        retirement_date=version.retirement_date or "",
        chats=all(model.kind == "chat" for model in models),
        orchestrated=is_orchestrated(deployment),
    )
