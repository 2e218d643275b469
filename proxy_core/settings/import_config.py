"""Takes a config file over into the profile: its secrets go into the store, the rest into the document.

The file itself stays as it is. Whether to do it is asked by whoever calls this.
"""

from dataclasses import dataclass
from pathlib import Path

from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.settings.api_key_entries import api_key_options
from proxy_core.settings.directories import Directories
from proxy_core.settings.json_file import decode_json_object, read_json_object
from proxy_core.settings.load import load_document
from proxy_core.settings.model import Settings
from proxy_core.settings.profile import Profile
from proxy_core.settings.profile_document import (
    ACCOUNTS,
    API_KEYS,
    CONFIG_NAME,
    SERVICE_KEY,
    Draft,
    account_key,
    with_stand_ins,
)
from proxy_core.settings.reader import Value
from proxy_core.settings.references import read_api_key, referenced_key
from proxy_core.settings.secret import Secret
from proxy_core.settings.sub_accounts import FLAT_KEYS, Folders, account_entries, read_service_key

__all__ = ["Imported", "import_config"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken: the names of the accounts as they are now, how many API keys the store did not have, which
    keys of the top level. `warnings` are sentences about what was left out or wants a look."""

    accounts: tuple[str, ...]
    api_keys: int
    settings: tuple[str, ...]
    warnings: tuple[str, ...]


def import_config(profile: Profile, source: Path | str, *, working_dir: Path | None = None) -> Imported:
    """Take over the config file at a path, or a config file's text.

    Relative paths in it are looked for beside the file, then in `working_dir` (that of the process by default).
    An account that is there already, with the same service key and resource group, is not made twice; another of
    the same name gets a number. Accounts and keys that cannot be used are left out with a warning.

    Raises `ConfigurationError` when the rest of the file cannot work or when nothing can be taken, and
    `SecretStoreError`; the profile is as it was then.
    """
    taken = _Import(profile, source, working_dir or Path.cwd())
    return profile.edit(taken.put_into)


class _Import:
    """One import under way."""

    def __init__(self, profile: Profile, source: Path | str, working_dir: Path) -> None:
        file = working_dir / source.expanduser() if isinstance(source, Path) else None
        self._profile = profile
        self._document = (
            read_json_object(file, "The config file")
            if file
            else decode_json_object(str(source).encode("utf-8", "replace"), "The config file")
        )
        self._file = file
        self._folder = file.parent if file else working_dir
        self._folders = Folders(config=self._folder, working=working_dir)
        self._value = Value(self._document, file.name if file else CONFIG_NAME)
        self._warnings: list[str] = []

    def put_into(self, draft: Draft) -> Imported:
        checked = self._check()
        settings = self._put_settings(draft, checked)
        api_keys = self._put_api_keys(draft)
        accounts = self._put_accounts(draft)
        if not (settings or api_keys or accounts):
            raise ConfigurationError(
                self._warnings[0]
                if self._warnings
                else f"{self._value.file} holds nothing that could be taken over."
            )
        return Imported(accounts, api_keys, settings, tuple(self._warnings))

    def _check(self) -> Settings:
        """The settings without their secrets. Raises `ConfigurationError` when they cannot work."""
        loaded = load_document(
            with_stand_ins(self._document),
            self._file,
            directories=Directories(self._folder, self._folder, self._folder),
            working_dir=self._folders.working,
        )
        self._warnings += loaded.warnings
        return loaded.settings

    def _put_settings(self, draft: Draft, checked: Settings) -> tuple[str, ...]:
        """All keys but accounts and API keys, unknown ones too. Paths become absolute: the file moves."""
        left_out = {ACCOUNTS, API_KEYS, *FLAT_KEYS, "ca_cert_bundle"}
        taken: JsonObject = {
            key: value for key, value in self._document.items() if key not in left_out and value is not None
        }
        if checked.ca_file:
            taken["ca_file"] = str(checked.ca_file)
        if checked.tls:
            taken["tls"] = {"cert": str(checked.tls.cert), "key": str(checked.tls.key)}
        draft.document.update(taken)
        return tuple(taken)

    def _put_api_keys(self, draft: Draft) -> int:
        known = {secret: key_id for key_id, secret in self._profile.api_keys()}
        added = 0
        for item in self._value.get(API_KEYS).items("a list of keys"):
            try:
                secret = read_api_key(item, self._profile.store)
            except ConfigurationError as error:
                self._warnings.append(f"{error} It was left out.")
                continue
            if secret not in known:
                known[secret] = draft.add_api_key(secret, api_key_options(item.raw))
                added += 1
            elif known[secret].startswith("plain-"):
                known[secret] = draft.replace_api_key(known[secret], secret)
                added += 1
        return added

    def _put_accounts(self, draft: Draft) -> tuple[str, ...]:
        accounts = draft.accounts()
        references: dict[Secret, JsonObject] = {}
        names: list[str] = []
        for name, entry in account_entries(self._value, []):
            try:
                key = read_service_key(entry.get(SERVICE_KEY), self._folders, self._profile.store).value
            except ConfigurationError as error:
                self._warnings.append(f'{error} The account "{name}" was left out.')
                continue
            wanted = {key: value for key, value in entry.object().items() if entry.path or key in FLAT_KEYS}
            place = self._place({**accounts, **dict.fromkeys(names)}, name, wanted, key)
            secret = Secret(dump_json(key).decode())
            present = accounts.get(place, {}).get(SERVICE_KEY)
            if referenced_key(present) and self._key_of(accounts[place]) == key:
                references[secret] = present
            elif secret not in references:
                references[secret] = draft.keep(account_key(place), secret)
            accounts[place] = {**wanted, SERVICE_KEY: references[secret]}
            names.append(place)
        return tuple(names)

    def _place(self, accounts: JsonObject, name: str, wanted: JsonObject, key: JsonObject) -> str:
        """The name itself, or the next free one. None stands for an account of this import."""
        place, number = name, 1
        while place in accounts:
            if accounts[place] is not None and self._gives_way(accounts[place], wanted, key):
                break
            number += 1
            place = f"{name}-{number}"
        return place

    def _gives_way(self, account: JsonObject, wanted: JsonObject, key: JsonObject) -> bool:
        """True for an account that has no usable key, and for the very same one."""
        present = self._key_of(account)
        return present is None or (present == key and _group(account) == _group(wanted))

    def _key_of(self, account: JsonObject) -> JsonObject | None:
        """The service key of an account in the profile, None when it has none that can be read."""
        folder = self._profile.files.folder
        try:
            return read_service_key(
                Value(account, CONFIG_NAME).get(SERVICE_KEY), Folders(folder, folder), self._profile.store
            ).value
        except ConfigurationError:
            return None


def _group(account: JsonObject) -> str:
    return str(account.get("resource_group") or "default")
