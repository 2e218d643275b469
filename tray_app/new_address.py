"""Is the address free that the form asks for? Tried before it is saved; the proxy goes on with its old one."""

from collections.abc import Mapping
from typing import Any

from proxy_core.admin.backend import BackendError
from proxy_core.errors import ConfigurationError
from proxy_core.server.listening import PortInUseError, bind_socket
from proxy_core.settings.secret_store import SecretStoreError
from tray_app.observation import find_free_port
from tray_app.page_words import describe_port_in_use
from tray_app.profile_source import KeySource
from tray_app.snapshot import Problem, ProblemKind
from tray_app.texts import Texts

__all__ = ["require_free_address"]

_LAST_PORT = 65_535


def require_free_address(source: KeySource, values: Mapping[str, Any], texts: Texts) -> None:
    """`values` are the form's. Raises `BackendError` for a new address that the proxy could not have; says nothing
    of one that is no address, which the settings themselves refuse."""
    try:
        now = source.settings()
    except (ConfigurationError, SecretStoreError):
        return
    host, port = values.get("host", now.host), values.get("port", now.port)
    if (host, port) == (now.host, now.port) or not _could_be_address(host, port):
        return
    try:
        bind_socket(host, port if port != now.port else 0).close()
    except PortInUseError as error:
        free = find_free_port(host, port + 1)
        problem = Problem(ProblemKind.PORT_IN_USE, port=port, holder=error.holder, free_port=free)
        raise BackendError(describe_port_in_use(problem, texts), field="port") from error
    except ConfigurationError as error:
        raise BackendError(str(error), field="host" if host != now.host else "port") from error


def _could_be_address(host: Any, port: Any) -> bool:
    return isinstance(host, str) and isinstance(port, int) and 0 <= port <= _LAST_PORT
