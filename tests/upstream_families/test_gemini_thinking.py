"""Thinking that a client of Google's wire asks for, on models of another generation than it was written for."""

from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.gemini.native import GeminiRoute

FLASH, LITE, PRO = "gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro"
FLASH_3, PRO_3 = "gemini-3.5-flash", "gemini-3.1-pro-preview-ea"
CONTENTS = [{"role": "user", "parts": [{"text": "hi"}]}]


def no_fetch(url: str) -> Any:
    raise AssertionError(url)


def adapt(model: str, **body: Any) -> UpstreamRequest:
    target = Target(model, model, capabilities_of(model))
    return GeminiRoute().adapt_request({"contents": CONTENTS, **body}, {}, target, no_fetch)


def thinking(model: str, asked: Any, **config: Any) -> Any:
    sent = adapt(model, generationConfig={"thinkingConfig": asked, **config})
    return sent.body["generationConfig"].get("thinkingConfig")


@pytest.mark.parametrize(
    ("budget", "level"),
    [(0, "minimal"), (512, "low"), (2048, "low"), (8192, "medium"), (8193, "high"), (10**9, "high")],
)
def test_a_budget_becomes_a_level_where_the_model_takes_levels(budget: int, level: str) -> None:
    assert thinking(FLASH_3, {"thinkingBudget": budget}) == {"thinkingLevel": level}


def test_a_model_without_the_lowest_level_gets_its_own_lowest() -> None:
    assert thinking(PRO_3, {"thinkingBudget": 0}) == {"thinkingLevel": "low"}
    assert thinking(PRO_3, {"thinkingLevel": "MINIMAL"}) == {"thinkingLevel": "low"}


def test_a_dynamic_budget_leaves_the_level_to_the_model() -> None:
    asked = {"includeThoughts": True, "thinkingBudget": -1}

    assert thinking(FLASH_3, asked) == {"includeThoughts": True}


@pytest.mark.parametrize(
    ("level", "budget"), [("MINIMAL", 1024), ("low", 4096), ("MEDIUM", 8192), ("HIGH", 16_384), ("none", 0)]
)
def test_a_level_becomes_a_budget_where_the_model_takes_budgets(level: str, budget: int) -> None:
    assert thinking(FLASH, {"thinkingLevel": level}) == {"thinkingBudget": budget}


def test_a_budget_made_of_a_level_leaves_room_for_the_answer() -> None:
    asked = {"thinkingLevel": "high"}

    assert thinking(FLASH, asked, maxOutputTokens=4000) == {"thinkingBudget": 2000}


@pytest.mark.parametrize(
    ("model", "budget", "fitting"),
    [(PRO, 0, 128), (PRO, 64, 128), (PRO, 10**6, 32_768), (FLASH, 10**6, 24_576), (LITE, 5, 512)],
)
def test_a_budget_outside_the_models_range_becomes_the_nearest_in_it(model: str, budget: int, fitting: int) -> None:
    assert thinking(model, {"includeThoughts": True, "thinkingBudget": budget}) == {
        "includeThoughts": True,
        "thinkingBudget": fitting,
    }


def test_thoughts_are_not_asked_for_where_thinking_is_off() -> None:
    """Google refuses the two together."""
    assert thinking(FLASH, {"includeThoughts": True, "thinkingLevel": "none"}) == {"thinkingBudget": 0}


@pytest.mark.parametrize(
    ("model", "kept"), [(FLASH_3, {"thinkingLevel": "high"}), (FLASH, {"thinkingBudget": 700})]
)
def test_of_both_the_one_of_the_models_own_kind_counts(model: str, kept: Any) -> None:
    assert thinking(model, {"thinkingLevel": "HIGH", "thinkingBudget": 700}) == kept


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (FLASH_3, {"thinkingLevel": "LOW"}),
        (FLASH_3, {"includeThoughts": True}),
        (FLASH, {"thinkingBudget": 0}),
        (FLASH, {"thinkingBudget": -1}),
        (LITE, {"thinkingBudget": 512}),
        (PRO, {"thinkingBudget": 128, "novel": 1}),
        (FLASH_3, {"thinkingBudget": 1.5}),
        (FLASH, {"thinkingLevel": "THINKING_LEVEL_UNSPECIFIED"}),
    ],
)
def test_what_fits_or_cannot_be_understood_stays_as_it_is(model: str, asked: Any) -> None:
    assert thinking(model, asked) == asked


def test_a_model_that_does_not_think_is_not_asked_to() -> None:
    assert thinking("gemini-2.0-flash", {"thinkingBudget": 100}, topK=1) is None


def test_both_spellings_are_read() -> None:
    sent = adapt(FLASH_3, generation_config={"top_k": 1, "thinking_config": {"thinking_budget": 100}})

    assert sent.body["generation_config"] == {"top_k": 1, "thinking_config": {"thinkingLevel": "low"}}


def test_a_change_is_told_and_the_clients_body_stays() -> None:
    config = {"thinkingConfig": {"thinkingBudget": 100}}

    sent = adapt(FLASH_3, generationConfig=config)

    assert [note.field for note in sent.diagnostics] == ["generationConfig.thinkingConfig"]
    assert config == {"thinkingConfig": {"thinkingBudget": 100}}
