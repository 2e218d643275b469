"""The settings page's server: 127.0.0.1, a free port, a few threads; it runs whether the proxy does or not."""

import logging
import secrets
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from proxy_core.admin.app import BODY_LIMIT, build_admin_app
from proxy_core.admin.backend import AdminBackend
from proxy_core.admin.sessions import Sessions
from proxy_core.server.waitress_server import WaitressServer

__all__ = ["AdminServer"]

_HOST = "127.0.0.1"
_THREADS = 8
_PATH_BYTES = 9


class AdminServer:
    """Shows `backend` to the user's browser. It may be started again after a stop. `language` is that of the page,
    `en` or `de`; None leaves it to the browser. `clock` counts seconds.

    `link` is the only way in: hand it to the browser at once.
    """

    def __init__(
        self,
        backend: AdminBackend,
        log: logging.Logger,
        *,
        language: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._log = log
        self._language = language
        self._sessions = Sessions(clock)
        self._base = f"/{secrets.token_urlsafe(_PATH_BYTES)}/"
        self._server: WaitressServer | None = None

    @property
    def port(self) -> int:
        """Raises `RuntimeError` while it is not started."""
        if self._server is None:
            raise RuntimeError("The settings page's server is not started.")
        return self._server.port

    @property
    def url(self) -> str:
        """Its address with a slash at the end. Raises `RuntimeError` while it is not started."""
        return f"http://{_HOST}:{self.port}/"

    @property
    def error(self) -> BaseException | None:
        """Why the server died by itself, if it did."""
        return self._server.error if self._server else None

    def start(self) -> None:
        """Serve in threads of its own. Raises `ConfigurationError` when there is no port."""
        if self._server is not None:
            return
        app = build_admin_app(
            self._backend, self._sessions, lambda: server.port, self._base, self._log, self._language
        )
        server = WaitressServer(
            app.wsgi_app, _HOST, 0, log=self._log, threads=_THREADS, body_limit_bytes=BODY_LIMIT
        )
        server.start()
        self._server = server

    def stop(self) -> None:
        """End it in a few seconds at most. May be called twice."""
        server, self._server = self._server, None
        if server is not None:
            server.stop(grace=0.5)

    def link(self) -> str:
        """An address that opens the page once, within a minute. It is a secret for that long: never log it."""
        return f"{self.url}enter?ticket={self._sessions.issue_link()}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
