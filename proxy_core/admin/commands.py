"""What the page can ask, as a table: a name, and what it does with the backend. No HTTP.

A command takes the fields of a JSON object and gives one back. Raises `BackendError` with the field at fault.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Literal

from proxy_core.admin.backend import AdminBackend, BackendError, CheckStep, Repair
from proxy_core.json_text import JsonObject

__all__ = ["COMMANDS", "Fields", "encode_overview", "encode_step"]

_LONGEST_NAME = 64


class Fields:
    """The fields of a command, with their types checked."""

    def __init__(self, values: JsonObject) -> None:
        self.values = values

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise BackendError(f"{name} must be a text.", field=name)
        return value

    def required(self, name: str, missing: str) -> str:
        """A text that is not blank, without the blanks around it; `missing` is the sentence to say otherwise."""
        value = self.text(name).strip()
        if not value:
            raise BackendError(missing, field=name)
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts without blanks around them and without empty ones."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BackendError(f"{name} must be a list of texts.", field=name)
        return [stripped for one in value if (stripped := one.strip())]


def encode_overview(backend: AdminBackend) -> JsonObject:
    """Everything that the page shows at once."""
    overview = backend.overview()
    return {
        "state": overview.state,
        "status": overview.status,
        "base_url": overview.base_url,
        "demo": overview.demo,
        "version": overview.version,
        "accounts": [dict(account) for account in overview.accounts],
        "api_keys": [asdict(key) for key in overview.api_keys],
        "models": [asdict(row) for row in overview.models],
        "settings": overview.settings,
        "secret_store": overview.secret_store,
        "log_lines": list(overview.log_lines),
        "problem": overview.problem,
        "free_port": overview.free_port,
        "store_opening": overview.store_opening,
        "store_refuses": overview.store_refuses,
        "store_locked": overview.store_locked,
        "fixed_file": overview.fixed_file,
        "plain_secrets": overview.plain_secrets,
        "repairs": list(overview.repairs),
        "log_file": overview.log_file,
        "health": list(overview.health),
    }


def encode_step(step: CheckStep) -> JsonObject:
    return {**asdict(step), "facts": dict(step.facts)}


def _start(backend: AdminBackend, _fields: Fields) -> JsonObject:
    backend.start()
    return {}


def _start_on_port(backend: AdminBackend, fields: Fields) -> JsonObject:
    port = fields.values.get("port")
    if not isinstance(port, int):
        raise BackendError("Which port?", field="port")
    backend.start_on_port(port)
    return {}


def _stop(backend: AdminBackend, _fields: Fields) -> JsonObject:
    backend.stop()
    return {}


def _refresh(backend: AdminBackend, _fields: Fields) -> JsonObject:
    return {"message": backend.refresh()}


def _try_again(backend: AdminBackend, _fields: Fields) -> JsonObject:
    backend.try_again()
    return {}


def _save_account(backend: AdminBackend, fields: Fields) -> JsonObject:
    name = fields.required("name", "Give the sub-account a name.")
    if len(name) > _LONGEST_NAME:
        raise BackendError(f"The name must have at most {_LONGEST_NAME} characters.", field="name")
    groups = fields.texts("resource_groups")
    if not groups:
        raise BackendError("Choose at least one resource group.", field="resource_groups")
    backend.save_account(name, fields.required("text", "Paste a service key first."), groups)
    return {}


def _remove_account(backend: AdminBackend, fields: Fields) -> JsonObject:
    backend.remove_account(fields.required("name", "Which sub-account?"))
    return {}


def _import_config(backend: AdminBackend, fields: Fields) -> JsonObject:
    return {"message": backend.import_config(fields.required("text", "Choose a config.json first."))}


def _save_settings(backend: AdminBackend, fields: Fields) -> JsonObject:
    backend.save_settings(fields.values)
    return {}


def _add_api_key(backend: AdminBackend, _fields: Fields) -> JsonObject:
    return {"key": backend.add_api_key()}


def _rotate_api_key(backend: AdminBackend, fields: Fields) -> JsonObject:
    return {"key": backend.rotate_api_key(fields.required("id", "Which key?"))}


def _remove_api_key(backend: AdminBackend, fields: Fields) -> JsonObject:
    backend.remove_api_key(fields.required("id", "Which key?"))
    return {}


def _reveal_api_key(backend: AdminBackend, fields: Fields) -> JsonObject:
    return {"key": backend.reveal_api_key(fields.required("id", "Which key?"))}


def _client_settings(backend: AdminBackend, _fields: Fields) -> JsonObject:
    return {"clients": [{"name": name, "text": text} for name, text in backend.client_settings().items()]}


def _test_call(backend: AdminBackend, fields: Fields) -> JsonObject:
    return {"answer": backend.test_call(fields.required("model", "Choose a model."))}


def _choose_secret_store(backend: AdminBackend, fields: Fields) -> JsonObject:
    choices: dict[str, Literal["memory", "file"]] = {"memory": "memory", "file": "file"}
    choice = choices.get(fields.text("choice"))
    if choice is None:
        raise BackendError("Choose where the secrets go.", field="choice")
    passphrase = fields.text("passphrase")
    if choice == "file" and not passphrase:
        raise BackendError("Give a passphrase for the encrypted file.", field="passphrase")
    backend.choose_secret_store(choice, passphrase)
    return {}


def _secure_secrets(backend: AdminBackend, _fields: Fields) -> JsonObject:
    return {"message": backend.secure_secrets()}


def _repair(backend: AdminBackend, fields: Fields) -> JsonObject:
    choices: dict[str, Repair] = {"backup": "backup", "anew": "anew"}
    choice = choices.get(fields.text("choice"))
    if choice is None:
        raise BackendError("Choose how to mend it.", field="choice")
    backend.repair(choice)
    return {}


def _open_logs(backend: AdminBackend, _fields: Fields) -> JsonObject:
    backend.open_logs()
    return {}


def _quit(backend: AdminBackend, _fields: Fields) -> JsonObject:
    backend.quit()
    return {}


COMMANDS: Mapping[str, Callable[[AdminBackend, Fields], dict[str, Any]]] = {
    "start": _start,
    "start-on-port": _start_on_port,
    "stop": _stop,
    "refresh": _refresh,
    "try-again": _try_again,
    "save-account": _save_account,
    "remove-account": _remove_account,
    "import-config": _import_config,
    "save-settings": _save_settings,
    "add-api-key": _add_api_key,
    "rotate-api-key": _rotate_api_key,
    "remove-api-key": _remove_api_key,
    "reveal-api-key": _reveal_api_key,
    "client-settings": _client_settings,
    "test-call": _test_call,
    "choose-secret-store": _choose_secret_store,
    "secure-secrets": _secure_secrets,
    "repair": _repair,
    "open-logs": _open_logs,
    "quit": _quit,
}
"""By the last part of the path. Each may block for seconds."""
