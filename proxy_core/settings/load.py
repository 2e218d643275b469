"""From the config file, in all its forms, to `Settings`. Reads files; opens no socket and changes nothing."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject
from proxy_core.settings.api_key_entries import read_api_keys, read_daily_tokens
from proxy_core.settings.directories import Directories, resolve_directories
from proxy_core.settings.json_file import read_json_object
from proxy_core.settings.keys import known_members
from proxy_core.settings.limits import read_limit_settings, read_timeouts
from proxy_core.settings.model import (
    DEFAULT_BODY_LIMIT_MB,
    DEFAULT_PORT,
    DEFAULT_TLS_PORT,
    LogLevel,
    ModelFilters,
    OrchestrationSettings,
    Settings,
    TlsSettings,
)
from proxy_core.settings.reader import Value, is_loopback, unknown_key_warnings
from proxy_core.settings.secret_store import SecretStore
from proxy_core.settings.sub_accounts import FLAT_KEYS, Folders, read_sub_accounts
from proxy_core.wire.orchestration import MODULES

__all__ = ["KNOWN_KEYS", "TRAY_KEYS", "Loaded", "Overrides", "load_document", "load_settings"]

_MEBIBYTE = 1024 * 1024
_LOG_LEVELS: dict[str, LogLevel] = {
    "debug": "debug", "info": "info", "warning": "warning", "warn": "warning", "error": "error",
}  # fmt: skip

KNOWN_KEYS = known_members("")
"""Keys of the top level, from the table in `keys.py`."""

TRAY_KEYS = ("notifications", "start_at_login", "update_check")
"""Keys that only the tray application obeys: true or false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says; it wins over the file. None: not said."""

    port: int | None = None
    host: str | None = None
    log_level: LogLevel | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and what the user should be told about them, one line each."""

    settings: Settings
    warnings: tuple[str, ...]


def load_settings(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    overrides: Overrides = Overrides(),
    working_dir: Path | None = None,
    secrets: SecretStore | None = None,
) -> Loaded:
    """Load the file at `path`; without one `config.json` of the working directory, then of the user's config
    folder, then no file at all, so that the environment alone may give the credentials.

    `secrets` is asked only for what the file refers to. Raises `ConfigurationError` in one line that names the
    file, the JSON path and the fix.
    """
    working = working_dir or Path.cwd()
    directories = resolve_directories(environ)
    file = working / path.expanduser() if path else _find_file(working, directories.config)
    raw = read_json_object(file, "The config file") if file else {}
    return load_document(
        raw, file, directories=directories, working_dir=working, overrides=overrides, secrets=secrets
    )


def load_document(
    raw: JsonObject,
    file: Path | None,
    *,
    directories: Directories,
    working_dir: Path,
    overrides: Overrides = Overrides(),
    secrets: SecretStore | None = None,
) -> Loaded:
    """Load what a config file holds. Relative paths start at the folder of `file`, then at `working_dir`.

    Raises `ConfigurationError` as `load_settings` does.
    """
    document = Value(raw, file.name if file else "config.json")
    folders = Folders(config=file.parent if file else working_dir, working=working_dir)
    warnings: list[str] = []
    unknown = document.unknown_members((*KNOWN_KEYS, *FLAT_KEYS))
    warnings += unknown_key_warnings(document, unknown, (*KNOWN_KEYS, *FLAT_KEYS))
    for key in TRAY_KEYS:
        document.get(key).boolean(default=True)
    tls = _read_tls(document.get("tls"), file, folders, overrides, warnings)
    api_keys, api_key_options = read_api_keys(document.get("secret_authentication_tokens"), secrets, warnings)
    settings = Settings(
        config_dir=directories.config,
        state_dir=directories.state,
        cache_dir=directories.cache,
        config_path=file,
        sub_accounts=read_sub_accounts(document, folders, warnings, secrets),
        model_filters=_read_filters(document.get("model_filters"), warnings),
        api_keys=api_keys,
        api_key_options=api_key_options,
        daily_tokens=read_daily_tokens(document.get("daily_tokens")),
        host=_read_host(document.get("host"), overrides),
        port=_read_port(document.get("port"), overrides, secure=tls is not None),
        tls=tls,
        cors_origins=document.get("cors_origins").texts("https://chat.example.com"),
        model_aliases={alias: model.text("gpt-5") for alias, model in document.get("model_aliases").members()},
        fallbacks={model: others.texts("gpt-5") for model, others in document.get("fallbacks").members()},
        timeouts=read_timeouts(document.get("timeouts"), warnings),
        affinity=document.get("affinity").boolean(default=True),
        limits=read_limit_settings(document.get("limits"), warnings),
        proxy=_read_proxy(document.get("proxy")),
        ca_file=_read_ca_file(document, folders),
        api_versions={model: text.text("2024-10-21") for model, text in document.get("api_versions").members()},
        orchestration=_read_orchestration(document.get("orchestration"), warnings),
        max_streams=document.get("max_streams").integer(64, 1, 256),
        body_limit_bytes=document.get("body_limit_mb").integer(DEFAULT_BODY_LIMIT_MB, 1, 1024) * _MEBIBYTE,
        log_level=_read_log_level(document.get("log_level"), overrides),
        unknown=unknown,
    )
    if not is_loopback(settings.host):
        warnings.append(
            f"The proxy listens on {settings.host}: other machines can reach it with the key. "
            "Use 127.0.0.1 to keep it on this machine."
        )
    return Loaded(settings, tuple(warnings))


