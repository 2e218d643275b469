"""Which web pages may call: cross-origin headers and preflight answers. No origin is allowed by default."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from proxy_core.errors import ClientError, ErrorKind

__all__ = ["Cors"]

_PREFLIGHT_SECONDS = "600"


class Cors:
    """The origins of a setting such as `["https://chat.example"]`; `*` allows every page."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    def allows(self, origin: str) -> bool:
        return "*" in self._origins or origin.rstrip("/").lower() in self._origins

    def check_origin(self, origin: str | None, host: str | None) -> None:
        """Refuse a page that neither the setting names nor the proxy itself serves. Raises `ClientError` 403."""
        if origin is None or self.allows(origin) or _is_own(origin, host):
            return
        raise ClientError(
            "Web pages of this origin may not call the proxy. Add the page's origin to `cors_origins` in the "
            "configuration.",
            status=403,
            kind=ErrorKind.PERMISSION,
        )

    def headers(self, origin: str | None) -> dict[str, str]:
        """What every answer to an allowed page carries, errors too: else the page cannot read them."""
        if origin is None or not self.allows(origin):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "*", "Vary": "Origin"}

    def preflight(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The answer to a preflight of an allowed page. It echoes the headers asked for: a fixed list breaks
        with every new client, and `*` does not cover `Authorization` (Fetch standard, 4.9)."""
        return {
            "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Allow-Headers": headers.get(
                "access-control-request-headers", "authorization, content-type"
            ),
            "Access-Control-Allow-Private-Network": "true",
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        }


def _is_own(origin: str, host: str | None) -> bool:
    return host is not None and urlsplit(origin).netloc.lower() == host.lower()
