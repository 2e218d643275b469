"""Who may call: API keys and the Host check. It decides and says why; it sends nothing and logs nothing."""

import hmac
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence

from proxy_core.errors import ClientError, ErrorKind
from proxy_core.settings.api_keys import key_identity

__all__ = ["CREDENTIAL_HEADERS", "Access"]

CREDENTIAL_HEADERS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})
"""Every header in which some client sends its key. Neither tells the dialect: the current Anthropic SDKs
send `Authorization`, some OpenAI clients send both."""

_KEY_HEADERS = ("x-api-key", "api-key", "x-goog-api-key")
_LOCAL_NAMES = frozenset({"localhost", "host.docker.internal", "host.containers.internal"})
"""Names that no attacker can point anywhere. The container names reach a proxy on the host's loopback."""
_ANY_HOST = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104 - compared, not bound
_KEY_IN_QUERY = re.compile(r"(?:^|&)key=")
_WHERE_KEYS_ARE = "The keys are in the configuration file under `secret_authentication_tokens`."


class Access:
    """The access rules of one server.

    `allowed_hosts` are names besides the loopback ones that a `Host` header may carry: the configured host.
    A wildcard address among them (`0.0.0.0`, `::`) allows every name, since a server for a whole network
    cannot know its names; the key still protects it. `where_keys_are` is a sentence for people.
    """

    def __init__(
        self,
        api_keys: Sequence[str],
        allowed_hosts: Iterable[str] = (),
        *,
        where_keys_are: str = _WHERE_KEYS_ARE,
    ) -> None:
        self.replace_keys(api_keys)
        self._hosts = frozenset(_bare_host(host) for host in allowed_hosts)
        self._any_host = not self._hosts.isdisjoint(_ANY_HOST)
        self._where_keys_are = where_keys_are

    def replace_keys(self, api_keys: Sequence[str]) -> None:
        """From now on these keys are valid and no others. Raises ValueError for none or an empty one."""
        if not all(api_keys) or not api_keys:
            raise ValueError("Access needs at least one API key, and no empty one.")
        self._keys = tuple((key.encode(), key_identity(key)) for key in api_keys)

    def check_host(self, host: str | None) -> None:
        """Refuse a foreign `Host` (DNS rebinding: a web page whose name was pointed at this machine).
        Raises `ClientError` 403."""
        if host is None or self._any_host:
            return
        name = _bare_host(host)
        if name in self._hosts or name in _LOCAL_NAMES or _is_loopback(name):
            return
        raise ClientError(
            "The Host header names a host that this proxy does not serve. Use http://127.0.0.1 with its port, "
            "or set `host` in the configuration.",
            status=403,
            kind=ErrorKind.PERMISSION,
        )

    def check_key(self, headers: Mapping[str, str], query: str = "") -> str:
        """The identity of the key that a request carries (`key_identity`, never the key itself). A request without
        a valid key is refused; one valid header suffices. Header names are lower case, values
        as WSGI gives them (bytes as Latin-1). A key in the `query` of the address counts for nothing: addresses
        are kept in logs and histories. Raises `ClientError` 401."""
        offered = [text for text in (_bearer(headers), *(headers.get(name) for name in _KEY_HEADERS)) if text]
        matches = [identity for text in offered for identity in self._matches(text)]
        if matches:
            return matches[0]
        raise ClientError(
            f"{_problem(bool(offered), query)} Send one as `Authorization: Bearer KEY` or `x-api-key: KEY`. "
            f"{self._where_keys_are}",
            status=401,
            kind=ErrorKind.AUTHENTICATION,
            code="invalid_api_key",
        )

    def _matches(self, text: str) -> list[str]:
        """Compares with every key, so that the time tells nothing."""
        offered = text.encode("latin-1", "replace")
        return [identity for key, identity in self._keys if hmac.compare_digest(offered, key)]


def _problem(offered: bool, query: str) -> str:
    if offered:
        return "The API key is not one of this proxy's keys."
    if _KEY_IN_QUERY.search(query):
        return "A key in the URL is not taken, because URLs end up in logs: send it as the header `x-goog-api-key`."
    return "An API key is missing."


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _bare_host(host: str) -> str:
    """`[::1]:3001` as `::1`, `Example.com:80` as `example.com`."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    if host.count(":") == 1:
        host = host.partition(":")[0]
    return host.rstrip(".")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
