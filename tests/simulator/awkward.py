"""Awkward variants of a good body: each node in turn replaced by values that do not belong there."""

import copy
from collections.abc import Iterator
from typing import Any

__all__ = ["awkward_bodies"]

VALUES: tuple[Any, ...] = (None, True, -1, 1.5, "", "x", [], {}, [None], {"type": []}, 10**30, "\ud800")


def awkward_bodies(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of `body` with every awkward value, and the body without it."""
    for path in _paths(body):
        for value in VALUES:
            yield _with(body, path, value)
        yield _without(body, path)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from _paths(member, (*path, key))


def _holder(body: Any, path: tuple[Any, ...]) -> tuple[Any, Any]:
    changed = copy.deepcopy(body)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    return changed, holder


def _with(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed, holder = _holder(body, path)
    holder[path[-1]] = value
    return changed


def _without(body: Any, path: tuple[Any, ...]) -> Any:
    changed, holder = _holder(body, path)
    del holder[path[-1]]
    return changed
