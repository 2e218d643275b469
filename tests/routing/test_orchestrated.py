"""Models that are published because orchestration reaches them."""

from dataclasses import replace
from typing import Any

import pytest

from proxy_core.aicore.catalogue import CatalogueVersion
from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.model_restriction import ModelRestriction
from proxy_core.errors import ProxyError
from proxy_core.routing.listing import model_entry
from proxy_core.routing.models import ModelTable
from proxy_core.routing.orchestrated import orchestration_modules
from proxy_core.routing.pins import can_serve
from proxy_core.routing.publishing import build_model_table
from proxy_core.settings.model import OrchestrationSettings
from tests.routing.demo import account, catalogue, deployment, filters, orchestration, settings

SONNET = "anthropic--claude-4.5-sonnet"
MASKING: dict[str, Any] = {"masking": {"providers": []}}


def table(*found: Deployment, models: tuple[str, ...] = ("gpt-4o", SONNET), **options: object) -> ModelTable:
    return build_model_table(settings(**options), {"a": found}, can_serve, {"a": catalogue(*models)})


def test_models_of_the_catalogue_are_published_and_marked() -> None:
    published = table(orchestration())

    assert list(published.models) == ["gpt-4o", SONNET, "claude-sonnet-4-5"]
    assert all(model.orchestrated for model in published.models.values())
    assert model_entry(published, "gpt-4o")["orchestrated"] is True


def test_such_a_model_goes_to_the_orchestration_deployment() -> None:
    (served,) = table(orchestration()).resolve("gpt-4o", "chat").deployments

    assert (served.id, served.model, served.executable_id) == ("d-orch", "gpt-4o", "orchestration")


def test_a_deployment_of_its_own_wins() -> None:
    published = table(deployment("d1", "gpt-4o"), orchestration())

    assert [one.id for one in published.models["gpt-4o"].deployments] == ["d1"]
    assert not published.models["gpt-4o"].orchestrated


def test_it_wins_in_another_sub_account_too() -> None:
    found = {"a": [orchestration()], "b": [deployment("d1", "gpt-4o", "b")]}
    published = build_model_table(
        settings(account("a"), account("b")), found, can_serve, {"a": catalogue("gpt-4o"), "b": catalogue()}
    )

    assert [one.id for one in published.models["gpt-4o"].deployments] == ["d1"]


def test_all_orchestration_deployments_serve_a_model() -> None:
    found = {"a": [orchestration()], "b": [orchestration("d-b", "b")]}
    both = {"a": catalogue("gpt-4o"), "b": catalogue("gpt-4o")}
    published = build_model_table(settings(account("a"), account("b")), found, can_serve, both)

    assert [one.id for one in published.models["gpt-4o"].deployments] == ["d-orch", "d-b"]


def test_without_an_orchestration_deployment_the_catalogue_publishes_nothing() -> None:
    assert list(table(deployment("d1", "gpt-5")).models) == ["gpt-5"]


def test_it_can_be_switched_off() -> None:
    assert list(table(orchestration(), orchestration=OrchestrationSettings(enabled=False)).models) == []


def test_a_restriction_is_kept() -> None:
    allowed = {"d-orch": ModelRestriction("allow", {SONNET: ("1",)})}
    published = build_model_table(
        settings(), {"a": [orchestration()]}, can_serve, {"a": catalogue("gpt-4o", SONNET, restrictions=allowed)}
    )

    assert [one.model_version for one in published.models[SONNET].deployments] == ["1"]
    assert "gpt-4o" not in published.models


def test_models_that_neither_chat_nor_embed_stay_out() -> None:
    published = table(orchestration(), models=("cohere-reranker", "text-embedding-3-small"))

    assert list(published.models) == ["text-embedding-3-small"]


def test_filters_hold_for_them() -> None:
    published = table(orchestration(), model_filters=filters(exclude=("^gpt",)))

    assert "gpt-4o" not in published.models
    with pytest.raises(ProxyError):
        published.resolve("gpt-4o", "chat")


