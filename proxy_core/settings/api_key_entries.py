"""The entries of `secret_authentication_tokens`: a text, or an object with the key and what holds for it.

`"text"`, `{"secret": "api-key/1"}` and `{"key": "text", "name": "ci", "daily_tokens": 1000000}` are entries. Opens
no file and changes nothing.
"""

from collections.abc import Mapping
from typing import Any

from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject
from proxy_core.settings.keys import known_members
from proxy_core.settings.model import ApiKeyOptions
from proxy_core.settings.reader import Value, unknown_key_warnings
from proxy_core.settings.references import read_api_key
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStore

__all__ = [
    "api_key_options",
    "plain_api_key",
    "read_api_key_options",
    "read_api_keys",
    "read_daily_tokens",
    "referenced_api_key",
    "with_stand_in",
]

_KEY_MEMBERS = ("key", "secret")
_MOST_TOKENS = 10**12


def referenced_api_key(raw: Any) -> str | None:
    """The key in the store that an entry names, None for an entry that holds the key itself."""
    match raw:
        case {"secret": str() as key} if "key" not in raw:
            return key.strip()
    return None


def plain_api_key(raw: Any) -> str | None:
    """The key that an entry itself holds."""
    match raw:
        case str() as key:
            return key
        case {"key": str() as key}:
            return key
    return None


def api_key_options(raw: Any) -> JsonObject:
    """All that an entry says beside the key, unknown members too: a new key in its place keeps it."""
    if not isinstance(raw, dict):
        return {}
    return {name: value for name, value in raw.items() if name not in _KEY_MEMBERS}


def with_stand_in(raw: Any, stand_in: str) -> Any:
    """The entry with something harmless in place of its key."""
    return {**api_key_options(raw), "key": stand_in} if isinstance(raw, dict) else stand_in


def read_api_keys(
    keys: Value, secrets: SecretStore | None, warnings: list[str]
) -> tuple[tuple[Secret, ...], Mapping[Secret, ApiKeyOptions]]:
    """The keys in their order, and what holds for those that say something. A key whose secret is gone is left
    out with a warning as long as another is there. Raises `ConfigurationError`."""
    found: dict[Secret, ApiKeyOptions] = {}
    gone: list[ConfigurationError] = []
    for item in keys.items("a list of keys"):
        options = read_api_key_options(item, warnings)
        try:
            found.setdefault(read_api_key(item, secrets), options)
        except ConfigurationError as error:
            if not referenced_api_key(item.raw):
                raise
            gone.append(error)
    if gone and not found:
        raise gone[0]
    warnings += [f"{error} The other keys work without it." for error in gone]
    return tuple(found), {key: options for key, options in found.items() if options != ApiKeyOptions()}


def read_api_key_options(item: Value, warnings: list[str]) -> ApiKeyOptions:
    """What an entry says beside its key. Raises `ConfigurationError`."""
    if not isinstance(item.raw, dict):
        return ApiKeyOptions()
    known = known_members("secret_authentication_tokens[]")
    warnings += unknown_key_warnings(item, item.unknown_members(known), known)
    name = item.get("name")
    return ApiKeyOptions(
        name=name.text("build server") if name.given else None,
        daily_tokens=read_daily_tokens(item.get("daily_tokens")),
    )


def read_daily_tokens(value: Value) -> int | None:
    """A budget in tokens; None when none is given. Raises `ConfigurationError`."""
    return value.integer(1, 1, _MOST_TOKENS) if value.given else None
