"""The tray's own configuration: a `config.json` that refers to secrets in a store, changed one step at a time.

Every change is a whole: secrets first, the document last, secrets that nobody needs any more after that. A change
that cannot work leaves everything as it was. Knows no user interface and starts nothing.
"""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.settings.api_key_entries import read_api_key_options, referenced_api_key
from proxy_core.settings.api_keys import ApiKeys, find_api_keys, generate_api_key
from proxy_core.settings.directories import resolve_directories
from proxy_core.settings.load import KNOWN_KEYS, Loaded, Overrides, load_document
from proxy_core.settings.model import ApiKeyOptions, Settings
from proxy_core.settings.profile_document import (
    ACCOUNTS,
    API_KEYS,
    CONFIG_NAME,
    SERVICE_KEY,
    ApiKeyEntry,
    Draft,
    account_key,
    api_key_entries,
    holds_plain_secrets,
    nested_accounts,
    referenced_keys,
    with_stand_ins,
)
from proxy_core.settings.profile_files import Leftovers, ProfileFiles
from proxy_core.settings.reader import Value
from proxy_core.settings.references import read_api_key
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import MemorySecretStore, SecretStore

__all__ = ["CHANGEABLE_KEYS", "Profile"]

CHANGEABLE_KEYS = frozenset(KNOWN_KEYS) - {ACCOUNTS, API_KEYS}
"""What `Profile.change` takes. Accounts and keys have methods of their own, because their secrets are stored."""

_T = TypeVar("_T")


