"""A keyring as Windows has it, in a dict: 2,560 bytes an item, one item for each service name."""

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

__all__ = ["Crash", "StoreRefusedError", "WindowsKeyring"]

_MOST_BYTES = 2560


class StoreRefusedError(Exception):
    """What the interface to Windows raises; no error of the package keyring."""

    def __init__(self, winerror: int) -> None:
        super().__init__(winerror, "CredWrite", "The stub received bad data")
        self.winerror = winerror


class Crash(BaseException):
    """The program ends here."""


class WindowsKeyring(KeyringBackend):
    """`writes_left` changes later it crashes, or refuses everything when `refuses` is set."""

    priority = 5.0

    def __init__(self) -> None:
        self.items: dict[str, tuple[str, str]] = {}
        self.writes_left: int | None = None
        self.refuses = False
        self.reads = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.reads += 1
        for target in (service, f"{username}@{service}"):
            if target in self.items and self.items[target][0] == username:
                return self.items[target][1]
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self._count()
        if len(password.encode("utf-16-le")) > _MOST_BYTES:
            raise StoreRefusedError(1783)
        if service in self.items:
            other = self.items[service][0]
            self.items[f"{other}@{service}"] = self.items[service]
        self.items[service] = (username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._count()
        found = [target for target in (service, f"{username}@{service}") if target in self.items]
        if not found:
            raise PasswordDeleteError(service)
        for target in found:
            del self.items[target]

    def _count(self) -> None:
        if self.refuses:
            raise StoreRefusedError(5)
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                raise Crash
