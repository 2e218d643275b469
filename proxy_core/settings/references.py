"""References to secrets in a config file: `{"secret": "service-key/my-account"}` in place of the secret itself."""

import re
from typing import Any

from proxy_core.json_text import JsonError, JsonObject, load_json
from proxy_core.settings.reader import Value
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStore, SecretStoreError

__all__ = ["build_reference", "read_api_key", "read_key_document", "referenced_key"]

_PLACEHOLDER = re.compile(
    r"<.*>|\{.*\}|\.{3}|…|x{3,}|(your|insert|replace|choose)[-_ ].*|change[-_ ]?(me|it|this)|todo", re.IGNORECASE
)
_EXAMPLE = "service-key/my-account"


def build_reference(key: str) -> JsonObject:
    return {"secret": key}


def referenced_key(raw: Any) -> str | None:
    """The key in the store that a value of the config file names, None for a value that is no reference."""
    match raw:
        case {"secret": str() as key} if len(raw) == 1:
            return key.strip()
    return None


def read_key_document(reference: Value, secrets: SecretStore | None) -> tuple[str, JsonObject]:
    """Where the service key is, for people, and its JSON. Raises `ConfigurationError`, one line."""
    key = reference.get("secret").text(_EXAMPLE)
    text = _resolve(reference, key, secrets).reveal()
    try:
        value = load_json(text)
    except JsonError:
        value = None
    if not isinstance(value, dict):
        raise reference.error(f'names the secret "{key}", which is not a service key. Enter the service key again.')
    return f'in the secret "{key}"', value


def read_api_key(item: Value, secrets: SecretStore | None) -> Secret:
    """A key that clients send, written there or referenced. Raises `ConfigurationError`, one line."""
    if not isinstance(item.raw, dict):
        return _checked_api_key(item)
    if "key" not in item.raw:
        return _resolve(item, item.get("secret").text("api-key/1"), secrets)
    if "secret" in item.raw:
        raise item.error("holds both `key` and `secret`. Leave one of them out.")
    return _checked_api_key(item.get("key"))


def _checked_api_key(item: Value) -> Secret:
    text = item.text("a long random text")
    if _PLACEHOLDER.fullmatch(text):
        raise item.error(
            "is a placeholder from an example. Put a long random text of your own there, "
            "or leave the list empty to have a key made."
        )
    if " " in text:
        raise item.error("holds a space, which not every client can send. Use another key.")
    return Secret(text)


def _resolve(reference: Value, key: str, secrets: SecretStore | None) -> Secret:
    named = f'names the secret "{key}",'
    if secrets is None:
        raise reference.error(f"{named} but no store of secrets is open here. Put a path or the value there.")
    try:
        found = secrets.get(key)
    except SecretStoreError as error:
        raise reference.error(f"{named} which cannot be read: {error}") from error
    if found is None:
        raise reference.error(f"{named} which is not in {secrets.label}. Enter it again on the settings page.")
    return found
