"""SAP's quota: how many requests a minute each model may get in a sub-account. Reads, and enforces nothing.

Source: "Rate Limit Management" in SAP's guide to generative AI hub: `GET /admin/quota/model`, and that all versions
of a model and all resource groups of the tenant share one limit. So a model has one figure here. Should SAP name
several, for single versions, it is the smallest, which keeps every deployment of the model below its own.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.aicore.lm_api import ask_sap, read_number
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonError, load_json

__all__ = ["QuotaReader", "decode_quotas", "read_quotas"]

_PATH = "/admin/quota/model"
_FRESH = 3600.0
_RETRY = 300.0
"""Seconds, after a failure that may pass."""
_LASTING = frozenset({403, 404, 405})
"""The service key has no right to the quota, or this service has none: nothing changes within minutes."""
_UNITS = frozenset({"requestperminute", "requestsperminute"})


@dataclass(frozen=True, slots=True)
class _Reading:
    """`again_after` is how many seconds it is good for."""

    quotas: Mapping[str, int] | None
    again_after: float = _FRESH


@dataclass(frozen=True, slots=True)
class _Kept:
    quotas: Mapping[str, int]
    good_until: float


class QuotaReader:
    """Asks SAP once an hour for each sub-account; the last known quota serves when SAP fails. In memory only: the
    answer is small. `clock` counts seconds. Safe for use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def quotas_of(self, sub_account: SubAccount) -> Mapping[str, int]:
        """As `read_quotas`. May wait for SAP: for where the deployments are read, not for a request."""
        kept = self._kept.get(sub_account.name)
        if kept is not None and self._clock() < kept.good_until:
            return kept.quotas
        reading = _read(sub_account)
        quotas = reading.quotas
        if quotas is None:
            quotas = kept.quotas if kept is not None else {}
        self._kept[sub_account.name] = _Kept(quotas, self._clock() + reading.again_after)
        return quotas


def read_quotas(sub_account: SubAccount) -> Mapping[str, int]:
    """Requests per minute by SAP model name, as SAP says now; empty where it cannot be read, which one debug line
    tells. Never fails for SAP's sake; raises `Cancelled`."""
    return _read(sub_account).quotas or {}


def decode_quotas(value: Any) -> dict[str, int]:
    """The readable entries of SAP's answer; other units, other resources and odd entries are left out. Raises
    `ValueError` for an answer that is no list."""
    if not isinstance(value, list):
        raise ValueError("no list")
    quotas: dict[str, int] = {}
    for model, limit in _entries(value):
        quotas[model] = min(limit, quotas.get(model, limit))
    return quotas


def _read(sub_account: SubAccount) -> _Reading:
    log = logging.getLogger(__name__)
    try:
        answer = ask_sap(sub_account, _PATH)
    except ProxyError as error:
        log.debug("%s: the quota cannot be read: %s", sub_account.name, error)
        return _Reading(None, _RETRY)
    if answer.status >= 300:
        log.debug("%s: the quota cannot be read: status %s", sub_account.name, answer.status)
        return _Reading(None, _FRESH if answer.status in _LASTING else _RETRY)
    try:
        return _Reading(decode_quotas(load_json(answer.body)))
    except (JsonError, ValueError):
        log.debug("%s: the quota cannot be read: the answer has not the expected form", sub_account.name)
        return _Reading(None)


def _entries(value: list[Any]) -> Iterator[tuple[str, int]]:
    for resource in value:
        match resource:
            case {"quotaDetails": list() as details} if resource.get("resourceType", "model") == "model":
                yield from filter(None, map(_entry, details))


def _entry(detail: Any) -> tuple[str, int] | None:
    match detail:
        case {"unit": str() as unit, "limit": value, "descriptors": {"modelName": str() as model}}:
            limit = _whole(value)
            if unit.lower() in _UNITS and limit is not None and model not in ("", "*"):
                return model, limit
    return None


def _whole(value: Any) -> int | None:
    """A positive whole number, plain or in a text. 0 is none: SAP's own refusal tells more than ours."""
    number = read_number(value)
    return int(number) if number is not None and number >= 1 else None
