"""Which waiting times a deployment has, by the names in the settings."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.timeouts import Timeouts
from proxy_core.routing.model_timeouts import ModelTimeouts
from proxy_core.settings.model import AttemptTimeouts, Settings, SubAccountSettings, TimeoutSettings
from tests.routing.demo import account, deployment, orchestration, settings, url_of

SONNET = "anthropic--claude-4.5-sonnet"


def configured(
    models: Mapping[str, float], *accounts: SubAccountSettings, aliases: Mapping[str, str] | None = None
) -> Settings:
    """Settings with a `first_byte` by model name."""
    named = {name: AttemptTimeouts(first_byte=seconds) for name, seconds in models.items()}
    return settings(*accounts, timeouts=TimeoutSettings(models=named), model_aliases=aliases or {})


def first_byte(found: Settings, one: Deployment) -> float | None:
    timeouts = ModelTimeouts(found).of(one)
    return timeouts.first_byte if timeouts else None


def test_all_three_waiting_times_are_taken() -> None:
    models = {"gpt-5": AttemptTimeouts(connect=1.0, first_byte=2.0, idle=3.0)}
    found = ModelTimeouts(settings(timeouts=TimeoutSettings(models=models)))

    assert found.of(deployment("d1", "gpt-5")) == Timeouts(connect=1.0, first_byte=2.0, idle=3.0)


def test_a_model_that_is_not_named_has_none_of_its_own() -> None:
    assert first_byte(configured({"gpt-5": 9}), deployment("d1", "gpt-5-mini")) is None


def test_without_names_no_model_has_its_own() -> None:
    assert first_byte(configured({}), deployment("d1", "gpt-5")) is None


@pytest.mark.parametrize("name", ["claude-sonnet-4-5", "claude-4.5-sonnet", SONNET])
def test_every_spelling_of_a_model_means_it(name: str) -> None:
    assert first_byte(configured({name: 9}), deployment("d1", SONNET)) == 9


def test_the_exact_name_wins_over_another_spelling() -> None:
    found = configured({SONNET: 9, "claude-sonnet-4-5": 5})

    assert first_byte(found, deployment("d1", SONNET)) == 9


def test_a_model_behind_orchestration_goes_by_its_own_name() -> None:
    by_service = replace(orchestration(), model="mistralai--mistral-large-instruct")

    assert first_byte(configured({"mistral-large-instruct": 9}), by_service) == 9


def test_a_pin_means_its_deployments_whatever_they_run() -> None:
    pins = account(ids={"thinker": ("d1",)}, urls={"other": (url_of("d2"),)})
    found = configured({"thinker": 9, "other": 5}, pins)

    seen = [first_byte(found, deployment(one, "gpt-5")) for one in ("d1", "d2", "d3")]

    assert seen == [9, 5, None]


def test_a_pin_wins_over_the_name_of_the_model() -> None:
    pins = account(ids={"thinker": ("d1",)})

    assert first_byte(configured({"thinker": 9, "gpt-5": 5}, pins), deployment("d1", "gpt-5")) == 9


def test_a_pin_means_nothing_in_another_sub_account() -> None:
    pins = account(ids={"thinker": ("d1",)})

    assert first_byte(configured({"thinker": 9}, pins, account("b")), deployment("d1", "gpt-5", "b")) is None


def test_a_pinned_orchestration_deployment_stands_for_one_model_only() -> None:
    service = orchestration()
    pins = account(urls={"gpt-5": (service.url,)})
    other = replace(service, model="gpt-4o")

    assert first_byte(configured({"gpt-5": 9}, pins), other) is None


def test_an_alias_means_its_model() -> None:
    found = configured({"thinker": 9}, aliases={"thinker": "gpt-5"})

    assert first_byte(found, deployment("d1", "gpt-5")) == 9


def test_the_name_of_the_model_wins_over_an_alias() -> None:
    found = configured({"thinker": 9, "gpt-5": 5}, aliases={"thinker": "gpt-5"})

    assert first_byte(found, deployment("d1", "gpt-5")) == 5
