"""What goes wrong between here and SAP, in plain words. Foreign exceptions are mapped here and nowhere else."""

import http.client
import socket
import ssl
from typing import Literal

from proxy_core.errors import ErrorKind, UpstreamError

__all__ = [
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

_TRUST_ADVICE = "If a company proxy signs the traffic, set ca_file to that company's root certificate."
_ADVICE_BY_VERIFY_CODE = {
    # https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
    9: "Check the clock of this computer.",
    10: "Check the clock of this computer; if it is right, the server's owner must renew the certificate.",
    18: _TRUST_ADVICE,
    19: _TRUST_ADVICE,
    20: _TRUST_ADVICE,
    21: _TRUST_ADVICE,
    62: "Check the URL in the service key.",
    64: "Check the URL in the service key.",
}


class TransportError(UpstreamError):
    """No answer, or half of one. `stage` tells how far the call came; `tls` is true for a refused handshake."""

    def __init__(self, message: str, *, stage: Stage, timed_out: bool = False, tls: bool = False) -> None:
        super().__init__(
            message,
            status=504 if timed_out else 502,
            kind=ErrorKind.TIMEOUT if timed_out else ErrorKind.CONNECTION,
            code="timeout" if timed_out else "connection_error",
        )
        self.stage = stage
        self.tls = tls


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
            )
        case TimeoutError():
            return TransportError(
                f"No connection to {where} in time. Check the network, the VPN and the proxy setting.",
                stage="connect",
                timed_out=True,
            )
        case OSError(errno=None) | http.client.HTTPException() if proxy:
            return TransportError(f"There is no way through {where}: {_words(error)}.", stage="connect")
        case _:
            return TransportError(f"No connection to {where}: {_words(error)}.", stage="connect")


def refused_handshake(host: str, error: OSError) -> TransportError:
    """TLS did not come about; trust is never relaxed, so the message says how to mend it."""
    match error:
        case ssl.SSLCertVerificationError():
            advice = _ADVICE_BY_VERIFY_CODE.get(error.verify_code, _TRUST_ADVICE)
            problem = (error.verify_message or _words(error)).rstrip(".")
            return TransportError(
                f"The certificate of {host} is not trusted: {problem}. {advice}", stage="connect", tls=True
            )
        case TimeoutError():
            return TransportError(
                f"{host} did not finish the TLS handshake in time.", stage="connect", timed_out=True, tls=True
            )
        case _:
            return TransportError(
                f"No TLS connection to {host}: {_words(error)}. Check the URL and the proxy setting.",
                stage="connect",
                tls=True,
            )


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