class Profile:
    """`config.json` in `config_dir` with its secrets in `store`. Safe for use from many threads.

    Methods raise `ConfigurationError` (its `path` names the key at fault) and `SecretStoreError`, each one line
    for people; a change that raises has changed nothing. Any call may wait while the system asks the user.
    """

    def __init__(self, config_dir: Path, store: SecretStore, environ: Mapping[str, str] | None = None) -> None:
        """Reads nothing yet. `environ` tells where the other folders are; by default that of the process."""
        self.store = store
        self.files = ProfileFiles(config_dir)
        found = resolve_directories(os.environ if environ is None else environ)
        self._directories = replace(found, config=config_dir)
        self._leftovers = Leftovers(config_dir, store)
        self._lock = threading.RLock()

    # --- reading

    def document(self) -> JsonObject:
        """The whole document with its references, a copy. Empty before the first change."""
        with self._lock:
            return self.files.read().document

    def settings(self, overrides: Overrides | None = None) -> Loaded:
        """The settings with their secrets. A damaged `config.json` is replaced by its backup for the time being;
        a warning says so. What loads becomes the backup."""
        with self._lock:
            found = self.files.read()
            loaded = self._load(found.document, self.store, overrides)
            if found.warning:
                return replace(loaded, warnings=(found.warning, *loaded.warnings))
            self.files.keep_backup()
            return loaded

    def account_names(self) -> tuple[str, ...]:
        return tuple(nested_accounts(self.document()))

    def api_key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, also of those whose secret is gone."""
        return tuple(entry.id for entry in api_key_entries(self.document()))

    def api_keys(self) -> tuple[tuple[str, Secret], ...]:
        """The keys that clients may use, with their ids. Those whose secret is gone are left out."""
        with self._lock:
            found = ((entry.id, self._api_key(entry)) for entry in api_key_entries(self.document()))
            return tuple((key_id, secret) for key_id, secret in found if secret is not None)

    def client_keys(self) -> ApiKeys:
        """The same keys as the server takes them, with what their entries say beside them."""
        with self._lock:
            entries = {entry.id: entry for entry in api_key_entries(self.document())}
            found = self.api_keys()
            options = {key: self._options(entries[key_id]) for key_id, key in found}
            return ApiKeys(tuple(key for _, key in found), options=options)

    def holds_plain_secrets(self) -> bool:
        """True when somebody wrote a secret into the file itself. `import_config` of the profile's own file moves
        it into the store."""
        return holds_plain_secrets(self.document())

    def flag(self, key: str, default: bool) -> bool:
        """A setting that is true or false, such as `notifications`."""
        return Value(self.document(), CONFIG_NAME).get(key).boolean(default)

    # --- accounts

    def add_account(self, name: str, service_key: JsonObject, resource_group: str = "default") -> None:
        """Keep a service key as a sub-account. One of that name gets the new key and keeps its other settings."""
        self.add_accounts(service_key, {name: resource_group})

    def add_accounts(self, service_key: JsonObject, resource_groups: Mapping[str, str]) -> None:
        """Keep one service key for several resource groups, each a sub-account by its name."""
        secret = Secret(dump_json(service_key).decode())

        def put(draft: Draft) -> None:
            accounts = draft.accounts()
            names = [_checked_name(name) for name in resource_groups]
            reference = draft.keep(account_key(names[0]), secret)
            for name, group in zip(names, resource_groups.values(), strict=True):
                accounts[name] = {**accounts.get(name, {}), "resource_group": group, SERVICE_KEY: reference}

        self.edit(put)

    def remove_account(self, name: str) -> None:
        def remove(draft: Draft) -> None:
            if draft.accounts().pop(name, None) is None:
                raise ConfigurationError(f'There is no account "{name}".', path=ACCOUNTS)

        self.edit(remove)

    # --- keys of the clients

    def ensure_api_key(self) -> tuple[str, Secret]:
        """The first usable key with its id; one is made when there is none. A key that the program made and kept
        in a file before there was a store is taken over, so that clients go on working."""
        with self._lock:
            self._leftovers.sweep(referenced_keys(self.document()))
            if keys := self.api_keys():
                return keys[0]
            earlier = find_api_keys(self._empty_settings())
            secret = earlier.keys[0] if earlier else generate_api_key()
            key_id = self.edit(lambda draft: _put_first_api_key(draft, secret))
            if earlier and earlier.generated_in and not isinstance(self.store, MemorySecretStore):
                earlier.generated_in.unlink(missing_ok=True)
            return key_id, secret

    def add_api_key(self) -> tuple[str, Secret]:
        secret = generate_api_key()
        return self.edit(lambda draft: draft.add_api_key(secret)), secret

    def rotate_api_key(self, key_id: str) -> Secret:
        """Replace a key by a new one. It keeps its id, unless it stood in the document itself."""
        secret = generate_api_key()

        def rotate(draft: Draft) -> None:
            _entry(draft, key_id)
            draft.replace_api_key(key_id, secret)

        self.edit(rotate)
        return secret

    def remove_api_key(self, key_id: str) -> None:
        """Forget a key; the last usable one stays."""

        def remove(draft: Draft) -> None:
            entry = _entry(draft, key_id)
            others = [other for other in draft.api_keys() if other.id != entry.id]
            if not any(self._api_key(other) for other in others):
                raise ConfigurationError(
                    "This is the last API key, and without one nobody could use the proxy. Make another one first.",
                    path=API_KEYS,
                )
            draft.set_api_keys(others)

        self.edit(remove)

    # --- everything else

    def change(self, values: Mapping[str, Any]) -> None:
        """Set keys of the top level, all or none; None removes a key. Takes `CHANGEABLE_KEYS`."""

        def put(draft: Draft) -> None:
            for key, value in values.items():
                if key not in CHANGEABLE_KEYS:
                    raise ConfigurationError(f'"{key}" is not a setting that can be changed here.', path=key)
                draft.document.pop(key, None)
                if value is not None:
                    draft.document[key] = value

        self.edit(put)

    def is_damaged(self) -> bool:
        """True when the document cannot work, whatever its secrets are."""
        return not self._works(lambda: self.files.read().document)

    def has_good_backup(self) -> bool:
        """True when `restore_backup` brings back a document that works."""
        return self._works(self.files.read_backup)

    def restore_backup(self) -> None:
        """Go back to the last good document. The present file is kept beside it as `config.json.damaged`."""
        with self._lock:
            self.files.restore_backup()

    def start_anew(self) -> Path | None:
        """Begin with an empty document. The present file is kept; returns where."""
        with self._lock:
            return self.files.set_aside()

    def edit(self, change: Callable[[Draft], _T]) -> _T:
        """Carry out a change of several parts: `change` puts it into the draft, or raises."""
        with self._lock:
            before = self.files.read().document
            try:
                draft = Draft(before)
                result = change(draft)
                self._load(with_stand_ins(draft.document), None)
                self._commit(before, draft)
            except RecursionError:
                raise ConfigurationError(f"{CONFIG_NAME} is nested too deeply.") from None
            return result

    # --- parts

    def _commit(self, before: JsonObject, draft: Draft) -> None:
        old, new = referenced_keys(before), referenced_keys(draft.document)
        in_use = old
        try:
            self._note(draft.secrets.keys() | (old - new))
            for key, secret in draft.secrets.items():
                self.store.set(key, secret)
            self.files.write(draft.document)
            in_use = new
        finally:
            self._leftovers.sweep(in_use)

    def _note(self, keys: set[str]) -> None:
        try:
            self._leftovers.note(keys)
        except OSError as error:
            raise ConfigurationError(
                f"The folder {self.files.folder} cannot be written ({error.strerror}). "
                "Make room there, or make it writable."
            ) from error

    def _works(self, read: Callable[[], JsonObject]) -> bool:
        with self._lock:
            try:
                self._load(with_stand_ins(read()), None)
            except (ConfigurationError, RecursionError):
                return False
            return True

    def _load(
        self, document: JsonObject, secrets: SecretStore | None, overrides: Overrides | None = None
    ) -> Loaded:
        return load_document(
            document,
            self.files.path,
            directories=self._directories,
            working_dir=self.files.folder,
            overrides=overrides or Overrides(),
            secrets=secrets,
        )

    def _api_key(self, entry: ApiKeyEntry) -> Secret | None:
        """None when its secret is gone. Raises `SecretStoreError` when the store cannot tell."""
        if key := referenced_api_key(entry.raw):
            return self.store.get(key)
        return read_api_key(Value(entry.raw, CONFIG_NAME, API_KEYS), None)

    def _options(self, entry: ApiKeyEntry) -> ApiKeyOptions:
        return read_api_key_options(Value(entry.raw, CONFIG_NAME, API_KEYS), [])

    def _empty_settings(self) -> Settings:
        folders = self._directories
        return Settings(config_dir=folders.config, state_dir=folders.state, cache_dir=folders.cache)


def _checked_name(name: str) -> str:
    text = name.strip()
    if not text or not text.isprintable():
        raise ConfigurationError('The account needs a name such as "production".', path="name")
    return text


def _entry(draft: Draft, key_id: str) -> ApiKeyEntry:
    for entry in draft.api_keys():
        if entry.id == key_id:
            return entry
    raise ConfigurationError(f'There is no API key "{key_id}". Load the page again.', path=API_KEYS)


def _put_first_api_key(draft: Draft, secret: Secret) -> str:
    """Add a key; the last of several whose secrets are gone gives way, so that they do not pile up where secrets
    live in memory only."""
    entries = draft.api_keys()
    if len(entries) < 2:
        return draft.add_api_key(secret)
    return draft.replace_api_key(entries[-1].id, secret)
