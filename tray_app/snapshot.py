"""What the program is doing at one moment: the one value from which the menu, the icon and the pages are built."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["AccountState", "Problem", "ProblemKind", "RefreshResult", "Snapshot", "State"]


class State(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"


class ProblemKind(StrEnum):
    """Why the proxy does not run, or does not run as it should. The words for it stand with the other texts."""

    NO_ACCOUNT = "no_account"
    PORT_IN_USE = "port_in_use"
    CONFIGURATION = "configuration"
    NO_KEYRING = "no_keyring"
    SECRETS_LOCKED = "secrets_locked"
    SERVER_DIED = "server_died"
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Problem:
    """`detail` is a sentence for people without secrets. `port`, `holder` and `free_port` belong to
    PORT_IN_USE: the wanted port, the program that has it where known, and the next free one."""

    kind: ProblemKind
    detail: str = ""
    port: int | None = None
    holder: str | None = None
    free_port: int | None = None


@dataclass(frozen=True, slots=True)
class AccountState:
    """A configured sub-account. `problem` says why it could not be read, None when it works."""

    name: str
    resource_group: str
    models: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What the last look at the deployments brought, in numbers of models; other spellings are not counted."""

    models: int
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Immutable; a new one is published on each change. `base_url` has no `/v1` and is there also while the
    proxy is stopped: it is the address that it will have. `models` are all published names; those in `spellings`
    are other spellings of one that is there too. Of those in `limited` all deployments rest for SAP's limit."""

    state: State
    base_url: str
    models: tuple[str, ...] = ()
    spellings: frozenset[str] = frozenset()
    limited: tuple[str, ...] = ()
    accounts: tuple[AccountState, ...] = ()
    problem: Problem | None = None
    last_refresh: RefreshResult | None = None
    refreshing: bool = False
    demo: bool = False
    start_at_login: bool = False
    notifications: bool = True
    version: str = ""

    @property
    def model_count(self) -> int:
        return len(self.models) - len(self.spellings)

    @property
    def failing_accounts(self) -> tuple[AccountState, ...]:
        return tuple(account for account in self.accounts if account.problem)
