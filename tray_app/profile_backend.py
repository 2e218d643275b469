"""The settings page's backend: what the page can ask and do, carried out on the controller and the profile.

It words results and turns errors into `BackendError`; how things are stored or served is others' work.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from proxy_core.admin.backend import ApiKeyInfo, BackendError, CheckStep, Overview, Repair
from proxy_core.aicore.key_check import check_service_key, read_key_text
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.aicore.transport import Transport
from proxy_core.cli.local_proxy import CallFailedError, LocalProxy
from proxy_core.client_settings import Client, Connection, build_client_settings
from proxy_core.doctor.examination import examine
from proxy_core.doctor.finding import Finding
from proxy_core.doctor.model_calls import ModelCalls
from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject
from proxy_core.routing.accounts import build_transport
from proxy_core.settings.encrypted_store import ENCRYPTED_FILE_NAME, EncryptedFileStore
from proxy_core.settings.import_config import import_config
from proxy_core.settings.model import Settings
from proxy_core.settings.profile import Profile
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import MemorySecretStore, SecretStore, SecretStoreError
from tray_app.controller import ProxyController
from tray_app.examination import build_patient, running_calls
from tray_app.form import FORM_KEYS, field_of_path, write_form
from tray_app.known_settings import read_known_settings
from tray_app.log_tail import read_log_tail
from tray_app.login_switch import LoginSwitch
from tray_app.menu import describe_refresh
from tray_app.new_address import require_free_address
from tray_app.page_words import describe_import, describe_state
from tray_app.profile_source import KeySource
from tray_app.snapshot import AccountState, ProblemKind, Snapshot, State
from tray_app.survey import Survey
from tray_app.texts import Texts

__all__ = ["ProfileBackend"]

_WAIT_SECONDS = 60.0
_QUESTION = "Say hello in one short sentence."
_HINT_LENGTH = 4

_T = TypeVar("_T")


class ProfileBackend:
    """Implements `AdminBackend`. Safe for use from many threads. `log_file` is shown from its end."""

    def __init__(
        self,
        source: KeySource,
        controller: ProxyController,
        login: LoginSwitch,
        survey: Survey,
        texts: Texts,
        *,
        config_dir: Path,
        log_file: Path,
        open_folder: Callable[[Path], bool],
        quit_program: Callable[[], None],
    ) -> None:
        self._source = source
        self._controller = controller
        self._login = login
        self._survey = survey
        self._texts = texts
        self._config_dir = config_dir
        self._log_file = log_file
        self._open_folder = open_folder
        self._quit_program = quit_program

    # --- looking

    def overview(self) -> Overview:
        snapshot = self._controller.snapshot
        store = self._source.store()
        known = read_known_settings(self._source, running=snapshot.state is State.RUNNING)
        engine = self._controller.engine
        return Overview(
            state=snapshot.state.value,
            status=describe_state(snapshot, self._texts),
            base_url=snapshot.base_url,
            demo=snapshot.demo,
            version=snapshot.version,
            accounts=[_describe_account(one, known.clients.get(one.name, "")) for one in snapshot.accounts],
            api_keys=[ApiKeyInfo(key_id, "…" + key.reveal()[-_HINT_LENGTH:]) for key_id, key in known.api_keys],
            models=self._survey.rows(engine),
            settings={**known.form, "start_at_login": snapshot.start_at_login},
            secret_store=self._texts.stores.get(store.label, store.label),
            log_lines=read_log_tail(self._log_file),
            problem=snapshot.problem.kind.value if snapshot.problem else "",
            free_port=snapshot.problem.free_port if snapshot.problem else None,
            store_opening=store.opening,
            store_refuses=store.locked,
            store_locked=store.file,
            fixed_file=str(self._source.file or ""),
            plain_secrets=known.plain_secrets,
            repairs=self._repairs(snapshot),
            log_file=str(self._log_file),
            health=engine.status()["models"] if engine else (),
        )

    def _repairs(self, snapshot: Snapshot) -> tuple[Repair, ...]:
        broken = snapshot.problem is not None and snapshot.problem.kind is ProblemKind.CONFIGURATION
        return self._source.repairs() if broken else ()

    def client_settings(self) -> Mapping[str, str]:
        return {self._texts.clients[client]: text for client, text in self.client_texts().items()}

    def client_texts(self) -> Mapping[Client, str]:
        """The copy-ready settings by client. Raises `BackendError` while there is no key."""
        snapshot = self._controller.snapshot
        connection = Connection(
            snapshot.base_url, self.first_key(), snapshot.models, windows=sys.platform == "win32"
        )
        return build_client_settings(connection, self._texts.client_words)

    def first_key(self) -> str:
        """The key to give to a client. Raises `BackendError` while there is none."""
        with _as_backend_errors():
            keys = self._source.api_keys()
        if not keys:
            raise BackendError(self._texts.no_key)
        return keys[0][1].reveal()

    def check_key(self, text: str, resource_group: str) -> Iterator[CheckStep]:
        with _as_backend_errors():
            yield from check_service_key(text, resource_group, self._build_transport)

    def examine(self, calls: bool) -> Iterator[Finding]:
        engine = self._controller.engine
        port = engine.port if engine else None
        patient = build_patient(self._source, os.environ, self._config_dir, Path.home(), port)
        return examine(patient, self._model_calls if calls else None)

    def _model_calls(self) -> AbstractContextManager[ModelCalls]:
        engine = self._controller.engine
        names = tuple(engine.router.table.models) if engine else ()
        return running_calls(names, self.test_call, self._texts.not_running)

    def test_call(self, model: str) -> str:
        engine = self._controller.engine
        if engine is None:
            raise BackendError(self._texts.not_running)
        with _as_backend_errors():
            tls = self._source.settings().tls
        proxy = LocalProxy(engine.base_url, Secret(self.first_key()), tls.cert if tls else None)
        try:
            return proxy.ask(model, [{"role": "user", "content": _QUESTION}])
        except CallFailedError as error:
            raise BackendError(str(error)) from error

    def reveal_api_key(self, key_id: str) -> str:
        with _as_backend_errors():
            found = dict(self._source.api_keys()).get(key_id)
        if found is None:
            raise BackendError(self._texts.no_key)
        return found.reveal()

    # --- the proxy

    def start(self) -> None:
        snapshot = self._wait(self._controller.start)
        if snapshot.state is State.FAILED:
            raise BackendError(describe_state(snapshot, self._texts))

    def start_on_port(self, port: int) -> None:
        """Set the port and start. Raises `BackendError`."""
        with _as_backend_errors():
            self._source.move_to_port(port)
        self.start()

    def stop(self) -> None:
        self._wait(self._controller.stop)

    def refresh(self) -> str:
        if self._controller.engine is None:
            raise BackendError(self._texts.not_running)
        snapshot = self._wait(self._controller.refresh)
        parts = [describe_refresh(snapshot.last_refresh, self._texts) + "."] if snapshot.last_refresh else []
        parts += [
            self._texts.account_failed.format(name=one.name, problem=one.problem)
            for one in snapshot.failing_accounts
        ]
        return " ".join(parts)

    def try_again(self) -> None:
        if (engine := self._controller.engine) is None:
            raise BackendError(self._texts.not_running)
        engine.try_again()

    # --- accounts, keys and settings

    def save_account(self, name: str, text: str, resource_groups: Sequence[str]) -> None:
        try:
            key = read_key_text(text)
            parse_service_key(key, name)
        except ConfigurationError as error:
            raise BackendError(str(error), field="text") from error
        with _as_backend_errors("name"):
            self._source.require_profile().add_accounts(key, _names_of_groups(name, resource_groups))
        self._wait(self._controller.reload)

    def remove_account(self, name: str) -> None:
        profile = self._source.require_profile()
        with _as_backend_errors():
            profile.remove_account(name)
        self._wait(self._controller.reload)

    def import_config(self, text: str) -> str:
        profile = self._source.require_profile()
        with _as_backend_errors("text"):
            taken = import_config(profile, text, working_dir=self._config_dir)
        self._wait(self._controller.reload)
        return describe_import(taken, self._texts.imported, self._texts)

    def save_settings(self, values: JsonObject) -> None:
        if "start_at_login" in values:
            self._login.set(values["start_at_login"] is True)
        if not FORM_KEYS.isdisjoint(values):
            profile = self._source.require_profile()
            require_free_address(self._source, values, self._texts)
            with _as_backend_errors():
                changes = write_form(profile.document(), values)
                changed = {key for key, value in changes.items() if profile.document().get(key) != value}
                profile.change(changes)
            if changed - {"notifications", "update_check"}:
                self._wait(self._controller.reload)
                return
        self._wait(self._controller.update)

    def secure_secrets(self) -> str:
        profile = self._source.require_profile()
        with _as_backend_errors():
            taken = import_config(profile, profile.files.path, working_dir=self._config_dir)
            rest = profile.holds_plain_secrets()
        self._wait(self._controller.reload)
        sentence = describe_import(replace(taken, settings=()), self._texts.secured, self._texts)
        return f"{sentence} {self._texts.not_secured}" if rest else sentence

    def repair(self, choice: Repair) -> None:
        with _as_backend_errors():
            self._source.repair(choice)
        self._wait(self._controller.reload)

    def open_logs(self) -> None:
        folder = self._log_file.parent
        if not self._open_folder(folder):
            raise BackendError(self._texts.cannot_open.format(what=folder))

    def quit(self) -> None:
        self._quit_program()

    def add_api_key(self) -> str:
        return self._change_keys(lambda profile: profile.add_api_key()[1].reveal())

    def rotate_api_key(self, key_id: str) -> str:
        return self._change_keys(lambda profile: profile.rotate_api_key(key_id).reveal())

    def remove_api_key(self, key_id: str) -> None:
        self._change_keys(lambda profile: profile.remove_api_key(key_id))

    def choose_secret_store(self, choice: Literal["memory", "file"], passphrase: str) -> None:
        with _as_backend_errors("passphrase"):
            store: SecretStore = (
                MemorySecretStore()
                if choice == "memory"
                else EncryptedFileStore(self._config_dir / ENCRYPTED_FILE_NAME, Secret(passphrase))
            )
        self._source.use_store(store)
        self._wait(self._controller.start)

    # --- parts

    def _change_keys(self, change: Callable[[Profile], _T]) -> _T:
        """The running proxy takes the new keys at once; its streams go on."""
        profile = self._source.require_profile()
        with _as_backend_errors():
            result = change(profile)
            keys = profile.client_keys()
        if (engine := self._controller.engine) is not None:
            engine.replace_api_keys(keys)
        elif self._controller.snapshot.state is State.STARTING:
            self._controller.reload()
        return result

    def _wait(self, command: Callable[[], Any]) -> Snapshot:
        try:
            snapshot: Snapshot = command().result(_WAIT_SECONDS)
        except FutureTimeoutError as error:
            raise BackendError(self._texts.takes_long) from error
        return snapshot

    def _build_transport(self) -> Transport:
        """As configured, so that the check goes the way that the proxy will go."""
        try:
            settings = self._source.settings()
        except (ConfigurationError, SecretStoreError):
            folder = self._config_dir
            settings = Settings(config_dir=folder, state_dir=folder, cache_dir=folder)
        return build_transport(settings)


def _describe_account(account: AccountState, hint: str) -> JsonObject:
    return {
        "name": account.name,
        "resource_group": account.resource_group,
        "models": account.models,
        "problem": account.problem,
        "client_id": hint,
    }


def _names_of_groups(name: str, groups: Sequence[str]) -> dict[str, str]:
    """The sub-accounts' names for the resource groups of one key."""
    if len(groups) == 1:
        return {name: groups[0]}
    return {f"{name}-{group}": group for group in groups}


@contextmanager
def _as_backend_errors(field: str | None = None) -> Iterator[None]:
    """`field` is the form's field for an error that names none."""
    try:
        yield
    except ConfigurationError as error:
        raise BackendError(str(error), field=field_of_path(error.path) or field) from error
    except SecretStoreError as error:
        raise BackendError(str(error), field=field) from error
