"""A client of the settings page that sends what a browser would, and anything else when told."""

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from proxy_core.admin.server import AdminServer

__all__ = ["Answer", "PageClient"]


@dataclass(frozen=True)
class Answer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def error(self) -> Any:
        return self.json()["error"]


class PageClient:
    """`base` is the path of the page, `cookie` and `csrf` are the session's; all empty before `enter`."""

    def __init__(self, server: AdminServer) -> None:
        self._port = server.port
        self.origin = server.url.rstrip("/")
        self.base = ""
        self.cookie = ""
        self.csrf = ""

    def enter(self, link: str) -> Answer:
        """Open a one-time link, follow it to the page, and keep the session."""
        opened = self.raw("GET", link.removeprefix(self.origin))
        if opened.status != 303:
            return opened
        self.cookie = opened.headers["set-cookie"].partition(";")[0]
        self.base = urlsplit(opened.headers["location"]).path
        shown = self.raw("GET", self.base, {"Cookie": self.cookie})
        found = re.search(rb'name="csrf-token" content="([^"]+)"', shown.body)
        assert found
        self.csrf = found.group(1).decode()
        return shown

    def get(self, name: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.raw("GET", f"{self.base}api/{name}", {"Cookie": self.cookie, **(headers or {})})

    def post(self, name: str, body: Any = None, headers: Mapping[str, str | None] | None = None) -> Answer:
        """A command as the page sends it; a header that is None in `headers` is left out."""
        sent: dict[str, str | None] = {
            "Cookie": self.cookie,
            "Origin": self.origin,
            "X-CSRF-Token": self.csrf,
            "Content-Type": "application/json",
            **(headers or {}),
        }
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        kept = {name: value for name, value in sent.items() if value is not None}
        return self.raw("POST", f"{self.base}api/{name}", kept, data)

    def raw(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()
