"""The keys that clients of this proxy must send. There is always one: it is made when none is configured."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proxy_core.errors import ConfigurationError
from proxy_core.settings.json_file import write_private_text
from proxy_core.settings.model import ApiKeyOptions, Settings
from proxy_core.settings.secret import Secret

__all__ = [
    "ApiKeys",
    "configured_api_keys",
    "find_api_keys",
    "generate_api_key",
    "keep_api_keys",
    "key_identity",
    "resolve_api_keys",
]

_FILE_NAME = "api_key"
_KEY_BYTES = 32
_IDENTITY_DIGITS = 16
_IN_CONFIG = "The keys are in the configuration file under `secret_authentication_tokens`."
_IN_FOLDER = f"The key was shown at the first start; it is in the file `{_FILE_NAME}` of the configuration folder."


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """`generated_in` is the file of a key that this program made, None for configured keys. `is_new` is true
    for a key that was made just now: it is to be kept and shown. `where` is a sentence for who has no key.
    `options` by key; one without an entry has none."""

    keys: tuple[Secret, ...]
    generated_in: Path | None = None
    is_new: bool = False
    where: str = _IN_CONFIG
    options: Mapping[Secret, ApiKeyOptions] = field(default_factory=dict, hash=False)


def key_identity(key: str) -> str:
    """A short name for a key, from which the key cannot be found: what counts by key is kept under it."""
    return hashlib.sha256(key.encode()).hexdigest()[:_IDENTITY_DIGITS]


def configured_api_keys(settings: Settings) -> ApiKeys:
    """The keys of the configuration, however many these are."""
    return ApiKeys(settings.api_keys, options=settings.api_key_options)


def find_api_keys(settings: Settings) -> ApiKeys | None:
    """The configured keys, else the one that was generated before, else None. Raises `ConfigurationError`."""
    if settings.api_keys:
        return configured_api_keys(settings)
    path = _path(settings)
    try:
        known = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error
    return ApiKeys((Secret(known),), generated_in=path, where=_IN_FOLDER) if known else None


def resolve_api_keys(settings: Settings) -> ApiKeys:
    """The keys that are there, else a new one. Writes nothing: a start that fails must not use up the one time
    that the key is shown. Raises `ConfigurationError`."""
    found = find_api_keys(settings)
    return found or ApiKeys((generate_api_key(),), generated_in=_path(settings), is_new=True, where=_IN_FOLDER)


def generate_api_key() -> Secret:
    """A new key of 256 random bits, in characters that every header and URL can carry."""
    return Secret(secrets.token_urlsafe(_KEY_BYTES))


def keep_api_keys(api_keys: ApiKeys) -> None:
    """Store a new key in the config folder, with mode 0600. Raises `ConfigurationError`."""
    if not api_keys.is_new or api_keys.generated_in is None:
        return
    try:
        write_private_text(api_keys.generated_in, api_keys.keys[0].reveal() + "\n")
    except OSError as error:
        raise _unusable(api_keys.generated_in, error) from error


def _path(settings: Settings) -> Path:
    return settings.config_dir / _FILE_NAME


def _unusable(path: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"The file {path} for the generated key cannot be used ({type(error).__name__}). "
        "Make its folder writable, or set secret_authentication_tokens in the config file."
    )
