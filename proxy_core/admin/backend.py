"""What the settings page can ask and do, as a protocol: the tray application implements it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from proxy_core.aicore.key_check import CheckStep
from proxy_core.doctor.finding import Finding
from proxy_core.json_text import JsonObject

__all__ = ["AdminBackend", "ApiKeyInfo", "BackendError", "CheckStep", "DeploymentRow", "Overview", "Repair"]

Repair = Literal["backup", "anew"]
"""What can be done about a damaged configuration: go back to the last good one, or begin with an empty one."""


class BackendError(Exception):
    """The wish cannot be met; everything stays as it was. `str()` is one sentence that says which field or step
    and what to do; `field` is the form field it belongs to."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class ApiKeyInfo:
    """A client's key as it may be shown: `hint` is its end."""

    id: str
    hint: str


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """One deployment in the models table. Dates are ISO texts or empty; `names` are the published ones. `chats`
    tells whether they answer chat requests."""

    account: str
    id: str
    status: str
    model: str
    version: str
    names: tuple[str, ...]
    context_length: int | None = None
    deprecated: bool = False
    retirement_date: str = ""
    chats: bool = True
    orchestrated: bool = False
    """The model is reached through this deployment of orchestration; it has none of its own."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows at once. `status` is a sentence, `state` its enum word; `problem` is the word for
    why the proxy does not run (`no_account` for one that never had an account), empty when it runs.

    `accounts` are objects with the keys `name`, `resource_group`, `models` (how many), `problem` (a sentence, or
    None), `client_id` (a hint, never the whole). `settings` are the plain values of the form: `port` (int), `host`
    (text), `include` and `exclude` (lists of patterns), `aliases` (an object of texts), `start_at_login` and
    `notifications` (booleans); a key that is absent hides its field."""

    state: str
    status: str
    base_url: str
    demo: bool
    version: str
    accounts: Sequence[Mapping[str, Any]]
    api_keys: Sequence[ApiKeyInfo]
    models: Sequence[DeploymentRow]
    settings: JsonObject
    secret_store: str
    """The label of the store in use, or empty when there is none and the user must choose."""
    log_lines: Sequence[str]
    problem: str = ""
    free_port: int | None = None
    """The next free port, when the wanted one is in use."""
    store_opening: bool = False
    """No store is in use yet: it is being opened, and the system may be asking the user."""
    store_refuses: bool = False
    """No store is in use because it is locked: `start` tries it again."""
    store_locked: bool = False
    """No store is in use because an encrypted file waits for its passphrase: `choose_secret_store("file", …)`
    opens it."""
    fixed_file: str = ""
    """The file that the settings come from, when it is the user's own and nothing is changed here."""
    plain_secrets: bool = False
    """The program's own configuration holds secrets in plain text: `secure_secrets` moves them."""
    repairs: Sequence[Repair] = ()
    """What `repair` can do about a configuration that cannot be used."""
    log_file: str = ""
    health: Sequence[JsonObject] = ()
    """How the deployments fare while the proxy runs: the `models` of `routing.status.build_status`."""


class AdminBackend(Protocol):
    """Every method may block for seconds and may raise `BackendError`. Safe for use from many threads."""

    def overview(self) -> Overview: ...

    def start(self) -> None: ...

    def start_on_port(self, port: int) -> None:
        """Start on another port than the one that is in use."""

    def stop(self) -> None: ...

    def refresh(self) -> str:
        """Look for deployments now; the sentence that tells the result."""

    def try_again(self) -> None:
        """Have everything that rests asked again at once."""

    def check_key(self, text: str, resource_group: str) -> Iterable[CheckStep]:
        """Check a pasted service key step by step; changes nothing. From a generator the page shows each step as it
        comes; `aicore.key_check.check_service_key` is one."""

    def save_account(self, name: str, text: str, resource_groups: Sequence[str]) -> None:
        """Keep a service key and serve its resource groups, each as a sub-account; running clients go on."""

    def remove_account(self, name: str) -> None: ...

    def import_config(self, text: str) -> str:
        """Take over a `config.json`; secrets go to the store. Returns the sentence that says what was taken."""

    def save_settings(self, values: JsonObject) -> None:
        """Change the settings of the form. Raises `BackendError` with the field at fault."""

    def add_api_key(self) -> str:
        """Make a key and return it; it is shown once."""

    def rotate_api_key(self, key_id: str) -> str:
        """Replace a key; the old one is refused at once. Returns the new one."""

    def remove_api_key(self, key_id: str) -> None: ...

    def reveal_api_key(self, key_id: str) -> str: ...

    def client_settings(self) -> Mapping[str, str]:
        """Copy-ready settings by the client's name."""

    def examine(self, calls: bool) -> Iterable[Finding]:
        """Everything that the doctor finds, each finding as it is made; with `calls` every model is asked too."""

    def test_call(self, model: str) -> str:
        """Ask the model one short question through the running proxy; its answer."""

    def secure_secrets(self) -> str:
        """Move the secrets that stand in the configuration itself into the store. The sentence that says what was
        moved."""

    def repair(self, choice: Repair) -> None:
        """Mend a damaged configuration; the damaged file is kept beside it."""

    def open_logs(self) -> None:
        """Show the folder of the log files in the desktop's file manager."""

    def quit(self) -> None:
        """End the whole program, soon after the answer."""

    def choose_secret_store(self, choice: Literal["memory", "file"], passphrase: str) -> None:
        """For machines without a keyring."""
