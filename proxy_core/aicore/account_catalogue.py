"""What SAP says of the models of one sub-account, read once an hour and kept on disk beside the deployments.

Nothing depends on it but extra facts and the models behind orchestration: when it cannot be read, the last known
state serves, and without one an empty state.
"""

import contextlib
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from proxy_core.aicore.catalogue import CatalogueModel, CatalogueVersion, read_catalogue
from proxy_core.aicore.model_restriction import ModelRestriction, read_restrictions
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonError, load_json
from proxy_core.settings.json_file import write_private_json

__all__ = ["AccountCatalogue", "CatalogueCache", "catalogue_of"]

_FRESH = 3600.0
_LIFE = 7 * 24 * 3600.0
"""Seconds."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class AccountCatalogue:
    """`restrictions` by id of the orchestration deployments that have one."""

    models: tuple[CatalogueModel, ...] = ()
    restrictions: Mapping[str, ModelRestriction] = field(default_factory=dict, hash=False)


class CatalogueCache:
    """One JSON file per sub-account in `folder`, readable by this user only. `clock` gives Unix time."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._log = logging.getLogger(__name__)

    def read(self, sub_account: SubAccount) -> tuple[AccountCatalogue, float] | None:
        """What was stored less than a week ago, and its age in seconds. An unreadable file counts as none."""
        try:
            value = load_json(self._path(sub_account).read_bytes())
            stored_at, catalogue = _decode(value)
        except (OSError, JsonError, AttributeError, KeyError, TypeError, ValueError):
            return None
        age = self._clock() - stored_at
        return (catalogue, age) if 0 <= age < _LIFE else None

    def write(self, sub_account: SubAccount, catalogue: AccountCatalogue) -> None:
        value = {
            "format": _FORMAT,
            "stored_at": self._clock(),
            "models": [asdict(model) for model in catalogue.models],
            "restrictions": {name: asdict(one) for name, one in catalogue.restrictions.items()},
        }
        path = self._path(sub_account)
        try:
            write_private_json(path, value)
        except OSError as error:
            self._log.warning("The cache file %s cannot be written: %s.", path, error.strerror)

    def forget(self) -> None:
        """Remove every stored catalogue."""
        for path in self._folder.glob("catalogue-*.json"):
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, sub_account: SubAccount) -> Path:
        parts = (sub_account.service_key.client_id, sub_account.base_url, sub_account.resource_group)
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        return self._folder / f"catalogue-{name}.json"


def catalogue_of(sub_account: SubAccount, cache: CatalogueCache) -> AccountCatalogue:
    """The stored catalogue while it is fresh, else SAP's, which is stored. Never fails for SAP's sake."""
    stored = cache.read(sub_account)
    if stored is not None and stored[1] < _FRESH:
        return stored[0]
    try:
        found = AccountCatalogue(read_catalogue(sub_account), read_restrictions(sub_account))
    except ProxyError as error:
        logging.getLogger(__name__).info("%s: the model catalogue cannot be read: %s", sub_account.name, error)
        return stored[0] if stored is not None else AccountCatalogue()
    cache.write(sub_account, found)
    return found


def _decode(value: Any) -> tuple[float, AccountCatalogue]:
    """Raises one of several errors for a file that does not hold what `write` writes."""
    if value["format"] != _FORMAT:
        raise ValueError(value["format"])
    models = tuple(_decode_model(entry) for entry in value["models"])
    restrictions = {
        str(name): ModelRestriction(
            "deny" if entry["kind"] == "deny" else "allow",
            {str(model): tuple(map(str, versions)) for model, versions in entry["versions"].items()},
        )
        for name, entry in value["restrictions"].items()
    }
    return float(value["stored_at"]), AccountCatalogue(models, restrictions)


def _decode_model(entry: Any) -> CatalogueModel:
    versions = tuple(CatalogueVersion(**_with_tuples(version)) for version in entry["versions"])
    return CatalogueModel(**{**_with_tuples(entry), "versions": versions})


def _with_tuples(entry: Any) -> dict[str, Any]:
    """JSON has lists where the values have tuples."""
    known = {one.name for one in (*fields(CatalogueModel), *fields(CatalogueVersion))}
    return {key: tuple(item) if isinstance(item, list) else item for key, item in entry.items() if key in known}
