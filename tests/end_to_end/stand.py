"""A test stand: the whole proxy in front of a simulated SAP AI Core, over real sockets, with the official SDKs."""

import http.client
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anthropic
import openai

from proxy_core.engine import Engine, EngineOptions
from proxy_core.settings.api_keys import ApiKeys
from proxy_core.settings.model import ServiceKeyDocument, Settings, SubAccountSettings
from proxy_core.settings.secret import Secret
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import World, demo_world

__all__ = ["KEY", "Answer", "Stand", "running_stand"]

KEY = "test-key-0123456789"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Stand:
    """`world` is the simulated SAP: its faults and its log of requests are the test's to use."""

    world: World
    engine: Engine
    clients: list[Any] = field(default_factory=list)

    def openai(self) -> openai.OpenAI:
        client = openai.OpenAI(base_url=f"{self.engine.base_url}/v1", api_key=KEY, max_retries=0, timeout=30)
        self.clients.append(client)
        return client

    def anthropic(self) -> anthropic.Anthropic:
        client = anthropic.Anthropic(base_url=self.engine.base_url, api_key=KEY, max_retries=0, timeout=30)
        self.clients.append(client)
        return client

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One HTTP call with the key; `body` is sent as JSON, bytes as they are."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.engine.port, timeout=30)
        try:
            connection.request(method, path, data, {"Authorization": f"Bearer {KEY}", **(headers or {})})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def deployments(self, model: str) -> list[str]:
        """Ids of the running deployments of a model, in all sub-accounts."""
        return [deployment.id for deployment in self.engine.router.table.models[model].deployments]

    def inference_bodies(self) -> list[Any]:
        """What SAP got, oldest first."""
        return [seen.body for seen in self.world.requests.inference()]

    def reset(self) -> None:
        self.world.faults.clear()
        self.world.requests.clear()
        self.engine.dispatch.reset()

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.clients.clear()


@contextmanager
def running_stand(
    home: Path,
    *,
    world: World | None = None,
    options: EngineOptions | None = None,
    pins: Mapping[str, str] | None = None,
    **changes: Any,
) -> Iterator[Stand]:
    """A stand from start to stop; `pins` are deployment URLs by model name, `changes` are fields of `Settings`."""
    with Simulator(world or demo_world()) as sap:
        accounts = tuple(
            SubAccountSettings(tenant.name, service_key=ServiceKeyDocument("test", sap.service_key(tenant.name)))
            for tenant in sap.world.tenants
        )
        pinned = {name: (url,) for name, url in (pins or {}).items()}
        accounts = (replace(accounts[0], deployment_models=pinned), *accounts[1:])
        settings = replace(
            Settings(config_dir=home, state_dir=home, cache_dir=home, sub_accounts=accounts, port=0), **changes
        )
        engine = Engine(settings, ApiKeys((Secret(KEY),)), {}, logging.getLogger("test"), options)
        with engine:
            stand = Stand(sap.world, engine)
            yield stand
            stand.close()
