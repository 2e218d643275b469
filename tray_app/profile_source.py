"""Where the tray's engines and keys come from: the user's profile, or a config file named on the command line.

Opens the store of secrets when it is first needed, which may wait while the system asks the user.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from proxy_core.admin.backend import BackendError, Repair
from proxy_core.aicore.environment import read_environment, read_text_file
from proxy_core.engine import Engine, EngineOptions
from proxy_core.errors import ConfigurationError
from proxy_core.settings.api_keys import ApiKeys, configured_api_keys, keep_api_keys, resolve_api_keys
from proxy_core.settings.encrypted_store import ENCRYPTED_FILE_NAME
from proxy_core.settings.load import Loaded, Overrides, load_settings
from proxy_core.settings.model import DEFAULT_PORT, Settings
from proxy_core.settings.profile import Profile
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import OnDemandSecretStore, SecretStore, SecretStoreError
from tray_app.autostart import Autostart
from tray_app.engine_source import EngineSource, Outline
from tray_app.snapshot import AccountState, Problem, ProblemKind
from tray_app.texts import Texts

__all__ = ["FileSource", "KeySource", "ProfileSource", "Store", "Surroundings", "planned_url"]

_REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class Store:
    """Where secrets are: the store's `label`, empty while none is open. `opening` while it waits, perhaps for the
    user; `locked` when it is there but refuses, `file` when it is an encrypted file that wants its passphrase."""

    label: str = ""
    opening: bool = False
    locked: bool = False
    file: bool = False


class KeySource(EngineSource, Protocol):
    """An engine source whose clients' keys can be shown."""

    def api_keys(self) -> tuple[tuple[str, Secret], ...]:
        """Ids and keys, the first to be given to clients. Raises `ConfigurationError` and `SecretStoreError`."""

    def settings(self) -> Settings:
        """As they are now. Raises `ConfigurationError` and `SecretStoreError`."""

    def require_profile(self) -> Profile:
        """The profile, to be changed. Raises `BackendError` when there is none, with what to do."""

    @property
    def profile(self) -> Profile | None:
        """The profile if it is open; waits for nothing."""

    @property
    def file(self) -> Path | None:
        """The file that the settings come from, where they are not changed here."""

    def store(self) -> Store:
        """Waits for nothing."""

    def use_store(self, store: SecretStore) -> None:
        """Keep secrets in `store` from now on. Raises `BackendError`."""

    def move_to_port(self, port: int) -> None:
        """Listen on another port from the next start on. Raises `BackendError` and `ConfigurationError`."""

    def repairs(self) -> tuple[Repair, ...]:
        """What can be done about settings that do not work; empty when they do."""

    def repair(self, choice: Repair) -> None:
        """Raises `BackendError` and `ConfigurationError`."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What both sources need of the program around them. `environ` is the desktop's; `home_environ` tells where the
    folders are and may hold credentials for SAP."""

    environ: Mapping[str, str]
    home_environ: Mapping[str, str]
    autostart: Autostart
    texts: Texts
    log: logging.Logger
    overrides: Overrides = field(default_factory=Overrides)
    engine_options: EngineOptions = field(default_factory=EngineOptions)


