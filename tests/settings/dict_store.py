"""Secrets in a dict that outlives the store, as a keyring does; it can refuse or crash."""

from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStoreError

__all__ = ["Crash", "DictStore"]


class Crash(BaseException):
    """The program ends here."""


class DictStore:
    """`refuses` names the calls that raise `SecretStoreError`, `crashes` those that end the program."""

    label = "the test's keyring"

    def __init__(self) -> None:
        self.secrets: dict[str, Secret] = {}
        self.refuses: set[str] = set()
        self.crashes: set[str] = set()

    def get(self, key: str) -> Secret | None:
        self._fail("get")
        return self.secrets.get(key)

    def set(self, key: str, value: Secret) -> None:
        self._fail("set")
        self.secrets[key] = value

    def delete(self, key: str) -> None:
        self._fail("delete")
        self.secrets.pop(key, None)

    def _fail(self, call: str) -> None:
        if call in self.crashes:
            raise Crash
        if call in self.refuses:
            raise SecretStoreError("The keyring is locked. Unlock it.")
