"""Restrictions of orchestration deployments, from configurations and against the simulated service."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from proxy_core.aicore.catalogue import CatalogueModel, CatalogueVersion
from proxy_core.aicore.model_restriction import ModelRestriction, decode_restriction, read_restrictions
from proxy_core.aicore.transport import Transport
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.aicore.test_with_simulator import account

MODEL = CatalogueModel(
    "gpt-4o", "", "", "", (), (CatalogueVersion("2024-05-13"), CatalogueVersion("2024-11-20", is_latest=True))
)
LISTED = [{"modelName": "gpt-4o", "modelVersions": ["2024-05-13"]}, {"modelName": "gpt-5"}]


def bindings(models: Any, kind: str | None = "allow") -> list[dict[str, Any]]:
    text = models if isinstance(models, str) else json.dumps(models)
    pairs = [{"key": "modelFilterList", "value": text}]
    return [*pairs, {"key": "modelFilterListType", "value": kind}] if kind else pairs


def test_a_list_is_read() -> None:
    versions = {"gpt-4o": ("2024-05-13",), "gpt-5": ()}

    for kind in ("allow", "deny"):
        assert decode_restriction(bindings(LISTED, kind)) == ModelRestriction(kind, versions)
    assert decode_restriction(bindings(LISTED, None)) == ModelRestriction("allow", versions)


@pytest.mark.parametrize(
    "nothing", [None, [], "x", bindings("null"), bindings(""), [{"key": "other", "value": "1"}]]
)
def test_without_a_list_there_is_no_restriction(nothing: Any) -> None:
    assert decode_restriction(nothing) is None


def test_a_list_that_cannot_be_read_allows_nothing() -> None:
    restriction = decode_restriction(bindings("[oops", "deny"))

    assert restriction is not None
    assert restriction.choose_version(MODEL) is None


@pytest.mark.parametrize(
    ("kind", "versions", "expected"),
    [
        ("allow", None, None),
        ("allow", (), "latest"),
        ("allow", ("latest",), "latest"),
        ("allow", ("2024-11-20",), "latest"),
        ("allow", ("2024-05-13",), "2024-05-13"),
        ("allow", ("2023-01-01",), "2023-01-01"),
        ("deny", None, "latest"),
        ("deny", (), None),
        ("deny", ("2024-05-13",), "latest"),
        ("deny", ("2024-11-20",), "2024-05-13"),
        ("deny", ("latest", "2024-11-20"), "2024-05-13"),
        ("deny", ("2024-05-13", "2024-11-20"), None),
    ],
)
def test_the_newest_version_that_is_permitted_is_chosen(
    kind: Any, versions: tuple[str, ...] | None, expected: str | None
) -> None:
    restriction = ModelRestriction(kind, {} if versions is None else {"gpt-4o": versions})

    assert restriction.choose_version(MODEL) == expected


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_world()) as running:
        yield running


def test_restrictions_are_read_by_deployment(simulator: Simulator, transport: Transport) -> None:
    world = simulator.world
    configured = world.configure("demo-eu", "default", "few", "orchestration", "orchestration", bindings(LISTED))
    restricted = world.deploy("demo-eu", "", configuration=configured)

    found = read_restrictions(account(simulator, transport))

    assert found == {restricted.id: ModelRestriction("allow", {"gpt-4o": ("2024-05-13",), "gpt-5": ()})}


def test_a_group_without_orchestration_has_none(simulator: Simulator, transport: Transport) -> None:
    assert read_restrictions(account(simulator, transport, "team-a")) == {}
