"""The parts of a config document that the profile edits, as pure functions over JSON. No files, no store."""

import copy
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.settings.api_key_entries import (
    api_key_options,
    plain_api_key,
    referenced_api_key,
    with_stand_in,
)
from proxy_core.settings.reader import Value
from proxy_core.settings.references import build_reference, referenced_key
from proxy_core.settings.secret import Secret
from proxy_core.settings.sub_accounts import FLAT_KEYS

__all__ = [
    "ACCOUNTS",
    "API_KEYS",
    "CONFIG_NAME",
    "SERVICE_KEY",
    "ApiKeyEntry",
    "Draft",
    "account_key",
    "api_key_entries",
    "holds_plain_secrets",
    "nested_accounts",
    "referenced_keys",
    "with_stand_ins",
]

CONFIG_NAME = "config.json"
ACCOUNTS = "subAccounts"
API_KEYS = "secret_authentication_tokens"
SERVICE_KEY = "service_key_json"

_API_KEY_PREFIX = "api-key/"
_LONGEST_SLUG = 40


@dataclass(frozen=True, slots=True)
class ApiKeyEntry:
    """One entry of `secret_authentication_tokens`: a reference, or a key that somebody wrote there."""

    id: str
    raw: Any


class Draft:
    """A change under way: the new document, and the secrets that it refers to and the store lacks yet."""

    def __init__(self, document: JsonObject) -> None:
        self.document = copy.deepcopy(document)
        self.secrets: dict[str, Secret] = {}
        self._taken = referenced_keys(document)

    def keep(self, base: str, secret: Secret) -> JsonObject:
        """The reference to a new secret. Its key is `base`, with a number when that is in use: a secret in use is
        never overwritten, so that the old document holds until the new one is written."""
        taken = self._taken | self.secrets.keys()
        key, number = base, 1
        while key in taken:
            number += 1
            key = f"{base}.{number}"
        self.secrets[key] = secret
        return build_reference(key)

    def accounts(self) -> JsonObject:
        """The members of `subAccounts`, to be changed in place; the oldest, flat form becomes the nested one.

        Raises `ConfigurationError`.
        """
        accounts = nested_accounts(self.document)
        if not self.document.get(ACCOUNTS):
            for key in FLAT_KEYS:
                self.document.pop(key, None)
        self.document[ACCOUNTS] = accounts
        return accounts

    def api_keys(self) -> list[ApiKeyEntry]:
        return api_key_entries(self.document)

    def set_api_keys(self, entries: Collection[ApiKeyEntry]) -> None:
        self.document[API_KEYS] = [entry.raw for entry in entries]

    def add_api_key(self, secret: Secret, options: JsonObject | None = None) -> str:
        """Put a key at the end of the list, with what its entry shall say beside it. Returns its id."""
        entry = self._kept_api_key(self._free_number(), secret, options or {})
        self.set_api_keys([*self.api_keys(), entry])
        return entry.id

    def replace_api_key(self, key_id: str, secret: Secret) -> str:
        """Put a key in the place of another, whose name and budget it takes over. Returns its id: the same one,
        if that was a number."""
        number = key_id if key_id.isdecimal() else self._free_number()
        entries = self.api_keys()
        options = next((api_key_options(entry.raw) for entry in entries if entry.id == key_id), {})
        replacing = self._kept_api_key(number, secret, options)
        self.set_api_keys([replacing if entry.id == key_id else entry for entry in entries])
        return number

    def _kept_api_key(self, number: str, secret: Secret, options: JsonObject) -> ApiKeyEntry:
        return ApiKeyEntry(number, {**self.keep(f"{_API_KEY_PREFIX}{number}", secret), **options})

    def _free_number(self) -> str:
        return str(max((int(entry.id) for entry in self.api_keys() if entry.id.isdecimal()), default=0) + 1)


def nested_accounts(document: JsonObject) -> JsonObject:
    """The sub-accounts of a document in either form. Raises `ConfigurationError` for what is no object."""
    value = Value(document, CONFIG_NAME)
    nested = value.get(ACCOUNTS)
    if nested.given and nested.object():
        return {name: account.object() for name, account in nested.members()}
    flat = {key: document[key] for key in FLAT_KEYS if document.get(key) is not None}
    return {"default": flat} if flat else {}


def account_key(name: str) -> str:
    """The key in the store for the service key of an account. Lower case: Windows knows no other."""
    slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:_LONGEST_SLUG]
    return f"service-key/{slug or 'account'}"


def api_key_entries(document: JsonObject) -> list[ApiKeyEntry]:
    """The entries with their ids: the number of a reference of ours, else something that stays the same."""
    entries: dict[str, ApiKeyEntry] = {}
    for item in Value(document, CONFIG_NAME).get(API_KEYS).items("a list of keys"):
        entry_id = _api_key_id(item.raw)
        if entry_id in entries:
            entry_id = f"{entry_id}/{item.path}"
        entries[entry_id] = ApiKeyEntry(entry_id, item.raw)
    return list(entries.values())


def referenced_keys(document: JsonObject) -> frozenset[str]:
    """The keys of all secrets that a document refers to, however broken it is."""
    keys = (
        *(referenced_key(raw) for raw in _service_keys(document)),
        *(referenced_api_key(raw) for raw in _client_keys(document)),
    )
    return frozenset(key for key in keys if key)


def holds_plain_secrets(document: JsonObject) -> bool:
    """True when a secret itself stands in the document, not only a reference or the path of a file."""
    keys = any(isinstance(raw, dict) and not referenced_key(raw) for raw in _service_keys(document))
    return keys or any(plain_api_key(raw) is not None for raw in _client_keys(document))


def with_stand_ins(document: JsonObject) -> JsonObject:
    """A copy with something harmless in place of every secret, to judge all the rest without a store."""
    changed = copy.deepcopy(document)
    for account in (changed, *_objects(changed.get(ACCOUNTS))):
        if account.get(SERVICE_KEY) is not None:
            account[SERVICE_KEY] = {}
    if isinstance(changed.get(API_KEYS), list | str):
        changed[API_KEYS] = [with_stand_in(raw, "stand-in") for raw in _client_keys(changed)]
    return changed


def _service_keys(document: JsonObject) -> list[Any]:
    return [account.get(SERVICE_KEY) for account in (document, *_objects(document.get(ACCOUNTS)))]


def _client_keys(document: JsonObject) -> list[Any]:
    match document.get(API_KEYS):
        case str() as key:
            return [key]
        case list() as keys:
            return keys
    return []


def _objects(value: Any) -> list[JsonObject]:
    return [item for item in value.values() if isinstance(item, dict)] if isinstance(value, dict) else []


def _api_key_id(raw: Any) -> str:
    key = referenced_api_key(raw)
    if key is None:
        text = plain_api_key(raw)
        shown = repr(raw if text is None else text)
        return "plain-" + hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest()[:8]
    number = key.removeprefix(_API_KEY_PREFIX).partition(".")[0]
    return number if key.startswith(_API_KEY_PREFIX) and number.isdecimal() else key
