"""Deployments as rows of the models table."""

from dataclasses import replace
from typing import Any

from proxy_core.admin.deployment_rows import build_deployment_rows
from proxy_core.aicore.catalogue import CatalogueModel, CatalogueVersion
from proxy_core.aicore.deployment import Deployment
from proxy_core.model_names import ModelKind
from proxy_core.routing.models import ModelTable, PublishedModel


def deployment(number: str, model: str, **changes: Any) -> Deployment:
    values = {
        "id": number, "url": f"https://api.example/{number}", "sub_account": "eu", "status": "RUNNING",
        "model": model,
        "model_version": "1", "executable_id": "azure-openai", "scenario_id": "foundation-models",
        "configuration_name": "", "created_at": 0, **changes,
    }  # fmt: skip
    return Deployment(**values)


def catalogue(*versions: CatalogueVersion) -> dict[str, list[CatalogueModel]]:
    return {"eu": [CatalogueModel("gpt-4o", "azure-openai", "", "", (), versions)]}


def published(name: str, *deployments: Deployment, kind: ModelKind = "chat") -> PublishedModel:
    return PublishedModel(name, "backend", None, kind, deployments)


def test_row_tells_the_names_and_the_catalogues_facts() -> None:
    one = deployment("d1", "gpt-4o")
    version = CatalogueVersion("1", deprecated=True, retirement_date="2026-10-01", context_tokens=128_000)

    (row,) = build_deployment_rows(
        ModelTable([published("gpt-4o", one), published("mine", one)]), [one], catalogue(version)
    )

    assert row.names == ("gpt-4o", "mine")
    assert (row.context_length, row.deprecated, row.retirement_date) == (128_000, True, "2026-10-01")


def test_latest_version_is_found() -> None:
    versions = (CatalogueVersion("1", context_tokens=1), CatalogueVersion("2", is_latest=True, context_tokens=2))

    (row,) = build_deployment_rows(
        ModelTable(), [deployment("d1", "gpt-4o", model_version="latest")], catalogue(*versions)
    )

    assert row.context_length == 2


def test_version_that_the_catalogue_does_not_know_has_no_facts() -> None:
    (row,) = build_deployment_rows(
        ModelTable(),
        [deployment("d1", "gpt-4o", model_version="9")],
        catalogue(CatalogueVersion("1", context_tokens=1)),
    )

    assert (row.context_length, row.deprecated) == (None, False)


def test_rows_without_a_catalogue_are_there() -> None:
    assert len(build_deployment_rows(ModelTable(), [deployment("d1", "gpt-4o")], {})) == 1


def test_served_deployments_come_first() -> None:
    idle, served = deployment("d1", "a-model", status="STOPPED"), deployment("d2", "gpt-4o")

    rows = build_deployment_rows(ModelTable([published("gpt-4o", served)]), [idle, served], {})

    assert [row.id for row in rows] == ["d2", "d1"]


def test_deployments_without_a_url_serve_no_names() -> None:
    """Several pending deployments have the same empty URL."""
    rows = build_deployment_rows(
        ModelTable([published("gpt-4o", deployment("d1", "gpt-4o", url=""))]),
        [deployment("d2", "gpt-4o", url="", status="PENDING")],
        {},
    )

    assert rows[0].names == ()


def test_orchestration_is_called_so() -> None:
    (row,) = build_deployment_rows(
        ModelTable(), [deployment("d1", "", executable_id="orchestration", scenario_id="orchestration")], {}
    )

    assert row.model == "orchestration"


def test_row_tells_whether_the_model_chats() -> None:
    one, other = deployment("d1", "gpt-4o"), deployment("d2", "text-embedding-3-small")
    table = ModelTable([published("gpt-4o", one), published("embedder", other, kind="embeddings")])

    rows = build_deployment_rows(table, [one, other], {})

    assert {row.model: row.chats for row in rows} == {"gpt-4o": True, "text-embedding-3-small": False}


def test_each_model_behind_orchestration_has_its_own_row() -> None:
    running = deployment("d1", "", executable_id="orchestration", scenario_id="orchestration")
    behind = [replace(running, model=name, model_version="") for name in ("gpt-4o", "sonar")]
    table = ModelTable(
        [published("gpt-4o", behind[0]), published("mine", behind[0]), published("sonar", behind[1])]
    )
    version = CatalogueVersion("1", is_latest=True, context_tokens=128_000)

    rows = build_deployment_rows(table, [running], catalogue(version))

    assert [(row.model, row.names, row.id, row.orchestrated) for row in rows] == [
        ("gpt-4o", ("gpt-4o", "mine"), "d1", True),
        ("sonar", ("sonar",), "d1", True),
    ]
