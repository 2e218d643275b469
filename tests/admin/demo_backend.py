"""A backend for the settings page that does everything for real, with the engine, and keeps it in memory."""

import collections
import http.client
import json
import logging
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from proxy_core.admin.backend import ApiKeyInfo, BackendError, CheckStep, DeploymentRow, Overview, Repair
from proxy_core.admin.deployment_rows import build_deployment_rows
from proxy_core.aicore.key_check import check_service_key, client_id_hint, read_key_text
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.aicore.transport import Timeouts, Transport
from proxy_core.doctor.examination import Patient, examine
from proxy_core.doctor.finding import Finding
from proxy_core.doctor.model_calls import ModelCallError, ModelCalls
from proxy_core.engine import Engine
from proxy_core.errors import ConfigurationError, ProxyError
from proxy_core.json_text import JsonError, JsonObject, load_json
from proxy_core.settings.api_keys import ApiKeys
from proxy_core.settings.model import ModelFilters, ServiceKeyDocument, Settings, SubAccountSettings
from proxy_core.settings.secret import Secret

__all__ = ["DemoBackend", "LogTail", "free_port"]

_KEY_BYTES = 32
_HINT = 4
_SHORTEST_PASSPHRASE = 8


class LogTail(logging.Handler):
    """The newest lines of a log."""

    def __init__(self, limit: int = 200) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self.lines: collections.deque[str] = collections.deque(maxlen=limit)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.extend(self.format(record).splitlines())


