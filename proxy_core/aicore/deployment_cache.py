"""What was discovered, kept on disk for a week so that a start needs no call to SAP. Holds no secret.

The cache can be lost at any time: a file that cannot be read counts as none, one that cannot be written
is a warning.
"""

import contextlib
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.deployments import discover
from proxy_core.aicore.service_key import check_url
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.json_text import JsonError, load_json
from proxy_core.settings.json_file import write_private_json

__all__ = ["CachedDeployments", "DeploymentCache", "discover_with_cache"]

_LIFE = 7 * 24 * 3600
"""Seconds."""
_FORMAT = 1
_FIELD_TYPES = {"created_at": int}


@dataclass(frozen=True, slots=True)
class CachedDeployments:
    """`expires_in` is in seconds."""

    deployments: tuple[Deployment, ...]
    expires_in: float


class DeploymentCache:
    """One JSON file per sub-account in `folder`, readable by this user only. `clock` gives Unix time."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._log = logging.getLogger(__name__)

    def read(self, sub_account: SubAccount) -> CachedDeployments | None:
        """What was stored for this sub-account less than a week ago, under its present name."""
        path = self._path(sub_account)
        try:
            value = load_json(path.read_bytes())
        except (OSError, JsonError):
            return None
        stored = _decode(value)
        if stored is None:
            self._log.warning("The cache file %s is damaged and will be written anew.", path)
            return None
        stored_at, deployments = stored
        left = stored_at + _LIFE - self._clock()
        if not 0 < left <= _LIFE:
            return None
        return CachedDeployments(tuple(replace(one, sub_account=sub_account.name) for one in deployments), left)

    def write(self, sub_account: SubAccount, deployments: Sequence[Deployment]) -> None:
        """Store what was discovered now."""
        entries = [asdict(deployment) for deployment in deployments]
        path = self._path(sub_account)
        try:
            write_private_json(path, {"format": _FORMAT, "stored_at": self._clock(), "deployments": entries})
        except OSError as error:
            self._log.warning("The cache file %s cannot be written: %s.", path, error.strerror)

    def forget(self) -> None:
        """Remove every stored list."""
        for path in self._folder.glob("deployments-*.json"):
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, sub_account: SubAccount) -> Path:
        parts = (sub_account.service_key.client_id, sub_account.base_url, sub_account.resource_group)
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        return self._folder / f"deployments-{name}.json"


def discover_with_cache(
    sub_account: SubAccount, cache: DeploymentCache, *, refresh: bool = False
) -> tuple[Deployment, ...]:
    """The stored deployments, or with `refresh` or for want of any those that SAP names now, which are stored.

    Raises `UpstreamError`.
    """
    stored = None if refresh else cache.read(sub_account)
    if stored is not None:
        logging.getLogger(__name__).info(
            "%s: Using cache (expires in %s)", sub_account.name, _days_and_hours(stored.expires_in)
        )
        return stored.deployments
    found = discover(sub_account)
    cache.write(sub_account, found)
    return found


def _days_and_hours(seconds: float) -> str:
    hours = int(seconds // 3600)
    return f"{hours // 24}d {hours % 24}h"


def _decode(value: Any) -> tuple[float, list[Deployment]] | None:
    match value:
        case {"format": 1, "stored_at": int() | float() as stored_at, "deployments": list() as entries}:
            decoded = [_decode_deployment(entry) for entry in entries]
            whole = [deployment for deployment in decoded if deployment is not None]
            return (float(stored_at), whole) if len(whole) == len(decoded) else None
        case _:
            return None


def _decode_deployment(entry: Any) -> Deployment | None:
    """A stored URL is checked as a discovered one is: tokens will be sent there."""
    names = [field.name for field in fields(Deployment)]
    if not isinstance(entry, dict) or entry.keys() != set(names):
        return None
    if not all(isinstance(entry[name], _FIELD_TYPES.get(name, str)) for name in names):
        return None
    return None if check_url(entry["url"]) else Deployment(**entry)
