"""A small client of the simulator over real sockets: tokens, lm calls, inference, server-sent events."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from proxy_core.simulator.exchange import SimDeployment
from proxy_core.simulator.server import Simulator

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
API_VERSION = "?api-version=2024-10-21"


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def events(self) -> list[Any]:
        """The `data:` lines; JSON where it is JSON."""
        lines = [line[6:] for line in self.text.replace("\r\n", "\n").split("\n") if line.startswith("data: ")]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]


@dataclass
class Caller:
    simulator: Simulator
    tenant: str = "demo-eu"
    tls: ssl.SSLContext | None = None
    tokens: dict[str, str] = field(default_factory=dict)

    def connection(self) -> http.client.HTTPConnection:
        host = self.simulator.url.partition("://")[2]
        if self.tls is not None:
            return http.client.HTTPSConnection(host, timeout=10, context=self.tls)
        return http.client.HTTPConnection(host, timeout=10)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Got:
        connection = self.connection()
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, data, dict(headers or {}))
            answer = connection.getresponse()
            return Got(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def ask_token(self, **fields: str) -> Got:
        return self.send("POST", "/oauth/token", urlencode(fields).encode(), FORM)

    def token(self) -> str:
        if self.tenant not in self.tokens:
            key = self.simulator.service_key(self.tenant)
            grant = {"grant_type": "client_credentials", "client_id": key["clientid"]}
            self.tokens[self.tenant] = self.ask_token(**grant, client_secret=key["clientsecret"]).json[
                "access_token"
            ]
        return self.tokens[self.tenant]

    def headers(self, **more: str) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.token()}", "AI-Resource-Group": "default", **named}

    def lm(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Got:
        return self.send(method, f"/v2{path}", body, self.headers(**headers))

    def deployment(self, model: str) -> SimDeployment:
        return self.simulator.world.find(self.tenant, model)

    def infer(self, model: str, path: str, body: Any, method: str = "POST", **headers: str) -> Got:
        return self.send(method, self.path(model, path), body, self.headers(**headers))

    def path(self, model: str, path: str) -> str:
        return f"/v2/inference/deployments/{self.deployment(model).id}{path}"

    def chat(self, model: str, text: str, **body: Any) -> Got:
        messages = [{"role": "user", "content": text}]
        return self.infer(model, f"/chat/completions{API_VERSION}", {"messages": messages, **body})


def function(name: str, parameters: Any = None, **more: Any) -> dict[str, Any]:
    schema = parameters or {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "parameters": schema, **more}}
