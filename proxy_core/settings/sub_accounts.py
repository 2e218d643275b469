"""The sub-accounts of a config file, in the nested form and in the oldest flat one. No network."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proxy_core.errors import ConfigurationError
from proxy_core.settings.json_file import read_json_object
from proxy_core.settings.keys import known_members
from proxy_core.settings.limits import read_model_limits
from proxy_core.settings.model import ServiceKeyDocument, SubAccountSettings
from proxy_core.settings.reader import Value, nearest_key, unknown_key_warnings
from proxy_core.settings.references import read_key_document
from proxy_core.settings.secret_store import SecretStore

__all__ = [
    "FLAT_KEYS",
    "Folders",
    "account_entries",
    "read_service_key",
    "read_sub_accounts",
]

FLAT_KEYS = ("resource_group", "service_key_json", "deployment_ids", "deployment_models", "discover")
"""The keys of a sub-account that in the oldest form of the file stand at its top level."""

_KEYS = known_members("subAccounts.NAME")

_URL_EXAMPLE = "https://api.ai.example.com/v2/inference/deployments/d0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Folders:
    """Where relative paths of the config file are looked for: beside the file, then the working directory."""

    config: Path
    working: Path

    def resolve(self, name: str) -> Path:
        """The file of that name. When there is none, the path beside the config file."""
        path = os.path.expanduser(name)
        beside, below = self.config / path, self.working / path
        return below if not os.path.exists(beside) and os.path.exists(below) else beside


def read_sub_accounts(
    document: Value, folders: Folders, warnings: list[str], secrets: SecretStore | None = None
) -> tuple[SubAccountSettings, ...]:
    """All usable sub-accounts. Raises `ConfigurationError`.

    One without a usable service key is left out with a warning as long as another works.
    """
    accounts = []
    broken: list[ConfigurationError] = []
    for name, value in account_entries(document, warnings):
        settings = _read_all_but_key(name, value, warnings)
        try:
            key = read_service_key(value.get("service_key_json"), folders, secrets, settings.unknown)
            accounts.append(replace(settings, service_key=key))
        except ConfigurationError as error:
            broken.append(error)
    if broken and not accounts:
        raise broken[0]
    warnings += [f"{error} The other sub-accounts work without it." for error in broken]
    return tuple(accounts)


def account_entries(document: Value, warnings: list[str]) -> list[tuple[str, Value]]:
    """The name and the object of each sub-account, in either form of the file. Raises `ConfigurationError`."""
    nested = document.get("subAccounts")
    flat = [key for key in FLAT_KEYS if document.get(key).given]
    if not nested.given or not nested.object():
        return [("default", document)] if flat else []
    if flat:
        warnings.append(
            f"{document.file}: {', '.join(flat)} at the top level has no effect beside subAccounts. "
            "Move it into a sub-account."
        )
    return list(nested.members())


def _read_all_but_key(name: str, value: Value, warnings: list[str]) -> SubAccountSettings:
    unknown: dict[str, Any] = {}
    if value.path:
        unknown = value.unknown_members(_KEYS)
        warnings += unknown_key_warnings(value, unknown, _KEYS)
    group = value.get("resource_group")
    return SubAccountSettings(
        name=name,
        resource_group=group.text("default") if group.given else "default",
        deployment_ids={
            model: _unique(_read_id(item) for item in ids.items('a list of ids such as ["d0123456789abcdef"]'))
            for model, ids in value.get("deployment_ids").members()
        },
        deployment_models={
            model: _unique(
                item.url(_URL_EXAMPLE) for item in urls.items(f'a list of URLs such as ["{_URL_EXAMPLE}"]')
            )
            for model, urls in value.get("deployment_models").members()
        },
        discover=value.get("discover").boolean(default=True),
        weight=value.get("weight").integer(1, 1, 1000) if value.path else 1,
        priority=value.get("priority").integer(1, 1, 1000) if value.path else 1,
        limits=read_model_limits(value.get("limits"), warnings) if value.path else {},
        unknown=unknown,
    )


def read_service_key(
    key: Value, folders: Folders, secrets: SecretStore | None = None, unknown: Iterable[str] = ()
) -> ServiceKeyDocument:
    """The service key that a path, an inline object or a reference to a secret stands for.

    `unknown` are the account's other keys, one of which may be meant. Raises `ConfigurationError`, one line.
    """
    match key.raw:
        case None:
            meant = next((name for name in unknown if nearest_key(name, FLAT_KEYS) == "service_key_json"), None)
            advice = f'Rename "{meant}" to that.' if meant else "Name the file that holds the service key."
            raise key.error(f"is missing. {advice}")
        case {"secret": _} if len(key.raw) == 1:
            where, value = read_key_document(key, secrets)
            return ServiceKeyDocument(where=where, value=value)
        case dict():
            return ServiceKeyDocument(where=f"at {key.path} in {key.file}", value=key.raw)
        case _:
            path = folders.resolve(key.text("service-key.json"))
            return ServiceKeyDocument(
                where=f"in {path}", value=read_json_object(path, f"{key.file}: {key.path}: the service key file")
            )


def _read_id(item: Value) -> str:
    text = item.text("d0123456789abcdef")
    if any(character in text for character in "<>/ "):
        raise item.error('must be a deployment id such as "d0123456789abcdef". A URL goes into deployment_models.')
    return text


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
