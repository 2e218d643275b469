"""Where the controller gets engines from, as a protocol. Implemented by the tray's own profile and by tests."""

from dataclasses import dataclass
from typing import Protocol

from proxy_core.engine import Engine
from tray_app.snapshot import AccountState, Problem

__all__ = ["EngineSource", "Outline"]


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of the proxy while it does not run: the address it will have and whom it will serve.

    `problem` says why it cannot run at all, where that is known before it is tried.
    """

    base_url: str
    host: str = "127.0.0.1"
    accounts: tuple[AccountState, ...] = ()
    start_at_login: bool = False
    notifications: bool = True
    problem: Problem | None = None


class EngineSource(Protocol):
    """Called on the controller's thread; may block for seconds."""

    def outline(self) -> Outline:
        """The settings as they are now. Raises `ConfigurationError`."""

    def build_engine(self) -> Engine:
        """A new engine by the settings as they are now, not started. Raises `ConfigurationError`."""