def _find_file(working: Path, config_dir: Path) -> Path | None:
    candidates = (working / "config.json", config_dir / "config.json")
    return next((path for path in candidates if path.exists()), None)


def _read_filters(filters: Value, warnings: list[str]) -> ModelFilters:
    if not filters.given:
        return ModelFilters()
    known = known_members("model_filters")
    warnings += unknown_key_warnings(filters, filters.unknown_members(known), known)
    expected = 'a list of patterns such as ["^gpt-.*"]'

    def patterns(*keys: str) -> tuple[re.Pattern[str], ...]:
        return tuple(item.pattern() for key in keys for item in filters.get(key).items(expected))

    return ModelFilters(
        include=patterns("include", "include_filters"), exclude=patterns("exclude", "exclude_filters")
    )


def _read_host(host: Value, overrides: Overrides) -> str:
    if overrides.host:
        return overrides.host
    return host.text("127.0.0.1") if host.given else "127.0.0.1"


def _read_port(port: Value, overrides: Overrides, *, secure: bool) -> int:
    if overrides.port is not None:
        return Value(overrides.port, "Command line", "--port").integer(DEFAULT_PORT, 0, 65535)
    return port.integer(DEFAULT_TLS_PORT if secure else DEFAULT_PORT, 0, 65535)


def _read_tls(
    tls: Value, file: Path | None, folders: Folders, overrides: Overrides, warnings: list[str]
) -> TlsSettings | None:
    if overrides.tls_cert or overrides.tls_key:
        return _tls_of_command_line(overrides)
    if tls.raw is False:
        return None
    if tls.given:
        known = known_members("tls")
        warnings += unknown_key_warnings(tls, tls.unknown_members(known), known)
        cert, key = (_existing_file(tls.get(name), folders, f"{name}.pem") for name in ("cert", "key"))
        return TlsSettings(cert=cert, key=key)
    return _tls_beside(file.parent, warnings) if file else None


def _tls_of_command_line(overrides: Overrides) -> TlsSettings:
    if not (overrides.tls_cert and overrides.tls_key):
        raise ConfigurationError("Command line: --tls-cert and --tls-key belong together. Give both.")
    for option, path in (("--tls-cert", overrides.tls_cert), ("--tls-key", overrides.tls_key)):
        if not path.is_file():
            raise ConfigurationError(f"Command line: {option}: the file {path} does not exist. Check the path.")
    return TlsSettings(cert=overrides.tls_cert, key=overrides.tls_key)


def _tls_beside(folder: Path, warnings: list[str]) -> TlsSettings | None:
    cert, key = folder / "cert.pem", folder / "key.pem"
    match cert.is_file(), key.is_file():
        case True, True:
            return TlsSettings(cert=cert, key=key)
        case True, False:
            warnings.append(f"{cert} has no key.pem beside it, so HTTPS stays off.")
        case False, True:
            warnings.append(f"{key} has no cert.pem beside it, so HTTPS stays off.")
    return None


def _read_orchestration(orchestration: Value, warnings: list[str]) -> OrchestrationSettings:
    """False switches it off; an object holds modules by model name. The modules themselves are SAP's to check."""
    if not orchestration.given or isinstance(orchestration.raw, bool):
        return OrchestrationSettings(enabled=orchestration.boolean(default=True))
    modules: dict[str, JsonObject] = {}
    for model, value in orchestration.members():
        found = {name: part.object() for name, part in value.members() if name in MODULES}
        warnings += unknown_key_warnings(value, value.unknown_members(MODULES), MODULES)
        if found:
            modules[model] = found
    return OrchestrationSettings(modules=modules)


def _read_proxy(proxy: Value) -> str | None:
    return proxy.url("http://proxy.example.com:8080", plain_http=True) if proxy.given else None


def _read_ca_file(document: Value, folders: Folders) -> Path | None:
    for key in ("ca_file", "ca_cert_bundle"):
        if (value := document.get(key)).given:
            return _existing_file(value, folders, "company-ca.pem")
    return None


def _existing_file(value: Value, folders: Folders, example: str) -> Path:
    if not value.given:
        raise value.error(f'is missing. Name a file such as "{example}".')
    path = folders.resolve(value.text(example))
    if not os.path.isfile(path):
        raise value.error(f"names the file {path}, which does not exist. Check the path.")
    return path


def _read_log_level(level: Value, overrides: Overrides) -> LogLevel:
    if overrides.log_level:
        return overrides.log_level
    if not level.given:
        return "info"
    text = level.text("info").lower()
    if text not in _LOG_LEVELS:
        raise level.error('must be "debug", "info", "warning" or "error".')
    return _LOG_LEVELS[text]
