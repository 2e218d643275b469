"""The catalogue of a sub-account and its copy on disk."""

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy_core.aicore.account_catalogue import AccountCatalogue, CatalogueCache, catalogue_of
from proxy_core.aicore.catalogue import CatalogueModel, CatalogueVersion
from proxy_core.aicore.model_restriction import ModelRestriction
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport
from proxy_core.simulator.faults import LM_API, Fault
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.aicore.test_with_simulator import account
from tests.clock import Clock

VERSION = CatalogueVersion("1", is_latest=True, context_tokens=5, input_types=("text",), replacements=("gpt-5",))
FOUND = AccountCatalogue(
    (CatalogueModel("gpt-4o", "azure-openai", "GPT-4o", "OpenAI", ("orchestration",), (VERSION,)),),
    {"d1": ModelRestriction("allow", {"gpt-4o": ("1",)})},
)
HOUR = 3600.0


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000_000.0)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_world()) as running:
        yield running


@pytest.fixture
def eu(simulator: Simulator, transport: Transport) -> SubAccount:
    return account(simulator, transport)


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> CatalogueCache:
    return CatalogueCache(tmp_path, clock)


def test_what_is_stored_comes_back_with_its_age(cache: CatalogueCache, clock: Clock, eu: SubAccount) -> None:
    cache.write(eu, FOUND)
    clock.now += HOUR

    assert cache.read(eu) == (FOUND, HOUR)


def test_the_file_is_private(cache: CatalogueCache, eu: SubAccount, tmp_path: Path) -> None:
    cache.write(eu, FOUND)

    (path,) = tmp_path.iterdir()
    assert sys.platform == "win32" or stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_week_is_too_old(cache: CatalogueCache, clock: Clock, eu: SubAccount) -> None:
    cache.write(eu, FOUND)
    clock.now += 7 * 24 * HOUR

    assert cache.read(eu) is None


@pytest.mark.parametrize("value", [None, [], {}, {"format": 2}, {"format": 1, "stored_at": 0, "models": [{}]}, "x"])
def test_a_damaged_file_counts_as_none(cache: CatalogueCache, eu: SubAccount, tmp_path: Path, value: Any) -> None:
    cache.write(eu, FOUND)
    (path,) = tmp_path.iterdir()
    path.write_text(json.dumps(value)[:-1] if value == "x" else json.dumps(value))

    assert cache.read(eu) is None


def test_forgotten_is_gone(cache: CatalogueCache, eu: SubAccount) -> None:
    cache.write(eu, FOUND)
    cache.forget()

    assert cache.read(eu) is None


def test_saps_catalogue_is_read_and_stored(cache: CatalogueCache, eu: SubAccount) -> None:
    found = catalogue_of(eu, cache)

    assert {"gpt-5", "anthropic--claude-4.6-opus"} <= {model.name for model in found.models}
    assert cache.read(eu) == (found, 0.0)


def test_sap_is_asked_once_an_hour(
    cache: CatalogueCache, clock: Clock, eu: SubAccount, simulator: Simulator
) -> None:
    first = catalogue_of(eu, cache)
    simulator.world.requests.clear()
    assert catalogue_of(eu, cache) == first
    assert len(simulator.world.requests) == 0

    clock.now += HOUR
    catalogue_of(eu, cache)

    assert len(simulator.world.requests) > 0


def test_the_last_known_one_serves_when_sap_fails(
    cache: CatalogueCache, clock: Clock, eu: SubAccount, simulator: Simulator
) -> None:
    cache.write(eu, FOUND)
    clock.now += 2 * HOUR
    simulator.world.faults.set(LM_API, Fault("status", status=500))

    assert catalogue_of(eu, cache) == FOUND


def test_without_one_it_is_empty(cache: CatalogueCache, eu: SubAccount, simulator: Simulator) -> None:
    simulator.world.faults.set(LM_API, Fault("status", status=500))

    assert catalogue_of(eu, cache) == AccountCatalogue()
