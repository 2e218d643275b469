"""One more sub-account from where SAP's own tools look for credentials.

A source counts as a whole: values of two sources are never mixed, since a token of one tenant fails at
another. Only the resource group may be set apart from the credentials. Nothing is read here but through
the function handed in.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from proxy_core.aicore.service_key import ServiceKey, parse_service_key
from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = ["EnvironmentCredentials", "ReadFile", "read_environment", "read_text_file"]

ReadFile = Callable[[Path], str | None]
"""The text of a file, or None when it is not there or may not be read."""

_DEFAULT_GROUP = "default"
_FIELDS = {
    "AICORE_CLIENT_ID": "clientid",
    "AICORE_CLIENT_SECRET": "clientsecret",
    "AICORE_AUTH_URL": "url",
    "AICORE_CERT_URL": "certurl",
    "AICORE_CERT_STR": "certificate",
    "AICORE_KEY_STR": "key",
}
_FILE_FIELDS = {"AICORE_CERT_FILE_PATH": "certificate", "AICORE_KEY_FILE_PATH": "key"}
_CONTAINER_HOME = Path("/root/.aicore")
"""Where a container's mount often lands, whoever runs in it."""


@dataclass(frozen=True, slots=True)
class EnvironmentCredentials:
    """`source` says in a few words where they were found."""

    service_key: ServiceKey
    resource_group: str
    source: str


def read_environment(environ: Mapping[str, str], read_file: ReadFile) -> EnvironmentCredentials | None:
    """The first complete source: `AICORE_SERVICE_KEY`, the `AICORE_*` variables, the config file of the AI
    Core SDK, `VCAP_SERVICES`. None when there is none.

    Raises `ConfigurationError` for a source that is there and cannot be used.
    """
    return (
        _from_service_key(environ)
        or _from_variables(environ, environ, read_file, "the AICORE_* variables")
        or _from_config_file(environ, read_file)
        or _from_vcap(environ)
    )


def read_text_file(path: Path) -> str | None:
    """A `ReadFile` for real files."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _from_service_key(environ: Mapping[str, str]) -> EnvironmentCredentials | None:
    text = environ.get("AICORE_SERVICE_KEY", "").strip()
    if not text:
        return None
    value = _json_object(text, "The variable AICORE_SERVICE_KEY")
    return _found(parse_service_key(value, "in AICORE_SERVICE_KEY"), environ, {}, "AICORE_SERVICE_KEY")


def _from_variables(
    values: Mapping[str, object], environ: Mapping[str, str], read_file: ReadFile, source: str
) -> EnvironmentCredentials | None:
    """Credentials in flat `AICORE_*` values; None unless they are complete, so that a stray one harms nothing."""
    key = {field: values[name] for name, field in _FIELDS.items() if values.get(name)}
    for name, field in _FILE_FIELDS.items():
        path = values.get(name)
        if field not in key and isinstance(path, str) and path:
            key[field] = _required_text(Path(path), name, read_file)
    if not values.get("AICORE_BASE_URL") or not _complete(key):
        return None
    key["serviceurls"] = {"AI_API_URL": values["AICORE_BASE_URL"]}
    return _found(parse_service_key(key, f"in {source}"), environ, values, source)


def _complete(key: Mapping[str, object]) -> bool:
    with_secret = key.keys() >= {"clientid", "clientsecret", "url"}
    return with_secret or key.keys() >= {"clientid", "certificate", "key", "certurl"}


def _from_config_file(environ: Mapping[str, str], read_file: ReadFile) -> EnvironmentCredentials | None:
    for path in _config_paths(environ):
        text = read_file(path)
        if text is not None:
            values = _json_object(text, f"The file {path}")
            return _from_variables(values, environ, read_file, str(path))
    if named := environ.get("AICORE_CONFIG"):
        raise ConfigurationError(f"AICORE_CONFIG names {named}, which cannot be read. Check the path.")
    return None


def _config_paths(environ: Mapping[str, str]) -> Iterator[Path]:
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    if named := environ.get("AICORE_CONFIG"):
        yield _expanded(named, home)
        return
    profile = environ.get("AICORE_PROFILE", "")
    name = f"config_{profile}.json" if profile and profile != "default" else "config.json"
    if folder := environ.get("AICORE_HOME"):
        yield _expanded(folder, home) / name
        return
    if home:
        yield Path(home) / ".aicore" / name
    yield _CONTAINER_HOME / name


def _expanded(path: str, home: str) -> Path:
    return Path(home) / path[2:] if path.startswith("~/") and home else Path(path)


def _from_vcap(environ: Mapping[str, str]) -> EnvironmentCredentials | None:
    text = environ.get("VCAP_SERVICES", "").strip()
    if not text:
        return None
    bindings = _json_object(text, "The variable VCAP_SERVICES").get("aicore")
    if not bindings:
        return None
    return _found(parse_service_key(bindings, "in VCAP_SERVICES"), environ, {}, "VCAP_SERVICES")


def _found(
    key: ServiceKey, environ: Mapping[str, str], values: Mapping[str, object], source: str
) -> EnvironmentCredentials:
    """The source's own resource group first, then the variable, then SAP's default."""
    own = values.get("AICORE_RESOURCE_GROUP") or key.resource_group
    group = str(own) if own else environ.get("AICORE_RESOURCE_GROUP") or _DEFAULT_GROUP
    return EnvironmentCredentials(key, group, source)


def _required_text(path: Path, name: str, read_file: ReadFile) -> str:
    text = read_file(path)
    if text is None:
        raise ConfigurationError(f"{name} names {path}, which cannot be read. Check the path.")
    return text


def _json_object(text: str, what: str) -> JsonObject:
    try:
        value = load_json(text)
    except JsonError as error:
        raise ConfigurationError(f"{what} is not valid JSON: {error}".rstrip(".") + ".") from None
    if not isinstance(value, dict):
        raise ConfigurationError(f"{what} must hold one JSON object.")
    return value