class ProfileSource:
    """The profile in `config_dir`. `open_store` gives the keyring, or raises `SecretStoreError`."""

    def __init__(self, config_dir: Path, open_store: Callable[[], SecretStore], around: Surroundings) -> None:
        self._config_dir = config_dir
        self._open_store = open_store
        self._around = around
        self._profile: Profile | None = None
        self._ready = False
        self._opening = True
        self._refusal: ProblemKind | None = None
        self._lock = threading.RLock()

    def outline(self) -> Outline:
        try:
            profile = self._opened()
        except SecretStoreError as error:
            return self._outline(None, Problem(self._refusal or ProblemKind.NO_KEYRING, str(error)))
        try:
            settings = profile.settings(self._around.overrides).settings
        except ConfigurationError as error:
            return self._outline(profile, Problem(ProblemKind.CONFIGURATION, str(error)))
        known = bool(settings.sub_accounts) or _environment_names_one(self._around.home_environ)
        problem = None if known else Problem(ProblemKind.NO_ACCOUNT)
        return _outline(settings, self._around, profile.flag("notifications", True), problem)

    def build_engine(self) -> Engine:
        try:
            loaded = self._opened().settings(self._around.overrides)
        except SecretStoreError as error:
            raise ConfigurationError(str(error)) from error
        return _build_engine(loaded, configured_api_keys(loaded.settings), self._around)

    def api_keys(self) -> tuple[tuple[str, Secret], ...]:
        return self._opened().api_keys()

    def settings(self) -> Settings:
        return self._opened().settings(self._around.overrides).settings

    def require_profile(self) -> Profile:
        try:
            return self._opened()
        except (SecretStoreError, ConfigurationError) as error:
            raise BackendError(str(error)) from error

    @property
    def profile(self) -> Profile | None:
        return self._profile if self._ready else None

    @property
    def file(self) -> None:
        return None

    def store(self) -> Store:
        profile = self._profile
        if self._refusal is not None:
            locked = self._refusal is ProblemKind.SECRETS_LOCKED
            return Store(locked=locked, file=locked and self._file_is_closed())
        return Store(opening=True) if self._opening or profile is None else Store(profile.store.label)

    def use_store(self, store: SecretStore) -> None:
        with self._lock:
            self._profile = Profile(self._config_dir, store, self._around.home_environ)
            self._ready = False
        self.require_profile()

    def move_to_port(self, port: int) -> None:
        self.require_profile().change({"port": port})

    def repairs(self) -> tuple[Repair, ...]:
        profile = self._profile
        if profile is None or not profile.is_damaged():
            return ()
        return ("backup", "anew") if profile.has_good_backup() else ("anew",)

    def repair(self, choice: Repair) -> None:
        profile = self._profile
        if profile is None:
            return
        if choice == "backup":
            profile.restore_backup()
        else:
            profile.start_anew()
        self._ready = False

    def _opened(self) -> Profile:
        """The profile with at least one key for clients."""
        with self._lock:
            if self._profile is not None and self._ready:
                return self._profile
            self._opening, self._refusal = True, None
            try:
                return self._open()
            finally:
                self._opening = False

    def _open(self) -> Profile:
        profile = self._profile or Profile(self._config_dir, self._find_store(), self._around.home_environ)
        self._profile = profile
        with self._refused_as(ProblemKind.SECRETS_LOCKED):
            profile.ensure_api_key()
        self._ready = True
        return profile

    def _find_store(self) -> SecretStore:
        if self._file_is_closed():
            file = self._config_dir / ENCRYPTED_FILE_NAME
            with self._refused_as(ProblemKind.SECRETS_LOCKED):
                raise SecretStoreError(self._around.texts.encrypted_file_closed.format(file=file))
        with self._refused_as(ProblemKind.NO_KEYRING):
            return self._open_store()

    @contextmanager
    def _refused_as(self, kind: ProblemKind) -> Iterator[None]:
        try:
            yield
        except SecretStoreError:
            self._refusal = kind
            raise

    def _file_is_closed(self) -> bool:
        return self._profile is None and (self._config_dir / ENCRYPTED_FILE_NAME).exists()

    def _outline(self, profile: Profile | None, problem: Problem) -> Outline:
        """What can be said without the settings."""
        on = self._around.autostart.is_on()
        notifications = True
        if profile is not None and problem.kind is not ProblemKind.CONFIGURATION:
            notifications = profile.flag("notifications", True)
        port = self._around.overrides.port or DEFAULT_PORT
        return Outline(f"http://127.0.0.1:{port}", start_at_login=on, notifications=notifications, problem=problem)


class FileSource:
    """A config file that the user keeps by hand (`-c FILE`): read, never written."""

    def __init__(self, path: Path, open_store: Callable[[], SecretStore], around: Surroundings) -> None:
        self._path = path
        self._open_store = open_store
        self._around = around

    def outline(self) -> Outline:
        return _outline(self.settings(), self._around, True, None)

    def build_engine(self) -> Engine:
        loaded = self._load()
        keys = resolve_api_keys(loaded.settings)
        keep_api_keys(keys)
        return _build_engine(loaded, keys, self._around)

    def api_keys(self) -> tuple[tuple[str, Secret], ...]:
        keys = resolve_api_keys(self.settings())
        keep_api_keys(keys)
        return tuple((str(number), key) for number, key in enumerate(keys.keys, 1))

    def settings(self) -> Settings:
        return self._load().settings

    def require_profile(self) -> Profile:
        raise BackendError(self._around.texts.fixed_file.format(file=self._path))

    @property
    def profile(self) -> None:
        return None

    @property
    def file(self) -> Path:
        return self._path

    def store(self) -> Store:
        return Store(str(self._path))

    def use_store(self, store: SecretStore) -> None:  # noqa: ARG002 - a file needs none
        self.require_profile()

    def move_to_port(self, port: int) -> None:
        """For this run: the file stays as it is."""
        self._around = replace(self._around, overrides=replace(self._around.overrides, port=port))

    def repairs(self) -> tuple[Repair, ...]:
        return ()

    def repair(self, choice: Repair) -> None:  # noqa: ARG002 - the file is the user's own
        self.require_profile()

    def _load(self) -> Loaded:
        store = OnDemandSecretStore("the keyring", self._open_store)
        return load_settings(
            self._path, environ=self._around.home_environ, overrides=self._around.overrides, secrets=store
        )


def planned_url(settings: Settings) -> str:
    """The address that the proxy will have, without `/v1`."""
    host = _REACHABLE.get(settings.host, settings.host)
    scheme = "https" if settings.tls else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _outline(settings: Settings, around: Surroundings, notifications: bool, problem: Problem | None) -> Outline:
    return Outline(
        planned_url(settings),
        host=settings.host,
        accounts=tuple(AccountState(one.name, one.resource_group) for one in settings.sub_accounts),
        start_at_login=around.autostart.is_on(),
        notifications=notifications,
        problem=problem,
    )


def _build_engine(loaded: Loaded, keys: ApiKeys, around: Surroundings) -> Engine:
    for warning in loaded.warnings:
        around.log.warning("%s", warning)
    return Engine(loaded.settings, keys, around.home_environ, around.log, around.engine_options)


def _environment_names_one(environ: Mapping[str, str]) -> bool:
    """Also one that cannot be used: the engine says then why."""
    try:
        return read_environment(environ, read_text_file) is not None
    except ConfigurationError:
        return True
