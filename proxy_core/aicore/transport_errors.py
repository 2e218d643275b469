"""What goes wrong between here and SAP, in plain words. Foreign exceptions are mapped here and nowhere else."""

import http.client
import re
import socket
import ssl
from typing import Literal

from proxy_core.aicore.peer_certificate import PeerCertificate
from proxy_core.errors import ErrorKind, UpstreamError

__all__ = [
    "Cause",
    "Stage",
    "TransportError",
    "bad_answer",
    "broken_off",
    "no_connection",
    "refused_handshake",
    "silent_for",
    "unanswered",
]

Stage = Literal["connect", "head", "body"]

Cause = Literal[
    "untrusted", "expired", "not_yet_valid", "wrong_host", "handshake",
    "unknown_name", "no_connection", "proxy_login", "proxy_forbids", "proxy_failed", "broken",
]  # fmt: skip
"""What kind of failure it is. `broken` is everything that happens once a connection stands."""

_CAUSES_BY_VERIFY_CODE: dict[int, Cause] = {
    # https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
    9: "not_yet_valid",
    10: "expired",
    62: "wrong_host",
    64: "wrong_host",
    # https://learn.microsoft.com/windows/win32/com/com-error-codes-6
    0x800B0101: "expired",
    0x800B010F: "wrong_host",
    # https://developer.apple.com/documentation/security/security-framework-result-codes
    -67602: "wrong_host",
    -67818: "expired",
    -67819: "not_yet_valid",
}
"""Every other refusal means that the issuer is not known here."""

_ADVICE: dict[Cause, str] = {
    "untrusted": "If a company proxy signs the traffic, set ca_file to that company's root certificate.",
    "not_yet_valid": "Check the clock of this computer.",
    "expired": "Check the clock of this computer; if it is right, the server's owner must renew the certificate.",
    "wrong_host": "Check the URL in the service key.",
    "proxy_login": "Write the login into the proxy setting: http://user:password@host:port.",
    "proxy_forbids": "Ask the administrators of the proxy to allow this host.",
    "proxy_failed": "Check the proxy setting.",
}
_SHOWN_NAMES = 3
_PROXY_STATUS = re.compile(r"Tunnel connection failed: (\d{3})")
_CAUSES_BY_PROXY_STATUS: dict[str, Cause] = {"407": "proxy_login", "401": "proxy_login", "403": "proxy_forbids"}


class TransportError(UpstreamError):
    """No answer, or half of one. `stage` tells how far the call came; `tls` is true for a refused handshake.
    `certificate` is the one that was refused."""

    def __init__(
        self,
        message: str,
        *,
        stage: Stage,
        timed_out: bool = False,
        tls: bool = False,
        cause: Cause = "broken",
        certificate: PeerCertificate | None = None,
    ) -> None:
        super().__init__(
            message,
            status=504 if timed_out else 502,
            kind=ErrorKind.TIMEOUT if timed_out else ErrorKind.CONNECTION,
            code="timeout" if timed_out else "connection_error",
        )
        self.stage = stage
        self.tls = tls
        self.cause = cause
        self.certificate = certificate


def no_connection(
    host: str, port: int, error: OSError | http.client.HTTPException, proxy: str | None
) -> TransportError:
    """Nobody answered at `host:port`; `proxy` is the host and port of the HTTP proxy in between, if any."""
    where = f"the proxy {proxy} on the way to {host}" if proxy else f"{host}:{port}"
    match error:
        case socket.gaierror():
            return TransportError(
                f"The name of {where} could not be resolved. Check the network, the VPN and the proxy setting.",
                stage="connect",
                cause="unknown_name",
            )
        case TimeoutError():
            return TransportError(
                f"No connection to {where} in time. Check the network, the VPN and the proxy setting.",
                stage="connect",
                timed_out=True,
                cause="no_connection",
            )
        case OSError(errno=None) | http.client.HTTPException() if proxy:
            return _no_way_through(where, error)
        case _:
            return TransportError(
                f"No connection to {where}: {_words(error)}.", stage="connect", cause="no_connection"
            )


