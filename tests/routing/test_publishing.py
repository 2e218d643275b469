from dataclasses import replace
from typing import Any

import pytest

from proxy_core.routing.models import ModelTable
from proxy_core.routing.publishing import build_model_table
from proxy_core.settings.model import AttemptTimeouts, LimitSettings, ModelLimits, TimeoutSettings
from tests.routing.demo import account, deployment, filters, settings, table_of, url_of

SONNET = "anthropic--claude-4.5-sonnet"


def ids(table: ModelTable, name: str) -> list[str]:
    return [item.id for item in table.models[name].deployments]


def test_discovered_models_are_published_by_sap_name() -> None:
    assert list(table_of("gpt-4o", "gemini-2.5-pro").models) == ["gpt-4o", "gemini-2.5-pro"]


def test_orchestration_is_not_a_model() -> None:
    assert list(table_of("gpt-4o", "").models) == ["gpt-4o"]


def test_claude_models_are_published_by_the_vendors_id_too() -> None:
    table = table_of(SONNET)

    assert list(table.models) == [SONNET, "claude-sonnet-4-5"]
    assert (table.models["claude-sonnet-4-5"].origin, table.models["claude-sonnet-4-5"].alias_of) == (
        "alias",
        SONNET,
    )


def test_configured_name_comes_first_and_the_backend_name_beside_it() -> None:
    table = build_model_table(settings(account(ids={"4.5-sonnet": ("d1",)})), {"a": [deployment("d1", SONNET)]})

    assert [(model.name, model.origin) for model in table.models.values()] == [
        ("4.5-sonnet", "configured"),
        (SONNET, "backend"),
        ("claude-sonnet-4-5", "alias"),
    ]


def test_ids_and_urls_of_a_model_both_serve_it() -> None:
    pins = account(ids={"gpt-4o": ("d1",)}, urls={"gpt-4o": (url_of("d2"),)})

    table = build_model_table(settings(pins), {"a": [deployment("d1", "gpt-4o")]})

    assert ids(table, "gpt-4o") == ["d1", "d2"]


def test_deployment_named_by_id_and_url_serves_once() -> None:
    pins = account(ids={"gpt-4o": ("d1",)}, urls={"gpt-4o": (url_of("d1"),)})

    table = build_model_table(settings(pins), {"a": [deployment("d1", "gpt-4o")]})

    assert ids(table, "gpt-4o") == ["d1"]


def test_pinned_model_is_served_by_its_pins_only() -> None:
    found = [deployment("d1", SONNET), deployment("d2", SONNET)]

    table = build_model_table(settings(account(ids={"4.5-sonnet": ("d2",)})), {"a": found})

    assert {name: ids(table, name) for name in table.models} == {
        "4.5-sonnet": ["d2"],
        SONNET: ["d2"],
        "claude-sonnet-4-5": ["d2"],
    }


def test_other_models_are_published_beside_pins() -> None:
    found = [deployment("d1", "gpt-4o"), deployment("d2", "o3")]

    table = build_model_table(settings(account(ids={"gpt-4o": ("d1",)})), {"a": found})

    assert list(table.models) == ["gpt-4o", "o3"]


def test_other_models_stay_unpublished_without_discovery() -> None:
    found = [deployment("d1", "gpt-4o"), deployment("d2", "o3")]

    table = build_model_table(settings(account(ids={"gpt-4o": ("d1",)}, discover=False)), {"a": found})

    assert list(table.models) == ["gpt-4o"]


def test_model_is_served_by_all_sub_accounts_that_have_it() -> None:
    accounts = [account("a", ids={"4.5-sonnet": ("d1",)}), account("b")]
    found = {
        "a": [deployment("d1", SONNET, "a")],
        "b": [deployment("d2", SONNET, "b"), deployment("d3", "o3", "b")],
    }

    table = build_model_table(settings(*accounts), found)

    assert ids(table, "4.5-sonnet") == ids(table, SONNET) == ["d1", "d2"]


def test_urls_work_before_anything_is_discovered() -> None:
    table = build_model_table(settings(account(urls={"4.5-sonnet": (url_of("d1"),)})), {})

    [found] = table.models["4.5-sonnet"].deployments
    assert (found.id, found.url, found.sub_account) == ("d1", url_of("d1"), "a")
    assert (found.model, found.executable_id) == (SONNET, "aws-bedrock")


def test_discovery_corrects_what_a_url_was_taken_for() -> None:
    pins = account(urls={"my-model": (url_of("d1"),)})

    table = build_model_table(settings(pins), {"a": [deployment("d1", "gemini-2.5-pro")]})

    assert table.models["my-model"].deployments[0].model == "gemini-2.5-pro"


def test_id_that_is_not_found_is_warned_about_and_the_rest_works() -> None:
    pins = account(ids={"gpt-4o": ("d1", "d9"), "o3": ("d8",)})

    table = build_model_table(settings(pins), {"a": [deployment("d1", "gpt-4o")]})

    assert list(table.models) == ["gpt-4o"]
    assert [line.split(" was ")[0] for line in table.warnings] == [
        "Sub-account 'a': deployment 'd9' of model 'gpt-4o'",
        "Sub-account 'a': deployment 'd8' of model 'o3'",
    ]


def test_each_mismatched_mapping_is_warned_about_once() -> None:
    pins = account(ids={"gpt-4": ("d1", "d2")})
    found = [deployment("d1", "gemini-1.5-pro"), deployment("d2", "gpt-4")]

    table = build_model_table(settings(pins), {"a": found})

    assert [line.partition(" which ")[0] for line in table.warnings] == [
        "Configuration mismatch: Model 'gpt-4' mapped to deployment 'd1'"
    ]


