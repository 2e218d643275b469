"""Service keys of SAP AI Core: JSON to credentials. No I/O; a secret never gets into an error.

Source: github.com/SAP-docs/sap-artificial-intelligence, "Create a Service Key".
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from proxy_core.aicore.http_request import is_loopback
from proxy_core.aicore.trust import ClientCertificate
from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject
from proxy_core.settings.secret import Secret

__all__ = ["ServiceKey", "check_url", "parse_service_key"]

_TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
_VERSION_PATH = "/v2"


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """Credentials of one sub-account: either `client_secret` or `client_certificate` is set.

    `api_url` has neither `/v2` nor a trailing slash; `token_url` is complete. `where` names the file or the
    place that the key came from. `identity_zone` is the sub-account's subdomain. `resource_group` is not SAP's own
    field; some tools add it.
    """

    client_id: str
    api_url: str
    token_url: str
    where: str
    client_secret: Secret | None = None
    client_certificate: ClientCertificate | None = None
    identity_zone_id: str | None = None
    identity_zone: str | None = None
    resource_group: str | None = None


def parse_service_key(value: JsonObject | list[Any], where: str) -> ServiceKey:
    """Read a key as SAP gives it, bare, in `credentials`, in a list, or as `VCAP_SERVICES` binds it.

    Unknown fields are accepted. Raises `ConfigurationError`, one line that names `where` and the field.
    """
    fields = _Fields(_unwrapped(value, where), where)
    certificate = None if fields.prefers_secret() else fields.certificate()
    secret = None if certificate else Secret(fields.required("clientsecret"))
    return ServiceKey(
        client_id=fields.required("clientid"),
        api_url=_without_suffix(fields.url(*_api_url(fields)), _VERSION_PATH),
        token_url=_token_url(fields, with_certificate=certificate is not None),
        where=where,
        client_secret=secret,
        client_certificate=certificate,
        identity_zone_id=fields.optional("identityzoneid"),
        identity_zone=fields.optional("identityzone"),
        resource_group=fields.optional("resourceGroup") or fields.optional("resource_group"),
    )


def check_url(url: str) -> str | None:
    """What is wrong with a URL that tokens are sent to, or None. Without TLS only this computer will do."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("https", "http") or not parts.hostname or not port_fits:
        return "must start with https://"
    if parts.username is not None or parts.query or parts.fragment:
        return "must hold nothing but the host and a path"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "must start with https://, or the credentials would travel unprotected"
    return None


class _Fields:
    """The fields of one key, with errors that name them."""

    def __init__(self, fields: JsonObject, where: str) -> None:
        self._fields = fields
        self._where = where

    def optional(self, name: str) -> str | None:
        value = self._fields.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self.error(name, "must be a text")
        return value.strip() or None

    def required(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            raise self.error(name, "is missing. Download the service key anew from the SAP BTP cockpit")
        return value

    def url(self, name: str, value: str) -> str:
        if problem := check_url(value):
            raise self.error(name, problem)
        return value.rstrip("/")

    def within(self, name: str) -> "_Fields":
        value = self._fields.get(name, {})
        if not isinstance(value, dict):
            raise self.error(name, "must be an object")
        return _Fields(value, self._where)

    def prefers_secret(self) -> bool:
        """A key may hold both kinds; `credential-type` decides, else the secret wins."""
        return self.optional("clientsecret") is not None and self.optional("credential-type") != "x509"

    def certificate(self) -> ClientCertificate | None:
        certificate = self.optional("certificate")
        if certificate is None and self.optional("certurl") is None:
            return None
        return ClientCertificate(
            _pem("certificate", self.required("certificate"), self),
            Secret(_pem("key", self.required("key"), self)),
        )

    def error(self, name: str, problem: str) -> ConfigurationError:
        return ConfigurationError(f"The service key {self._where} cannot be used: {name} {problem}.")


def _unwrapped(value: Any, where: str) -> JsonObject:
    """The object that holds the fields, out of whatever stands around it."""
    match value:
        case {"clientid": _} | {"clientsecret": _} | {"serviceurls": _}:
            return dict(value)
        case {"credentials": inner} | {"aicore": inner}:
            return _unwrapped(inner, where)
        case [inner, *_]:
            return _unwrapped(inner, where)
        case dict():
            return dict(value)
        case _:
            raise ConfigurationError(f"The service key {where} cannot be used: it must be a JSON object.")


def _api_url(fields: _Fields) -> tuple[str, str]:
    url = fields.within("serviceurls").optional("AI_API_URL")
    if url is None:
        raise fields.error("serviceurls.AI_API_URL", "is missing. Is this a key of the service SAP AI Core?")
    return "serviceurls.AI_API_URL", url


def _token_url(fields: _Fields, *, with_certificate: bool) -> str:
    name = "certurl" if with_certificate else "url"
    return _without_suffix(fields.url(name, fields.required(name)), _TOKEN_PATH) + _TOKEN_PATH


def _without_suffix(url: str, suffix: str) -> str:
    return url.removesuffix(suffix).rstrip("/")


def _pem(name: str, text: str, fields: _Fields) -> str:
    """PEM text with real line ends: shells and environment files turn them into a backslash and an n."""
    text = text.replace("\\r", "").replace("\\n", "\n")
    if "-----BEGIN " not in text:
        raise fields.error(name, "must be PEM text that starts with -----BEGIN")
    return text
