"""Which HTTP proxy lies on the way to a host."""

import urllib.request
from urllib.parse import urlsplit

from proxy_core.aicore.http_request import Origin, is_loopback
from proxy_core.errors import ConfigurationError

__all__ = ["check_proxy", "place_of", "resolve_proxy"]

_OTHER_KINDS = frozenset({"https", "socks", "socks4", "socks4a", "socks5", "socks5h"})
"""What other programs may be able to speak to a proxy."""
_FORM = "http://host:port (http://user:password@host:port)"


def check_proxy(url: str) -> str:
    """The proxy URL as it can be used. A bare `host:port` is taken as http. Raises `ConfigurationError`,
    which never shows the URL: it may hold a password."""
    full = url if "://" in url else f"http://{url}"
    kind = full.partition("://")[0].lower()
    if kind in _OTHER_KINDS:
        raise ConfigurationError(
            f"A proxy of the kind {kind}:// cannot be used. Name another one in `proxy` or HTTPS_PROXY, as {_FORM}."
        )
    try:
        parts = urlsplit(full)
        usable = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(f"The proxy must be written as {_FORM}.")
    return full


def place_of(proxy: str) -> str:
    """Host and port of a proxy's URL, without the password it may hold."""
    parts = urlsplit(proxy)
    return f"{parts.hostname}:{parts.port or 80}"


def resolve_proxy(origin: Origin, configured: str | None) -> str | None:
    """The proxy URL for an origin, or None for the direct way.

    This computer itself is never behind a proxy. The configured proxy wins; else the system's settings
    and `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` count. Raises `ConfigurationError`.
    """
    if is_loopback(origin.host):
        return None
    if configured is not None:
        return configured
    found = urllib.request.getproxies()
    url = found.get(origin.scheme) or found.get("all")
    if not url or urllib.request.proxy_bypass(f"{origin.host}:{origin.port}"):
        return None
    return check_proxy(url)