def _no_way_through(where: str, error: OSError | http.client.HTTPException) -> TransportError:
    status = _PROXY_STATUS.match(str(error))
    cause = _CAUSES_BY_PROXY_STATUS.get(status[1], "proxy_failed") if status else "proxy_failed"
    return TransportError(
        f"There is no way through {where}: {_words(error)}. {_ADVICE[cause]}", stage="connect", cause=cause
    )


def refused_handshake(host: str, error: OSError, certificate: PeerCertificate | None) -> TransportError:
    """TLS did not come about; trust is never relaxed, so the message says who signed and how to mend it.
    `certificate` is the one that the server showed, if any."""
    match error:
        case ssl.SSLCertVerificationError():
            return _refused_certificate(host, error, certificate)
        case TimeoutError():
            return TransportError(
                f"{host} did not finish the TLS handshake in time.",
                stage="connect",
                timed_out=True,
                tls=True,
                cause="handshake",
            )
        case _:
            return TransportError(
                f"No TLS connection to {host}: {_words(error)}. Check the URL and the proxy setting.",
                stage="connect",
                tls=True,
                cause="handshake",
            )


def _refused_certificate(
    host: str, error: ssl.SSLCertVerificationError, certificate: PeerCertificate | None
) -> TransportError:
    cause = _CAUSES_BY_VERIFY_CODE.get(error.verify_code, "untrusted")
    problem = (error.verify_message or _words(error)).rstrip(".")
    sentences = [f"The certificate of {host} is not trusted: {problem}."]
    if certificate is not None:
        sentences += _describe_certificate(cause, certificate)
    return TransportError(
        " ".join([*sentences, _ADVICE[cause]]), stage="connect", tls=True, cause=cause, certificate=certificate
    )


def _describe_certificate(cause: Cause, certificate: PeerCertificate) -> list[str]:
    """Who issued it, and what of it does not fit."""
    facts = [f'It was issued by "{certificate.issuer}".'] if certificate.issuer else []
    match cause:
        case "expired" if certificate.valid_until:
            facts.append(f"It was valid until {certificate.valid_until}.")
        case "not_yet_valid" if certificate.valid_from:
            facts.append(f"It is valid from {certificate.valid_from} on.")
        case "wrong_host" if certificate.names:
            facts.append(f"It is for {', '.join(certificate.names[:_SHOWN_NAMES])}.")
    return facts


def silent_for(host: str, seconds: float, stage: Stage) -> TransportError:
    what = "did not begin to answer" if stage == "head" else "fell silent in the middle of its answer"
    return TransportError(f"{host} {what} within {seconds:g} seconds.", stage=stage, timed_out=True)


def unanswered(host: str, error: OSError | None) -> TransportError:
    """The connection broke before the answer's head was complete."""
    reason = _words(error) if error else "it was closed"
    return TransportError(
        f"The connection to {host} broke before an answer came: {reason}.",
        stage="head",
        tls=isinstance(error, ssl.SSLError),
    )


def broken_off(host: str, error: OSError | None) -> TransportError:
    """The connection broke within the body: what came so far is not the whole answer."""
    reason = _words(error) if error else "it was closed too early"
    return TransportError(f"The connection to {host} broke within the answer: {reason}.", stage="body")


def bad_answer(host: str, reason: str, stage: Stage) -> TransportError:
    return TransportError(f"{host} did not answer in proper HTTP: {reason}.", stage=stage)


def _words(error: OSError | http.client.HTTPException) -> str:
    match error:
        case ssl.SSLError(reason=str() as reason):
            return reason.replace("_", " ").lower()
        case OSError(strerror=str() as text):
            return text[:1].lower() + text[1:]
        case _:
            return str(error).rstrip(".") or type(error).__name__
