"""Estimates beside counts of cl100k, which were taken with its vocabulary (`tests/golden/token_count`)."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.token_count.texts import estimate_text

SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "token_count" / "samples.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_an_estimate_lies_close_to_the_count(sample: dict[str, Any]) -> None:
    tolerance = 0.25 if sample["name"] in ("german", "chinese") else 0.05

    assert estimate_text(sample["text"]) == pytest.approx(sample["cl100k"], rel=tolerance)


def test_the_samples_together_lie_within_four_percent() -> None:
    estimated = sum(estimate_text(sample["text"]) for sample in SAMPLES)

    assert estimated == pytest.approx(sum(sample["cl100k"] for sample in SAMPLES), rel=0.04)


def test_no_text_costs_nothing() -> None:
    assert estimate_text("") == 0


@given(st.text())
def test_every_text_has_an_estimate(text: str) -> None:
    assert (estimate_text(text) > 0) is bool(text)


@given(st.text(), st.text())
def test_more_text_costs_more(text: str, more: str) -> None:
    assert estimate_text(f"{text}\n{more}") >= 0.9 * max(estimate_text(text), estimate_text(more))


@pytest.mark.parametrize("text", ["A" * 100_000, "a" * 100_000, "=" * 100_000, " " * 100_000, "A" * 99_999 + "b"])
def test_long_runs_are_read_in_one_pass(text: str) -> None:
    begun = time.perf_counter()

    estimate_text(text)

    assert time.perf_counter() - begun < 0.5
