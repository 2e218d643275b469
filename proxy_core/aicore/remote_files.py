"""Images and PDFs that a request names by URL, for models that want the bytes.

The URL comes from a stranger. It must not make this computer ask its own network: names are resolved
first, every address is checked, and the connection goes to the checked address. Redirects start over.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from urllib.parse import urljoin

from proxy_core.aicore.http_request import split_url
from proxy_core.aicore.transport import Timeouts, Transport, TransportError, UpstreamResponse
from proxy_core.errors import Cancelled, ClientError
from proxy_core.upstream_families.base import RemoteFile

__all__ = ["RemoteFileFetcher", "is_public", "resolve_addresses"]

_SIZE_LIMIT = 20 * 1024 * 1024
_TIME_LIMIT = 15.0
_REDIRECT_LIMIT = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TIMEOUTS = Timeouts(connect=5.0, first_byte=_TIME_LIMIT, idle=_TIME_LIMIT)
_HEADERS = {"Accept": "image/*, application/pdf", "User-Agent": "ai-core-proxy"}
_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"%PDF-", 0, "application/pdf"),
)
"""First bytes, where they stand, and what they mean: a server's own word for it is often wrong."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve_addresses(host: str, port: int) -> list[str]:
    """Every address of a name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """False for private, loopback, link-local, multicast and otherwise special addresses, and for IPv6
    addresses that lead to such an IPv4 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in (parsed, *_embedded(parsed)))


class RemoteFileFetcher:
    """Call it with a URL. `resolve` and `allowed` tell a name's addresses and which of them may be asked."""

    def __init__(
        self,
        transport: Transport,
        *,
        resolve: Callable[[str, int], list[str]] = resolve_addresses,
        allowed: Callable[[str], bool] = is_public,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._resolve = resolve
        self._allowed = allowed
        self._clock = clock

    def __call__(self, url: str) -> RemoteFile:
        """The file at a URL. Raises `ClientError`, which names the URL's host only."""
        deadline = self._clock() + _TIME_LIMIT
        for _ in range(_REDIRECT_LIMIT + 1):
            host = _host_of(url)
            try:
                response = self._open(url, host, deadline)
            except Cancelled:
                raise _too_slow(host) from None
            try:
                if response.status not in _REDIRECTS:
                    return _recognised(self._body(response, host, deadline), host)
                url = _next_url(url, response.headers.get("location", ""), host)
            finally:
                response.close()
        raise _failure(host, "it redirects too often")

    def _open(self, url: str, host: str, deadline: float) -> UpstreamResponse:
        address = self._checked_address(url, host)
        try:
            return self._transport.open(
                "GET",
                url,
                _HEADERS,
                cancelled=lambda: self._clock() > deadline,
                timeouts=_TIMEOUTS,
                address=address,
            )
        except TransportError as error:
            raise _failure(host, _without_end(error.message)) from error

    def _checked_address(self, url: str, host: str) -> str:
        origin, _ = split_url(url)
        try:
            addresses = self._resolve(host, origin.port)
        except (OSError, UnicodeError):
            raise _failure(host, "its name could not be resolved") from None
        if not addresses or not all(map(self._allowed, addresses)):
            raise _failure(host, "it leads to a private address, which is never asked")
        return addresses[0]

    def _body(self, response: UpstreamResponse, host: str, deadline: float) -> bytes:
        if response.status != 200:
            raise _failure(host, f"it answered with status {response.status}")
        data = bytearray()
        try:
            while chunk := response.read_some():
                data += chunk
                if len(data) > _SIZE_LIMIT:
                    raise _failure(host, f"it is larger than {_SIZE_LIMIT // (1024 * 1024)} MB")
                if self._clock() > deadline:
                    raise _too_slow(host)
        except Cancelled:
            raise _too_slow(host) from None
        except TransportError as error:
            raise _failure(host, _without_end(error.message)) from error
        return bytes(data)


def _host_of(url: str) -> str:
    try:
        origin, _ = split_url(url)
    except ValueError as error:
        raise ClientError(f"The URL of a file cannot be used: {error}.") from None
    return origin.host


def _next_url(url: str, location: str, host: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise _failure(host, "it redirects to what is no URL") from None


def _recognised(data: bytes, host: str) -> RemoteFile:
    for magic, offset, media_type in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return RemoteFile(media_type, data)
    raise _failure(host, "it is none of PNG, JPEG, GIF, WebP and PDF")


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterable[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _failure(host: str, reason: str) -> ClientError:
    return ClientError(f"The file at {host} could not be fetched: {reason}. Send the file itself instead.")


def _too_slow(host: str) -> ClientError:
    return _failure(host, f"it took more than {_TIME_LIMIT:g} seconds")


def _without_end(message: str) -> str:
    return message.rstrip(".")
