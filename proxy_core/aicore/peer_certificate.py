"""What a server's certificate says of itself, for people to read. Decides nothing about trust."""

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["PeerCertificate", "decode_certificate", "read_peer_certificate"]

_COMMON_NAME = "commonName"
_UNIT = "organizationalUnitName"
_ORGANISATION = "organizationName"


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """`issuer` is one text such as `Example Root (Example Ltd)`, `names` are the hosts that it is for, `valid_from`
    and `valid_until` are dates, `YYYY-MM-DD`. Whatever it does not say is empty."""

    issuer: str
    names: tuple[str, ...]
    valid_from: str
    valid_until: str


def read_peer_certificate(tls: ssl.SSLObject) -> PeerCertificate | None:
    """The certificate that the server showed, also when it was refused a moment ago; None when it showed none.

    Python keeps it on an inner object, from which `truststore` reads the chain too. Where that object is not
    there the message does without the certificate.
    """
    inner: Any = getattr(tls, "_sslobj", None)
    if not hasattr(inner, "get_unverified_chain"):
        return None
    chain = inner.get_unverified_chain()
    return decode_certificate(chain[0].get_info()) if chain else None


def decode_certificate(info: Mapping[str, Any]) -> PeerCertificate:
    """From the dict that `ssl` makes of a certificate."""
    names = tuple(str(value) for kind, value in info.get("subjectAltName", ()) if kind in ("DNS", "IP Address"))
    subject = _fields(info.get("subject", ()))
    return PeerCertificate(
        issuer=_describe(_fields(info.get("issuer", ()))),
        names=names or tuple(filter(None, [subject.get(_COMMON_NAME)])),
        valid_from=_date(info.get("notBefore")),
        valid_until=_date(info.get("notAfter")),
    )


def _fields(name: Iterable[Iterable[tuple[str, str]]]) -> dict[str, str]:
    return {key: value for part in name for key, value in part}


def _describe(fields: Mapping[str, str]) -> str:
    own = fields.get(_COMMON_NAME) or fields.get(_UNIT)
    organisation = fields.get(_ORGANISATION)
    if own and organisation and own != organisation:
        return f"{own} ({organisation})"
    return own or organisation or ""


def _date(text: Any) -> str:
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(ssl.cert_time_to_seconds(text)))
    except (TypeError, ValueError):
        return ""