class DemoBackend:
    """One proxy with everything that the page can do. `keyring` false leaves the choice of a store to the user."""

    def __init__(
        self, home: Path, log: logging.Logger, tail: LogTail, port: int, *, keyring: bool = True, demo: bool = False
    ) -> None:
        self._home = home
        self._log = log
        self._tail = tail
        self._demo = demo
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._problem = ""
        self._accounts: dict[str, tuple[JsonObject, str]] = {}
        self._keys: dict[str, str] = {"1": secrets.token_urlsafe(_KEY_BYTES)}
        self._store = "a dictionary of the test" if keyring else ""
        self._form: JsonObject = {
            "port": port, "host": "127.0.0.1", "include": [], "exclude": [], "aliases": {},
            "start_at_login": False, "notifications": True,
        }  # fmt: skip
        self._rows: tuple[DeploymentRow, ...] = ()
        self.locked = False
        self.fixed_file = ""
        self.refuses = False
        self.plain_secrets = False
        self.repairs: tuple[Repair, ...] = ()
        self.free_port: int | None = None
        self.opening = False
        self.asked: list[str] = []

    # --- what it shows

    @property
    def base_url(self) -> str:
        return f"http://{self._form['host']}:{self._form['port']}"

    def overview(self) -> Overview:
        with self._lock:
            return Overview(
                state="running" if self._engine else "failed" if self._problem else "stopped",
                status=self._status(),
                base_url=self.base_url,
                demo=self._demo,
                version="1.0.0 (test)",
                accounts=[self._account(name) for name in self._accounts],
                api_keys=[ApiKeyInfo(key_id, key[-_HINT:]) for key_id, key in self._keys.items()],
                models=self._rows,
                settings=self._form,
                secret_store=self._store,
                log_lines=list(self._tail.lines),
                problem=self._problem_word(),
                free_port=self.free_port,
                store_opening=self.opening,
                store_refuses=self.refuses,
                store_locked=self.locked,
                fixed_file=self.fixed_file,
                plain_secrets=self.plain_secrets,
                repairs=self.repairs,
                log_file="/home/me/.local/state/ai-core-proxy/tray.log",
                health=self._engine.status()["models"] if self._engine else (),
            )

    def _problem_word(self) -> str:
        if not self._store:
            return "secrets_locked" if self.locked or self.refuses else "no_keyring"
        if not self._accounts:
            return "no_account"
        return "configuration" if self._problem else ""

    def _status(self) -> str:
        if self._engine:
            address = self.base_url.removeprefix("http://")
            return f"Running on {address} · {len(self._engine.router.table.models)} models"
        return self._problem or "Stopped"

    def _account(self, name: str) -> Mapping[str, Any]:
        value, group = self._accounts[name]
        return {
            "name": name,
            "resource_group": group,
            "models": len({n for row in self._rows if row.account == name for n in row.names}),
            "problem": None,
            "client_id": client_id_hint(parse_service_key(value, "here").client_id),
        }

    # --- start, stop, refresh

    def start(self) -> None:
        with self._lock:
            if self._engine:
                return
            if not self._accounts:
                self._problem = "No sub-account is configured"
                raise BackendError("Add a service key first.")
            try:
                engine = Engine(self._settings(), self._api_keys(), {}, self._log)
                engine.start()
            except ConfigurationError as error:
                self._problem = str(error)
                raise BackendError(str(error)) from error
            self._engine, self._problem = engine, ""
            self._read_rows()

    def start_on_port(self, port: int) -> None:
        self._form = {**self._form, "port": port}
        self.free_port = None
        self.start()

    def stop(self) -> None:
        with self._lock:
            engine, self._engine = self._engine, None
            if engine:
                engine.stop()
            self._rows = ()

    def refresh(self) -> str:
        with self._lock:
            if not self._engine:
                raise BackendError("The proxy does not run. Start it first.")
            self._engine.refresh()
            self._read_rows()
            return f"{len(self._engine.router.table.models)} models"

    def try_again(self) -> None:
        if not self._engine:
            raise BackendError("The proxy does not run. Start it first.")
        self._engine.try_again()

    def _restart(self) -> None:
        if self._engine:
            self.stop()
            self.start()

    def _read_rows(self) -> None:
        assert self._engine
        found = {}
        for name in self._accounts:
            try:
                found[name] = self._engine.read_account(name)
            except ProxyError as error:
                self._log.warning("%s", error)
        self._rows = build_deployment_rows(
            self._engine.router.table,
            [one for deployments, _ in found.values() for one in deployments],
            {name: catalogue for name, (_, catalogue) in found.items()},
        )

    def _settings(self) -> Settings:
        return Settings(
            config_dir=self._home,
            state_dir=self._home,
            cache_dir=self._home,
            sub_accounts=tuple(
                SubAccountSettings(name, group, ServiceKeyDocument("of the test", value))
                for name, (value, group) in self._accounts.items()
            ),
            model_filters=ModelFilters(_patterns(self._form, "include"), _patterns(self._form, "exclude")),
            model_aliases=self._form["aliases"],
            host=self._form["host"],
            port=self._form["port"],
        )

    def _api_keys(self) -> ApiKeys:
        return ApiKeys(tuple(Secret(key) for key in self._keys.values()))

    # --- accounts

    def check_key(self, text: str, resource_group: str) -> Iterator[CheckStep]:
        return check_service_key(text, resource_group, _transport)

    def save_account(self, name: str, text: str, resource_groups: Sequence[str]) -> None:
        if not self._store:
            raise BackendError("Choose first where secrets are kept.")
        try:
            value = read_key_text(text)
            parse_service_key(value, "pasted here")
        except ConfigurationError as error:
            raise BackendError(str(error), field="text") from error
        with self._lock:
            for group in resource_groups:
                self._accounts[name if len(resource_groups) == 1 else f"{name}-{group}"] = (value, group)
            self._restart()

    def remove_account(self, name: str) -> None:
        with self._lock:
            if self._accounts.pop(name, None) is None:
                raise BackendError(f"There is no sub-account {name}.")
            if self._accounts:
                self._restart()
            else:
                self.stop()

    def import_config(self, text: str) -> str:
        try:
            value = load_json(text)
        except JsonError as error:
            raise BackendError(f"The file is not valid JSON: {error}.", field="text") from error
        accounts = value.get("subAccounts") if isinstance(value, dict) else None
        if not isinstance(accounts, dict):
            raise BackendError("The file has no subAccounts.", field="text")
        for name, item in accounts.items():
            self.save_account(name, json.dumps(item["service_key_json"]), [item.get("resource_group", "default")])
        return f"{len(accounts)} sub-accounts were taken over."

    def choose_secret_store(self, choice: Literal["memory", "file"], passphrase: str) -> None:
        if choice == "file" and len(passphrase) < _SHORTEST_PASSPHRASE:
            raise BackendError("The passphrase must have at least 8 characters.", field="passphrase")
        self._store = {"memory": "memory, until the program ends", "file": "an encrypted file"}[choice]
        self.locked = False

    def secure_secrets(self) -> str:
        self.plain_secrets = False
        return "Moved: 1 account."

    def repair(self, choice: Repair) -> None:
        self.asked.append(choice)
        self.repairs = ()

    def open_logs(self) -> None:
        self.asked.append("open-logs")

    def quit(self) -> None:
        self.asked.append("quit")

    def forget_secret_store(self, *, locked: bool) -> None:
        """As on a machine without a keyring; `locked` as after a restart with an encrypted file."""
        self._store = ""
        self.locked = locked

    # --- settings

    def save_settings(self, values: JsonObject) -> None:
        port = values["port"]
        if not isinstance(port, int) or not 1 <= port <= 65535:
            raise BackendError("The port must be a number from 1 to 65535.", field="port")
        for name in ("include", "exclude"):
            _patterns(values, name)
        with self._lock:
            self._form = {**self._form, **values}
            self._restart()

    # --- API keys

    def add_api_key(self) -> str:
        with self._lock:
            number = str(max(map(int, self._keys), default=0) + 1)
            self._keys[number] = secrets.token_urlsafe(_KEY_BYTES)
            self._restart()
            return self._keys[number]

    def rotate_api_key(self, key_id: str) -> str:
        with self._lock:
            self.reveal_api_key(key_id)
            self._keys[key_id] = secrets.token_urlsafe(_KEY_BYTES)
            self._restart()
            return self._keys[key_id]

    def remove_api_key(self, key_id: str) -> None:
        with self._lock:
            if len(self._keys) == 1:
                raise BackendError("The last key must stay.")
            self.reveal_api_key(key_id)
            del self._keys[key_id]
            self._restart()

    def reveal_api_key(self, key_id: str) -> str:
        if key_id not in self._keys:
            raise BackendError("There is no such key.")
        return self._keys[key_id]

    # --- clients

    def client_settings(self) -> Mapping[str, str]:
        key = next(iter(self._keys.values()))
        return {
            "Claude Code": f"export ANTHROPIC_BASE_URL={self.base_url}\nexport ANTHROPIC_AUTH_TOKEN={key}\n"
            "export NO_PROXY=127.0.0.1,localhost\nclaude",
            "Environment": f"OPENAI_BASE_URL={self.base_url}/v1\nOPENAI_API_KEY={key}",
        }

    def examine(self, calls: bool) -> Iterator[Finding]:
        patient = Patient(self._settings(), {}, self._home, self._api_keys().keys)
        return examine(patient, self._model_calls if calls else None)

    @contextmanager
    def _model_calls(self) -> Iterator[ModelCalls]:
        if not self._engine:
            raise ModelCallError("The proxy does not run. Start it first.")
        yield ModelCalls(tuple(self._engine.router.table.models), self.test_call)

    def test_call(self, model: str) -> str:
        if not self._engine:
            raise BackendError("The proxy does not run. Start it first.")
        question = {"model": model, "messages": [{"role": "user", "content": "Say hello in one sentence."}]}
        connection = http.client.HTTPConnection("127.0.0.1", self._engine.port, timeout=30)
        try:
            key = next(iter(self._keys.values()))
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            connection.request("POST", "/v1/chat/completions", json.dumps(question), headers)
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "error" in answer:
            raise BackendError(answer["error"]["message"])
        return str(answer["choices"][0]["message"]["content"])


def _patterns(values: JsonObject, name: str) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(re.compile(text) for text in values[name])
    except re.error as error:
        raise BackendError(f"This is not a regular expression: {error}.", field=name) from error


def _transport() -> Transport:
    return Transport(timeouts=Timeouts(connect=5, first_byte=10, idle=10))


def free_port(bind: Callable[[str, int], Any]) -> int:
    """A port that was free a moment ago. `bind` is `bind_socket`."""
    bound = bind("127.0.0.1", 0)
    port: int = bound.getsockname()[1]
    bound.close()
    return port
