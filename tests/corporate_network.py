"""A company's network on loopback: a SAP AI Core under a public name, and the HTTP proxy on the way to it."""

import base64
import http.server
import select
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Self

import trustme

from proxy_core.simulator.server import Simulator

__all__ = ["HOST", "CorporateProxy", "PublicSimulator", "server_context"]

HOST = "api.ai.sap.invalid"
"""No name server knows it, so that whoever reaches it came through the proxy."""


def server_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """For a server under these names, with a certificate of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


class PublicSimulator(Simulator):
    """A simulated SAP AI Core that calls itself `https://HOST` in its service keys and deployment URLs."""

    @property
    def url(self) -> str:
        return f"https://{HOST}"

    @property
    def port(self) -> int:
        assert self._server
        return int(self._server.server_address[1])


class CorporateProxy:
    """An HTTP proxy that knows the way to `HOST` at a local port and to nothing else. Use it as a context manager.

    With `login` (`user:password`) it answers 407 to whoever sends another. With `signer` it opens the TLS of its
    clients, as companies do that look into the traffic: it shows a certificate of its own for the host.
    """

    def __init__(self, port: int, *, login: str | None = None, signer: trustme.CA | None = None) -> None:
        self.asked: list[str] = []
        """What CONNECT asked for, in order, let through or not."""
        self._target = port
        self._login = "Basic " + base64.b64encode(login.encode()).decode() if login else None
        self._front = server_context(signer, HOST) if signer else None
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def place(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def refusal(self, path: str, headers: Mapping[str, str]) -> int | None:
        """The status for a CONNECT that is not let through."""
        self.asked.append(path)
        if self._login and headers.get("Proxy-Authorization") != self._login:
            return 407
        return None if path == f"{HOST}:443" else 403

    def lead(self, here: socket.socket) -> None:
        """Carry bytes between the client and the target until one of them closes."""
        with socket.create_connection(("127.0.0.1", self._target)) as plain:
            if self._front is None:
                _relay(here, plain)
                return
            unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            unchecked.check_hostname = False
            unchecked.verify_mode = ssl.CERT_NONE
            with (
                self._front.wrap_socket(here, server_side=True) as opened,
                unchecked.wrap_socket(plain, server_hostname=HOST) as there,
            ):
                _relay(opened, there)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                self.close_connection = True
                if status := proxy.refusal(self.path, self.headers):
                    self.send_error(status)
                    return
                self.send_response(200)
                self.end_headers()
                try:
                    proxy.lead(self.connection)
                except OSError:  # the client refused the certificate, or went away
                    return

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _relay(here: socket.socket, there: socket.socket) -> None:
    while True:
        waiting = [one for one in (here, there) if isinstance(one, ssl.SSLSocket) and one.pending()]
        for ready in waiting or select.select([here, there], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            (there if ready is here else here).sendall(data)
