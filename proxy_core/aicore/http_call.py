"""Small calls whose whole answer is wanted: tokens and the lm API."""

from collections.abc import Mapping
from dataclasses import dataclass

from proxy_core.aicore.transport import ClientCertificate, Timeouts, Transport

__all__ = ["Answer", "call"]

_TIMEOUTS = Timeouts(connect=10.0, first_byte=30.0, idle=30.0)
_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(
    transport: Transport,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    *,
    client_certificate: ClientCertificate | None = None,
) -> Answer:
    """Send a request and read the whole answer, whatever its status. Raises `TransportError`."""
    response = transport.open(method, url, headers, body, timeouts=_TIMEOUTS, client_certificate=client_certificate)
    try:
        return Answer(response.status, response.headers, response.read_all(_LIMIT))
    finally:
        response.close()
