"""The listening socket, and a clear word when there cannot be one."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from proxy_core.errors import ConfigurationError

__all__ = ["PortInUseError", "bind_socket"]

_BACKLOG = 1024
_LISTEN_STATE = "0A"
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_REASONS = {
    errno.EACCES: "the system does not allow it (ports below 1024 need administrator rights)",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}


class PortInUseError(ConfigurationError):
    """Another program listens on the port. `holder` names it where that is known."""

    def __init__(self, host: str, port: int, holder: str | None) -> None:
        self.port = port
        self.holder = holder
        by = f" by {holder}" if holder else ""
        super().__init__(
            f"Port {port} on {host} is in use{by}. Stop that program, or choose another port with -p or `port` in "
            "the configuration."
        )


def bind_socket(host: str, port: int) -> socket.socket:
    """A TCP socket that listens on the address. Port 0 takes any free one. Raises `PortInUseError`
    or `ConfigurationError`."""
    family, address = _resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        _claim(listener)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(host, port, _holder(port)) from error
        reason = _REASONS.get(error.errno or 0) or error.strerror or str(error)
        raise ConfigurationError(
            f"Cannot listen on {host} port {port}: {reason}. Change `host` or `port`."
        ) from error
    return listener


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    """The address to bind, IPv4 first: clients of a name such as `localhost` try that one too."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"Cannot listen on {host}: no such host. Set `host` to 127.0.0.1 or to an address of this machine."
        ) from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return found[0][0], found[0][4]


def _claim(listener: socket.socket) -> None:
    if os.name == "nt":
        # On Windows SO_REUSEADDR lets two programs share a port.
        listener.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE"), 1)  # noqa: B009 - Windows only
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if listener.family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


def _holder(port: int) -> str | None:
    """`name (process 123)` of a program of this user that listens on the port. Linux only."""
    sockets = {f"socket:[{inode}]" for table in _TABLES for inode in _listening_inodes(table, port)}
    if not sockets:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        if any(link in sockets for link in _open_files(process)):
            return f"{_program(process)} (process {process.name})"
    return None


def _listening_inodes(table: Path, port: int) -> Iterator[str]:
    try:
        lines = table.read_text("ascii").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        fields = line.split()
        if fields[3] == _LISTEN_STATE and int(fields[1].rpartition(":")[2], 16) == port:
            yield fields[9]


def _open_files(process: Path) -> Iterator[str]:
    try:
        for link in (process / "fd").iterdir():
            yield os.readlink(link)
    except OSError:
        return


def _program(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "a program"
