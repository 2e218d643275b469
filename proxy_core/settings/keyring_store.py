"""Secrets in the keyring of the operating system. The only importer of `keyring`, and only when it is needed.

One place is chosen for each system, because what `keyring` finds by itself depends on what else is installed.
A place that keeps plain text is refused.
"""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from proxy_core.settings.keyring_items import (
    GENERATIONS,
    MOST_PARTS,
    Head,
    build_manifest,
    build_whole,
    cut_text,
    decode_head,
    head_item,
    join_parts,
    part_item,
)
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import OnDemandSecretStore, SecretStoreError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["WINDOWS_PART_LIMIT", "KeyringSecretStore", "keyring_on_demand", "open_keyring_store"]

WINDOWS_PART_LIMIT = 1200
"""Characters in an item. Windows takes 2,560 bytes (CRED_MAX_CREDENTIAL_BLOB_SIZE), two for each character."""

OVERRIDE_VARIABLE = "PYTHON_KEYRING_BACKEND"
_USER_NAME = "ai-core-proxy"
_REFUSED = ("keyring.backends.fail", "keyring.backends.null", "keyring.backends.chainer", "keyrings.alt")
"""Modules whose stores keep nothing, plain text, or something in a place that nobody chose."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Place:
    """A place that an operating system has for secrets: the backend of `keyring`, what people call it, what they
    can do when it refuses, and the most characters that an item takes."""

    backend: str
    label: str
    advice: str
    part_limit: int | None = None


_WINDOWS = _Place(
    "keyring.backends.Windows.WinVaultKeyring",
    "Windows Credential Manager",
    "Open Credential Manager in the Control Panel, check that it works, and try again.",
    WINDOWS_PART_LIMIT,
)
_MACOS = _Place(
    "keyring.backends.macOS.Keyring",
    "macOS Keychain",
    "Unlock the login keychain in Keychain Access, allow access when macOS asks, and try again.",
)
_SECRET_SERVICE = _Place(
    "keyring.backends.SecretService.Keyring",
    "Secret Service",
    "Unlock the keyring of your desktop, for example in Passwords and Keys, and try again.",
)
_KWALLET = _Place(
    "keyring.backends.kwallet.DBusKeyring", "KWallet", "Open the wallet in KWalletManager, and try again."
)
_PLACES = {"win32": (_WINDOWS,), "darwin": (_MACOS,)}
_OTHER_PLACES = (_SECRET_SERVICE, _KWALLET)
_BY_BACKEND = {place.backend: place for place in (_WINDOWS, _MACOS, *_OTHER_PLACES)}
_ADVICE_LINUX = "Install gnome-keyring, KWallet or KeePassXC, log in to the desktop again, and try again."


class KeyringSecretStore:
    """A `SecretStore` on one backend of `keyring`. Safe for use from many threads; a call waits while the system
    asks the user. What was read or written once stays in memory, because macOS may ask for each look."""

    def __init__(
        self,
        backend: "KeyringBackend",
        label: str,
        *,
        part_limit: int | None = None,
        advice: str = "Unlock it, and try again.",
    ) -> None:
        """`part_limit` is the most characters an item takes, None for no limit."""
        self.label = label
        self._backend = backend
        self._part_limit = part_limit
        self._advice = advice
        self._known: dict[str, Secret] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Secret | None:
        with self._lock:
            if key not in self._known:
                stored = self._read(head_item(key))
                if stored is None:
                    return None
                self._known[key] = Secret(self._text(key, decode_head(stored)))
            return self._known[key]

    def set(self, key: str, value: Secret) -> None:
        with self._lock:
            self._known.pop(key, None)
            if self._part_limit is None:
                self._write(head_item(key), build_whole(value.reveal()))
            else:
                self._write_in_parts(key, value.reveal(), self._part_limit)
            self._known[key] = value

    def delete(self, key: str) -> None:
        with self._lock:
            self._known.pop(key, None)
            self._remove(head_item(key))
            if self._part_limit is not None:
                for generation in GENERATIONS:
                    self._sweep(key, generation)

    # --- one secret in many items

    def _text(self, key: str, head: Head | None) -> str:
        if head is None:
            raise self._damaged(key)
        if head.text is not None:
            return head.text
        parts = [self._read(part_item(key, head.generation, number)) for number in range(1, head.parts + 1)]
        text = join_parts(head, [part for part in parts if part is not None])
        if text is None:
            raise self._damaged(key)
        return text

    def _write_in_parts(self, key: str, text: str, limit: int) -> None:
        parts = cut_text(text, limit)
        if len(parts) > MOST_PARTS:
            raise SecretStoreError(f"The secret {key} is too long for {self.label}. Is it really a service key?")
        stored = self._read(head_item(key))
        head = decode_head(stored) if stored is not None else None
        old, new = ("a", "b") if head and head.generation == "a" else ("b", "a")
        self._sweep(key, new)  # parts of an earlier attempt that did not come to its end
        try:
            for number, part in enumerate(parts, 1):
                self._write(part_item(key, new, number), part)
            self._write(head_item(key), build_manifest(text, new, len(parts)))
        except SecretStoreError:
            with suppress(SecretStoreError):
                self._sweep(key, new)
            raise
        with suppress(SecretStoreError):  # the new value is whole; the next change sweeps again
            self._sweep(key, old)

    def _sweep(self, key: str, generation: str) -> None:
        """Remove the parts of one generation, the last first, so that what remains has no gap."""
        count = 0
        while count < MOST_PARTS and self._read(part_item(key, generation, count + 1)) is not None:
            count += 1
        for number in range(count, 0, -1):
            self._remove(part_item(key, generation, number))

    # --- one item, and the border to foreign errors

    def _read(self, service: str) -> str | None:
        return self._ask("read", self._backend.get_password, service, _USER_NAME)

    def _write(self, service: str, text: str) -> None:
        self._ask("keep", self._backend.set_password, service, _USER_NAME, text)

    def _remove(self, service: str) -> None:
        try:
            self._ask("delete", self._backend.delete_password, service, _USER_NAME)
        except SecretStoreError as error:
            missing = type(error.__cause__).__name__ == "PasswordDeleteError" and self._read(service) is None
            if not missing:
                raise

    def _ask(self, wish: str, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return call(*args, **kwargs)
        except Exception as error:  # the backends let errors of their systems through, pywintypes.error for one
            raise SecretStoreError(self._sentence(wish, error)) from error

    def _sentence(self, wish: str, error: Exception) -> str:
        """Of the error only its kind: its words may hold what was to be kept."""
        number = getattr(error, "winerror", None)
        kind = type(error).__name__ + (f" {number}" if isinstance(number, int) else "")
        return f"{self.label} did not {wish} the secret ({kind}). {self._advice}"

    def _damaged(self, key: str) -> SecretStoreError:
        return SecretStoreError(f"The secret {key} in {self.label} is damaged. Enter it again.")


def open_keyring_store(environ: Mapping[str, str] | None = None) -> KeyringSecretStore:
    """The keyring of this system; `PYTHON_KEYRING_BACKEND` alone names another. Asks the user for nothing yet.

    Raises `SecretStoreError` when there is none that can be used.
    """
    named = (os.environ if environ is None else environ).get(OVERRIDE_VARIABLE)
    try:
        if named and named not in _BY_BACKEND:
            return _open_named(named)
        return _open_first((_BY_BACKEND[named],) if named else _PLACES.get(sys.platform, _OTHER_PLACES))
    except ModuleNotFoundError as error:
        raise SecretStoreError(
            f"The keyring cannot be used: the Python package {error.name} is missing. "
            "Install the package ai-core-proxy with its extra: tray."
        ) from error


def keyring_on_demand(environ: Mapping[str, str] | None = None) -> OnDemandSecretStore:
    """The keyring of this system, opened when the first secret is asked for."""
    return OnDemandSecretStore("the keyring", lambda: open_keyring_store(environ))


def _open_first(places: tuple[_Place, ...]) -> KeyringSecretStore:
    from keyring.core import load_keyring

    for place in places:
        with suppress(Exception):  # each backend says in its own way that this system lacks it
            backend = load_keyring(place.backend)
            if place is _WINDOWS:  # else the secrets travel with the profile of a company's domain
                setattr(backend, "persist", "local machine")  # noqa: B010 - the class of that system has it
            return KeyringSecretStore(backend, place.label, part_limit=place.part_limit, advice=place.advice)
    names = " or ".join(place.label for place in places)
    advice = _ADVICE_LINUX if places is _OTHER_PLACES else "Install the program anew, and try again."
    raise SecretStoreError(f"No keyring: {names} cannot be used here. {advice}")


def _open_named(name: str) -> KeyringSecretStore:
    from keyring.core import load_keyring

    try:
        backend = load_keyring(name)
    except Exception as error:  # whatever a module of that name does
        raise SecretStoreError(
            f"{OVERRIDE_VARIABLE} names {name}, which cannot be used ({type(error).__name__}). "
            "Correct the variable, or remove it."
        ) from error
    if any(base.__module__.startswith(_REFUSED) for base in type(backend).__mro__):
        raise SecretStoreError(
            f"{OVERRIDE_VARIABLE} names {name}, which keeps no secrets safely. Remove the variable."
        )
    limit = WINDOWS_PART_LIMIT if sys.platform == "win32" else None
    return KeyringSecretStore(backend, str(backend.name), part_limit=limit)
