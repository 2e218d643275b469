"""How the deployments fare, for people and for programs: one JSON-ready value. Reads and changes nothing.

It holds names, ids, numbers and fixed sentences; never a URL, a key or a word of a conversation.
"""

import math

from proxy_core.json_text import JsonObject
from proxy_core.routing.dispatch import DeploymentStatus, Dispatch
from proxy_core.routing.health import State
from proxy_core.routing.models import ModelTable, PublishedModel

__all__ = ["BUSY", "build_status"]

BUSY = "busy"
"""The state of a deployment that is ready but may take no more requests now; nothing but time changes it."""

_OWN_LIMIT = "own_limit"
_FULL = "the requests that the configuration or SAP's quota allows are used up"
_LOOK_AGAIN = 1.0
"""Seconds that `Load` tells while nobody knows when a running request ends."""


def build_status(table: ModelTable, dispatch: Dispatch) -> JsonObject:
    """`models`: for each published model its `name`, its other spellings (`aliases`), how many requests are
    `waiting` for their turn, and its `deployments`: `sub_account`, `id`, `state` (of `State`, or `busy`), `reason`
    (a sentence, empty when ready) and `cause` (its word for translations, or null), `seconds` until the state ends
    by itself (0 when that is not known), and requests `in_flight`."""
    return {"models": [_model(model, table, dispatch) for model in table.models.values() if _is_own(model, table)]}


def _is_own(model: PublishedModel, table: ModelTable) -> bool:
    """Spellings stand with their model, unless only the spelling is published."""
    return model.alias_of is None or model.alias_of not in table.models


def _model(model: PublishedModel, table: ModelTable, dispatch: Dispatch) -> JsonObject:
    aliases = [other.name for other in table.models.values() if other.alias_of == model.name]
    return {
        "name": model.name,
        "aliases": aliases,
        "waiting": sum(map(dispatch.waiting, (model.name, *aliases))),
        "deployments": [_deployment(item) for item in dispatch.status(model.deployments)],
    }


def _deployment(item: DeploymentStatus) -> JsonObject:
    return {
        "sub_account": item.deployment.sub_account,
        "id": item.deployment.id,
        **_state(item),
        "in_flight": item.in_flight,
    }


def _state(item: DeploymentStatus) -> JsonObject:
    verdict = item.verdict
    if verdict.state is State.READY and item.full_seconds > 0:
        seconds = math.ceil(item.full_seconds) if item.full_seconds > _LOOK_AGAIN else 0
        return {"state": BUSY, "reason": _FULL, "cause": _OWN_LIMIT, "seconds": seconds}
    return {
        "state": verdict.state.value,
        "reason": verdict.reason,
        "cause": verdict.cause and verdict.cause.value,
        "seconds": math.ceil(verdict.seconds),
    }