def test_deployment_that_cannot_be_served_is_not_published() -> None:
    found = [deployment("d1", "cohere-reranker"), deployment("d2", "gpt-4o")]

    table = build_model_table(settings(), {"a": found}, lambda item: item.model == "gpt-4o")

    assert (list(table.models), table.warnings) == (["gpt-4o"], ())


def test_pinned_deployment_that_cannot_be_served_is_warned_about() -> None:
    pins = account(ids={"rank": ("d1",)})

    table = build_model_table(settings(pins), {"a": [deployment("d1", "cohere-reranker")]}, lambda item: not item)

    assert list(table.models) == []
    assert "deployment 'd1' of model 'rank' runs 'cohere-reranker', which" in table.warnings[0]


def test_guesses_are_not_validated() -> None:
    assert build_model_table(settings(account(urls={"gpt-4": (url_of("d1"),)})), {}).warnings == ()


def test_unread_sub_account_is_named() -> None:
    accounts = [account("a"), account("b"), account("c", urls={"o3": (url_of("d1"),)}, discover=False)]

    assert build_model_table(settings(*accounts), {"b": []}).unread == ("a",)


def test_filters_hold_for_configured_and_discovered_names() -> None:
    pins = account(ids={"gpt-4o-test": ("d1",)})
    found = [deployment("d1", "gpt-4o"), deployment("d2", "o3-test"), deployment("d3", "o3")]

    table = build_model_table(settings(pins, model_filters=filters(exclude=("-test$",))), {"a": found})

    assert list(table.models) == ["gpt-4o", "o3"]
    assert [item.name for item in table.filtered] == ["gpt-4o-test", "o3-test"]


def test_filtered_pin_counts_as_never_made() -> None:
    pins = account(ids={"gpt-4o-test": ("d1",)}, discover=False)

    table = build_model_table(
        settings(pins, model_filters=filters(exclude=("-test$",))), {"a": [deployment("d1", "gpt-4o")]}
    )

    assert list(table.models) == []


def test_alias_goes_with_an_excluded_name() -> None:
    assert list(table_of("gpt-4o", SONNET, model_filters=filters(exclude=("^anthropic",))).models) == ["gpt-4o"]


def test_alias_must_pass_the_filters_itself() -> None:
    assert list(table_of("gpt-4o", SONNET, model_filters=filters(include=("^anthropic",))).models) == [SONNET]


def test_alias_that_is_included_is_published() -> None:
    assert list(table_of(SONNET, model_filters=filters(include=("^claude-",))).models) == ["claude-sonnet-4-5"]


def test_kind_comes_from_the_backend() -> None:
    pins = account(ids={"search": ("d1",)})

    table = build_model_table(settings(pins), {"a": [deployment("d1", "text-embedding-3-small")]})

    assert table.models["search"].kind == "embeddings"


# --- entries of the settings for one model


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("timeouts.models", {"timeouts": TimeoutSettings(models={"gpt-4oo": AttemptTimeouts()})}),
        ("limits.models", {"limits": LimitSettings({"gpt-4oo": ModelLimits()})}),
    ],
)
def test_settings_of_an_unknown_model_are_told_with_the_nearest_name(place: str, changes: dict[str, Any]) -> None:
    assert table_of("gpt-4o", **changes).warnings == (
        f"{place} names the model 'gpt-4oo', which is not known here, so it has no effect. Did you mean 'gpt-4o'?",
    )


def test_limits_of_a_sub_account_name_its_own_models() -> None:
    limited = replace(account("a"), limits={"gpt-4o": ModelLimits(), "gemini-2.5-pro": ModelLimits()})
    found = {"a": [deployment("d1", "gpt-4o")], "b": [deployment("d2", "gemini-2.5-pro", "b")]}

    (warning,) = build_model_table(settings(limited, account("b")), found).warnings

    assert warning.startswith("subAccounts.a.limits names the model 'gemini-2.5-pro'")


def test_every_spelling_of_a_model_and_the_star_are_known() -> None:
    names = LimitSettings({"*": ModelLimits(), "claude-sonnet-4-5": ModelLimits()})
    times = TimeoutSettings(models={"claude-sonnet-4.5": AttemptTimeouts(), "mine": AttemptTimeouts()})

    assert not table_of(SONNET, limits=names, timeouts=times, model_aliases={"mine": SONNET}).warnings


def test_waiting_times_may_go_by_a_configured_name_and_limits_may_not() -> None:
    pinned = account(ids={"big-one": ("d1",)})
    times = TimeoutSettings(models={"big-one": AttemptTimeouts()})
    limits = LimitSettings({"big-one": ModelLimits()})

    warnings = build_model_table(
        settings(pinned, timeouts=times, limits=limits), {"a": [deployment("d1", "gpt-4o")]}
    ).warnings

    assert [line for line in warnings if line.startswith("limits.models names the model 'big-one'")]
    assert not [line for line in warnings if line.startswith("timeouts")]


def test_a_filtered_model_is_known() -> None:
    limits = LimitSettings({"gpt-4o": ModelLimits()})

    assert not table_of("gpt-4o", "gpt-5", limits=limits, model_filters=filters(exclude=("4o",))).warnings


def test_nothing_is_unknown_before_every_sub_account_is_read() -> None:
    limits = LimitSettings({"gpt-4o": ModelLimits()})

    assert not build_model_table(settings(limits=limits), {}).warnings
