"""Where secrets live: the protocol, and the store that forgets. The configuration holds references only."""

from collections.abc import Callable
from typing import Protocol

from proxy_core.settings.secret import Secret

__all__ = ["MemorySecretStore", "OnDemandSecretStore", "SecretStore", "SecretStoreError"]


class SecretStoreError(Exception):
    """The store cannot be used. `str()` is one sentence for people that says what to do."""


class SecretStore(Protocol):
    """Secrets by key, such as `service-key/my-account` or `api-key/1`. Calls may block while the operating system
    asks the user: never call from the thread of a user interface."""

    label: str
    """What people call it: `macOS Keychain`, `Windows Credential Manager`, `Secret Service`."""

    def get(self, key: str) -> Secret | None:
        """The secret, or None when there is none. Raises `SecretStoreError`."""

    def set(self, key: str, value: Secret) -> None:
        """Keep a secret; the old one stays whole until the new one is. Raises `SecretStoreError`."""

    def delete(self, key: str) -> None:
        """Forget a secret; not an error when there is none. Raises `SecretStoreError`."""


class MemorySecretStore:
    """Keeps secrets until the program ends."""

    label = "memory, until the program ends"

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}

    def get(self, key: str) -> Secret | None:
        return self._secrets.get(key)

    def set(self, key: str, value: Secret) -> None:
        self._secrets[key] = value

    def delete(self, key: str) -> None:
        self._secrets.pop(key, None)


class OnDemandSecretStore:
    """Opens the real store when the first secret is asked for: whoever needs none never touches it."""

    def __init__(self, label: str, open_store: Callable[[], SecretStore]) -> None:
        """`open_store` may raise `SecretStoreError`; it is called again the next time then."""
        self.label = label
        self._open_store = open_store
        self._store: SecretStore | None = None

    def get(self, key: str) -> Secret | None:
        return self._opened().get(key)

    def set(self, key: str, value: Secret) -> None:
        self._opened().set(key, value)

    def delete(self, key: str) -> None:
        self._opened().delete(key)

    def _opened(self) -> SecretStore:
        if self._store is None:
            self._store = self._open_store()
            self.label = self._store.label
        return self._store
