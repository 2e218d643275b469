"""URLs and HTTP/1.1 request bytes. No I/O."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from proxy_core.errors import ClientError

__all__ = ["Origin", "encode_request", "is_loopback", "split_url"]

_METHOD = re.compile(r"[A-Z]+")
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(r"/[\x21-\x7e]*")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OWN_FIELDS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
"""Set here; another's value would let one request hide in another."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection leads. `host` is a name or an address without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The value of the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@lru_cache(maxsize=256)
def split_url(url: str) -> tuple[Origin, str]:
    """A URL to its origin and request target. Raises `ValueError` saying what is wrong, without the URL:
    its path may be private."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("it must start with https:// or http:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it must not hold a user name or password")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _TARGET.fullmatch(target):
        raise ValueError("its path holds characters that must be percent-encoded")
    host = parts.hostname
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return Origin(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme]), target


def is_loopback(host: str) -> bool:
    """True for `localhost`, 127.0.0.0/8 and ::1: names that cannot leave this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def encode_request(method: str, origin: Origin, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """The whole request, head and body. Raises `ClientError` for a header that would break the head."""
    if not _METHOD.fullmatch(method):
        raise ValueError("The method of a request must be upper-case letters.")
    lines = [f"{method} {target} HTTP/1.1\r\nHost: {origin.authority}\r\nAccept-Encoding: identity\r\n"]
    lines += [_encode_field(name, value) for name, value in headers.items() if name.lower() not in _OWN_FIELDS]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}\r\n")
    lines.append("\r\n")
    return "".join(lines).encode("latin-1") + body


def _encode_field(name: str, value: str) -> str:
    if not _FIELD_NAME.fullmatch(name):
        raise ClientError("A header name holds characters that HTTP does not allow.")
    if not _FIELD_VALUE.fullmatch(value):
        raise ClientError(f"The header {name} holds characters that HTTP does not allow.")
    return f"{name}: {value}\r\n"
