"""The certificate of an HTTPS server. Opens no socket."""

import ssl
from pathlib import Path

from proxy_core.errors import ConfigurationError

__all__ = ["build_tls_context"]


def build_tls_context(cert: Path, key: Path) -> ssl.SSLContext:
    """A server's context from PEM files. Raises `ConfigurationError`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    for path in (cert, key):
        if not path.is_file():
            raise ConfigurationError(
                f"There is no file {path}. `tls` needs a certificate and its key as PEM files."
            )
    try:
        context.load_cert_chain(cert, key, password="")  # an empty one, or OpenSSL would ask on the terminal
    except (ssl.SSLError, OSError) as error:
        raise ConfigurationError(
            f"The certificate {cert} and the key {key} cannot be used: {_describe_pem_error(error)}. Both must be "
            "PEM, belong together, and the key must have no password."
        ) from error
    return context


def _describe_pem_error(error: OSError) -> str:
    """OpenSSL tells reasons such as `KEY_VALUES_MISMATCH`; for a file without PEM in it, it tells none."""
    if not isinstance(error, ssl.SSLError):
        return error.strerror or "not readable"
    return error.reason.replace("_", " ").lower() if error.reason else "no PEM in one of them"
