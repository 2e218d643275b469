"""The files of a profile: `config.json`, the copy of the last good one, and the list of secrets to remove.

A damaged `config.json` is set aside, never overwritten.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonError, JsonObject, load_json
from proxy_core.settings.json_file import make_private_folder, read_json_object, write_private_text
from proxy_core.settings.profile_document import CONFIG_NAME
from proxy_core.settings.secret_store import SecretStore, SecretStoreError

__all__ = ["Found", "Leftovers", "ProfileFiles"]


@dataclass(frozen=True, slots=True)
class Found:
    """`warning` tells that `config.json` is damaged and the backup was read in its place; empty otherwise."""

    document: JsonObject
    warning: str = ""


class ProfileFiles:
    """`config.json` and `config.json.bak` in a folder of mode 0700, each of mode 0600 and written whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / CONFIG_NAME
        self.backup = folder / f"{CONFIG_NAME}.bak"

    def read(self) -> Found:
        """The document, empty when there is no file yet. Raises `ConfigurationError` when it is damaged and there
        is no good backup either."""
        if not self.path.exists():
            return Found({})
        try:
            return Found(read_json_object(self.path, "The config file"))
        except ConfigurationError as error:
            try:
                document = self.read_backup()
            except ConfigurationError:
                raise error from None
            return Found(document, f"{error} Until then its last good copy is used, {self.backup}.")

    def read_backup(self) -> JsonObject:
        """The last good document. Raises `ConfigurationError`."""
        return read_json_object(self.backup, "The backup")

    def write(self, document: JsonObject) -> None:
        """Replace `config.json`, then its backup. Raises `ConfigurationError`; then nothing has changed."""
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        try:
            self._make_folder()
            self._set_damaged_aside()
            write_private_text(self.path, text)
        except OSError as error:
            raise ConfigurationError(
                f"The config file {self.path} cannot be written ({error.strerror}). "
                "Make room there, or make its folder writable."
            ) from error
        with suppress(OSError):  # the document itself is safe
            write_private_text(self.backup, text)

    def keep_backup(self) -> None:
        """Copy `config.json`, which has just proved good, to the backup if it differs."""
        with suppress(OSError, UnicodeDecodeError):
            text = self.path.read_text(encoding="utf-8")
            if not self.backup.exists() or self.backup.read_text(encoding="utf-8") != text:
                write_private_text(self.backup, text)

    def restore_backup(self) -> None:
        """Put the backup in the place of `config.json`, which is set aside. Raises `ConfigurationError`."""
        document = self.read_backup()
        self.set_aside()
        self.write(document)

    def set_aside(self) -> Path | None:
        """Rename `config.json`. Returns its new place, None when there was no file."""
        if not self.path.exists():
            return None
        place, number = self.folder / f"{CONFIG_NAME}.damaged", 1
        while place.exists():
            number += 1
            place = self.folder / f"{CONFIG_NAME}.damaged-{number}"
        try:
            os.rename(self.path, place)
            os.chmod(place, 0o600)
        except OSError as error:
            raise ConfigurationError(
                f"The config file {self.path} cannot be renamed ({error.strerror}). Make its folder writable."
            ) from error
        return place

    def _set_damaged_aside(self) -> None:
        if self.path.exists():
            try:
                read_json_object(self.path, "The config file")
            except ConfigurationError:
                self.set_aside()

    def _make_folder(self) -> None:
        make_private_folder(self.folder)
        with suppress(OSError):  # somebody else's folder; the files are private all the same
            os.chmod(self.folder, 0o700)


class Leftovers:
    """The keys of secrets that a change puts in or takes out, noted beforehand: whatever happens in between, those
    that the document does not refer to are removed, at the latest at the next start."""

    def __init__(self, folder: Path, store: SecretStore) -> None:
        self._path = folder / "secrets-to-remove.json"
        self._store = store

    def note(self, keys: Iterable[str]) -> None:
        """Raises OSError."""
        if noted := [[self._store.label, key] for key in sorted(keys)]:
            make_private_folder(self._path.parent)
            self._write([*self._read(), *(entry for entry in noted if entry not in self._read())])

    def sweep(self, in_use: Iterable[str]) -> None:
        """Remove what is noted for this store and not in use. What the store refuses stays noted."""
        in_use = frozenset(in_use)
        remaining = []
        for label, key in (noted := self._read()):
            if label != self._store.label:
                remaining.append([label, key])
            elif key not in in_use:
                try:
                    self._store.delete(key)
                except SecretStoreError:
                    remaining.append([label, key])
        if remaining != noted:
            with suppress(OSError):  # then they are noted once more than needed
                self._write(remaining)

    def _read(self) -> list[list[str]]:
        try:
            found = load_json(self._path.read_bytes())
        except (OSError, JsonError):
            return []
        entries = found if isinstance(found, list) else []
        return [entry for entry in entries if isinstance(entry, list) and list(map(type, entry)) == [str, str]]

    def _write(self, entries: list[list[str]]) -> None:
        if entries:
            write_private_text(self._path, json.dumps(entries) + "\n")
        else:
            self._path.unlink(missing_ok=True)
