"""Who may see the settings page: one-time links, and the sessions that they open. No HTTP, nothing on disk.

Tokens are kept as digests, so that a look-up takes no time that tells anything about them.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["LINK_SECONDS", "SESSION_SECONDS", "Session", "Sessions"]

LINK_SECONDS = 60.0
"""How long a link can be opened."""
SESSION_SECONDS = 3600.0
"""How long a session lives without the user doing anything."""

_MOST_LINKS = 32
_MOST_SESSIONS = 32
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """`token` goes into the cookie, `csrf` into the page, which sends it with every change."""

    token: str = field(repr=False)
    csrf: str = field(repr=False)

    def owns(self, csrf: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(csrf.encode(), self.csrf.encode())


class Sessions:
    """Safe for use from many threads. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._links: dict[bytes, float] = {}
        self._sessions: dict[bytes, tuple[Session, float]] = {}

    def issue_link(self) -> str:
        """A token that opens one session within a minute."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._lock:
            self._forget_old()
            self._links[_digest(token)] = self._clock() + LINK_SECONDS
            _keep_newest(self._links, _MOST_LINKS)
        return token

    def redeem(self, link_token: str) -> Session | None:
        """The session that a link opens, once; None when it was used, is too old or was never issued."""
        with self._lock:
            self._forget_old()
            if self._links.pop(_digest(link_token), None) is None:
                return None
            session = Session(secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES))
            self._sessions[_digest(session.token)] = (session, self._clock() + SESSION_SECONDS)
            _keep_newest(self._sessions, _MOST_SESSIONS)
            return session

    def find(self, token: str, *, renew: bool) -> Session | None:
        """The session of a cookie, None when there is none or it is over. `renew` tells that the user did
        something: a page that only looks for news does not keep a session alive."""
        with self._lock:
            self._forget_old()
            found = self._sessions.get(_digest(token))
            if found is None:
                return None
            if renew:
                self._sessions[_digest(token)] = (found[0], self._clock() + SESSION_SECONDS)
            return found[0]

    def _forget_old(self) -> None:
        now = self._clock()
        self._links = {key: end for key, end in self._links.items() if now < end}
        self._sessions = {key: entry for key, entry in self._sessions.items() if now < entry[1]}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _keep_newest(entries: dict[bytes, Any], limit: int) -> None:
    while len(entries) > limit:
        del entries[next(iter(entries))]
