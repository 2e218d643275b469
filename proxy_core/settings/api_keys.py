"""The keys that clients of this proxy must send. There is always one: it is made when none is configured."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from proxy_core.errors import ConfigurationError
from proxy_core.settings.json_file import write_private_text
from proxy_core.settings.model import Settings
from proxy_core.settings.secret import Secret

__all__ = ["ApiKeys", "resolve_api_keys"]

_FILE_NAME = "api_key"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """`generated_in` is the file of a key that this program made, None for configured keys. `is_new` is true
    at the one start that made it: then the key is shown."""

    keys: tuple[Secret, ...]
    generated_in: Path | None = None
    is_new: bool = False


def resolve_api_keys(settings: Settings) -> ApiKeys:
    """The configured keys, else the generated one, which lives in the config folder with mode 0600.

    Raises `ConfigurationError` when it can be neither read nor written.
    """
    if settings.api_keys:
        return ApiKeys(settings.api_keys)
    path = settings.config_dir / _FILE_NAME
    try:
        if known := _read(path):
            return ApiKeys((Secret(known),), generated_in=path)
        made = secrets.token_urlsafe(_KEY_BYTES)
        write_private_text(path, made + "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The file {path} for the generated key cannot be used ({type(error).__name__}). "
            "Make its folder writable, or set secret_authentication_tokens in the config file."
        ) from error
    return ApiKeys((Secret(made),), generated_in=path, is_new=True)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
