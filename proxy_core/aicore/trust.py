"""TLS contexts: whom to trust, and which certificate to show. The only importer of truststore.

Verification cannot be switched off; `ca_file` adds roots to those of the operating system.
"""

import os
import ssl
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import truststore

from proxy_core.errors import ConfigurationError
from proxy_core.settings.secret import Secret

__all__ = ["ClientCertificate", "TlsContexts"]

_SYSTEM_VERIFIES = sys.platform in ("win32", "darwin")
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
)
"""Where the distributions keep their roots; a frozen build's OpenSSL may look elsewhere."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """PEM texts of a certificate (often with its chain) and its private key."""

    certificate: str
    key: Secret


class TlsContexts:
    """One context per client certificate, made when it is first needed: the roots take time and memory.

    Raises `ConfigurationError` for a `ca_file` that cannot be used.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        if ca_file is not None:
            _add_roots(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_file)
        self._ca_file = ca_file
        self._contexts: dict[ClientCertificate | None, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    @property
    def sessions_can_resume(self) -> bool:
        """False where the operating system verifies: a resumed session no longer holds the whole chain."""
        return not _SYSTEM_VERIFIES

    def context(self, client_certificate: ClientCertificate | None = None) -> ssl.SSLContext:
        """Raises `ConfigurationError` for a client certificate that cannot be used."""
        with self._lock:
            context = self._contexts.get(client_certificate)
            if context is None:
                context = self._build(client_certificate)
                self._contexts[client_certificate] = context
            return context

    def _build(self, client_certificate: ClientCertificate | None) -> ssl.SSLContext:
        context = _system_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        if self._ca_file is not None:
            _add_roots(context, self._ca_file)
        if client_certificate is not None:
            _show(context, client_certificate)
        return context


def _system_context() -> ssl.SSLContext:
    """On Windows and macOS truststore asks the system. Elsewhere it would read the bundle anew for every
    connection (about 25 ms each, one at a time), so it is read once here."""
    if _SYSTEM_VERIFIES:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    if not _has_default_roots():
        bundle = next(filter(os.path.isfile, _BUNDLES), None)
        if bundle:
            context.load_verify_locations(bundle)
    return context


def _has_default_roots() -> bool:
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))


def _add_roots(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(ca_file)
    except FileNotFoundError:
        raise ConfigurationError(f"The ca_file {ca_file} does not exist. Check the path.") from None
    except ssl.SSLError as error:
        raise ConfigurationError(f"The ca_file {ca_file} holds no PEM certificate.") from error
    except OSError as error:
        raise ConfigurationError(f"The ca_file {ca_file} cannot be read: {error.strerror}.") from error


def _show(context: ssl.SSLContext, client_certificate: ClientCertificate) -> None:
    """OpenSSL reads the key from a file only: a private one, which is gone again at once."""
    pem = client_certificate.certificate.rstrip() + "\n" + client_certificate.key.reveal().rstrip() + "\n"
    descriptor, path = tempfile.mkstemp(prefix="pem")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii", errors="replace") as file:
            file.write(pem)
        context.load_cert_chain(path, password=_no_password)
    except ssl.SSLError as error:
        raise ConfigurationError(
            "The certificate and the key of the service key do not work together. Create a new service key."
        ) from error
    finally:
        os.unlink(path)


def _no_password() -> str:
    """An encrypted key is refused; without this OpenSSL would ask on the terminal."""
    return ""