def test_a_model_of_its_own_stands_in_before_an_orchestrated_one() -> None:
    published = table(deployment("d1", "gpt-4.1"), orchestration(), models=("gpt-5", "gemini-2.5-pro"))

    assert published.resolve("gpt-4o", "chat").public_model == "gpt-4.1"
    assert published.resolve("gemini-2.0-pro", "chat").public_model == "gemini-2.5-pro"


@pytest.mark.parametrize("models", [(SONNET,), ()], ids=["known", "guessed"])
def test_a_name_may_be_pinned_to_orchestration(models: tuple[str, ...]) -> None:
    pins = account(ids={"claude-4.5-sonnet": ("d-orch",)}, discover=False)
    published = build_model_table(settings(pins), {"a": [orchestration()]}, can_serve, {"a": catalogue(*models)})

    (served,) = published.models["claude-4.5-sonnet"].deployments
    assert (served.model, served.executable_id, published.warnings) == (SONNET, "orchestration", ())


def test_a_model_with_modules_is_served_through_orchestration_only() -> None:
    modules = OrchestrationSettings(modules={"gpt-4o": MASKING})

    published = table(deployment("d1", "gpt-4o"), orchestration(), orchestration=modules)

    assert [one.id for one in published.models["gpt-4o"].deployments] == ["d-orch"]


def test_a_model_with_modules_is_not_served_without_orchestration() -> None:
    modules = OrchestrationSettings(modules={"gpt-4o": MASKING})

    published = table(deployment("d1", "gpt-4o"), deployment("d2", "gpt-5"), orchestration=modules)

    assert list(published.models) == ["gpt-5"]
    assert published.warnings[0].startswith("Model 'gpt-4o' has orchestration modules")


def test_modules_are_found_by_any_spelling_and_else_those_for_all() -> None:
    configured = OrchestrationSettings(modules={"claude-sonnet-4-5": MASKING, "*": {"filtering": {}}})

    assert orchestration_modules(configured, SONNET) == MASKING
    assert orchestration_modules(configured, "gpt-4o") == {"filtering": {}}
    assert orchestration_modules(OrchestrationSettings(), "gpt-4o") == {}


def test_a_model_can_be_left_out_of_the_modules_for_all() -> None:
    configured = OrchestrationSettings(modules={"gpt-4.1": {}, "*": MASKING})

    assert orchestration_modules(configured, "gpt-4.1") == {}


def test_models_that_make_vectors_get_what_they_can_have_of_the_modules_for_all() -> None:
    configured = OrchestrationSettings(
        modules={"*": {**MASKING, "filtering": {}}, "titan-embed-text": {"filtering": {}}}
    )

    assert orchestration_modules(configured, "text-embedding-3-small") == MASKING
    assert orchestration_modules(configured, "amazon--titan-embed-text") == {"filtering": {}}


def test_a_deployment_of_an_unknown_executable_is_not_taken_for_orchestration() -> None:
    assert not can_serve(replace(deployment("d1", "qwen3-max"), executable_id="orchestration"))


def test_the_catalogue_gives_facts() -> None:
    known = catalogue("gpt-4o")
    version = CatalogueVersion(
        "2", is_latest=True, deprecated=True, retirement_date="2026-10-01", context_tokens=5, input_types=("text",),
        replacements=("gpt-5",),
    )  # fmt: skip
    models = (replace(known.models[0], versions=(version,)),)
    published = build_model_table(
        settings(), {"a": [deployment("d1", "gpt-4o")]}, can_serve, {"a": replace(known, models=models)}
    )

    entry = model_entry(published, "gpt-4o")

    assert {key: entry[key] for key in ("context_length", "deprecated", "retirement_date", "input_types")} == {
        "context_length": 5, "deprecated": True, "retirement_date": "2026-10-01", "input_types": ["text"],
    }  # fmt: skip
    assert (entry["max_output_tokens"], entry["suggested_replacements"]) == (16_384, ["gpt-5"])
    assert (entry["lifecycle"], entry["retires_at"]) == ("deprecated", "2026-10-01T00:00:00Z")
