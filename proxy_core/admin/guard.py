"""The rules that every request for the settings page must keep, and the headers that every answer carries.

Against: other web sites in the same browser (Host, Origin, fetch metadata, CSRF token), other programs' servers on
this machine, which get every cookie of 127.0.0.1 (a path of its own for this one), framing, and foreign scripts.
"""

from collections.abc import Callable, Mapping

from proxy_core.admin.sessions import Session, Sessions

__all__ = ["COOKIE", "CSRF_HEADER", "SECURITY_HEADERS", "Guard", "RefusedError", "cookie_header"]

COOKIE = "ai_core_proxy_settings"
CSRF_HEADER = "x-csrf-token"
_ACTIVE_HEADER = "x-user-active"
"""Set by the page on its look for news when the user did something since the last one."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_OWN_FETCHES = frozenset({"same-origin", "none"})


class RefusedError(Exception):
    """A request breaks a rule. `code` is a word for the page, `str()` a sentence for people."""

    def __init__(self, message: str, *, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Guard:
    """The rules of the server at `port` of 127.0.0.1. Header names are lower case."""

    def __init__(self, sessions: Sessions, port: Callable[[], int]) -> None:
        self._sessions = sessions
        self._port = port

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Refuse another `Host`: a name that somebody pointed at this machine (DNS rebinding)."""
        host = self._host()
        if headers.get("host") != host:
            raise RefusedError(f"This server answers only to http://{host}.", status=403, code="foreign_host")

    def check_origin(self, headers: Mapping[str, str], *, changes: bool) -> None:
        """Refuse requests that another page makes. A change must name its origin."""
        origin = headers.get("origin")
        own = origin == f"http://{self._host()}" or (origin is None and not changes)
        if not own or headers.get("sec-fetch-site", "none") not in _OWN_FETCHES:
            raise RefusedError("Only the settings page itself may do that.", status=403, code="foreign_origin")

    def find_session(self, cookie: str | None, headers: Mapping[str, str], *, changes: bool) -> Session:
        """The session of a cookie. Raises `RefusedError` 401."""
        renew = changes or headers.get(_ACTIVE_HEADER) == "1"
        session = self._sessions.find(cookie, renew=renew) if cookie else None
        if session is None:
            raise RefusedError(
                "The session is over. Open the settings again from the tray icon, or start the program again.",
                status=401,
                code="session_over",
            )
        return session

    def check_csrf(self, session: Session, headers: Mapping[str, str]) -> None:
        """Refuse a change without the page's own token."""
        if not session.owns(headers.get(CSRF_HEADER, "")):
            raise RefusedError("The page is out of date. Load it again.", status=403, code="csrf")

    def _host(self) -> str:
        return f"127.0.0.1:{self._port()}"


def cookie_header(session: Session, path: str) -> str:
    """The `Set-Cookie` of a session. Browsers send a cookie to every port of a host, so only the path keeps it
    from other servers on this machine."""
    return f"{COOKIE}={session.token}; Path={path}; HttpOnly; SameSite=Strict"
