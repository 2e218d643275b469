"""Bodies with a wrong value anywhere are refused with a clear error, or pass; they never break the proxy."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.client_dialects.anthropic_messages import AnthropicMessages
from proxy_core.errors import ClientError
from proxy_core.upstream_families.anthropic_bedrock import AnthropicBedrock
from proxy_core.upstream_families.base import RemoteFile, Target

GOLDEN = Path(__file__).parents[1] / "golden" / "anthropic_bedrock" / "edits"
CASES = sorted(path.stem for path in GOLDEN.glob("*.json"))
FAMILY = AnthropicBedrock()
ROUTE = FAMILY.native["anthropic.messages"]
DIALECT = AnthropicMessages()
WRONG_VALUES: tuple[Any, ...] = (None, True, 7, 0.5, "x", "", [], [7], [["x"]], {}, {"x": 7}, {"type": []})


def fetch(url: str) -> RemoteFile:
    return RemoteFile("text/plain", b"x")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from places(child, (*path, key))


def with_value(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def variants(name: str) -> Iterator[tuple[Target, dict[str, Any]]]:
    case = json.loads((GOLDEN / f"{name}.json").read_text())
    target = Target(case["model"], "public", capabilities_of(case["model"]))
    for path in places(case["request"]):
        for value in WRONG_VALUES:
            yield target, with_value(case["request"], path, value)


@pytest.mark.parametrize("name", CASES)
def test_native_path_refuses_or_passes(name: str) -> None:
    for target, body in variants(name):
        with suppress(ClientError):
            json.dumps(ROUTE.adapt_request(body, {}, target, fetch).body)


@pytest.mark.parametrize("name", CASES)
def test_neutral_path_refuses_or_passes(name: str) -> None:
    for target, body in variants(name):
        with suppress(ClientError):
            json.dumps(FAMILY.encode_request(DIALECT.decode_request(body, {}), target, fetch).body)
