"""The demo: a simulated SAP AI Core with two sub-accounts, and settings that point at it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proxy_core.cli.log_setup import set_up_logging
from proxy_core.engine import Engine, EngineOptions
from proxy_core.settings.api_keys import ApiKeys
from proxy_core.settings.load import Overrides
from proxy_core.settings.model import DEFAULT_PORT, ServiceKeyDocument, Settings, SubAccountSettings
from proxy_core.settings.secret import Secret
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world

__all__ = ["DEMO_KEY", "run_demo"]

DEMO_KEY = "sk-demo"
"""Known to everybody: behind it there is only the simulator."""
_HEADERS = {"x-demo": "true"}
_PACE = 0.01
"""Seconds between the frames of a stream, so that one can see it stream."""


@dataclass(frozen=True, slots=True)
class Demo:
    settings: Settings
    api_keys: ApiKeys


def run_demo(overrides: Overrides, wait: Callable[[Engine], int]) -> int:
    """The demo from start to end; `wait` returns the exit code when it is over."""
    with _running_demo(overrides) as demo:
        log = set_up_logging(demo.settings.log_level, demo.settings.state_dir)
        with Engine(demo.settings, demo.api_keys, {}, log, EngineOptions(extra_headers=_HEADERS)) as engine:
            print(_banner(engine.base_url, len(engine.router.table.models)), flush=True)
            return wait(engine)


@contextmanager
def _running_demo(overrides: Overrides) -> Iterator[Demo]:
    """The simulator, running, and the settings for a proxy in front of it. No file of the user is touched."""
    with (
        tempfile.TemporaryDirectory(prefix="ai-core-proxy-demo-") as folder,
        Simulator(demo_world(), pace=_PACE) as sap,
    ):
        home = Path(folder)
        accounts = tuple(
            SubAccountSettings(
                tenant.name, service_key=ServiceKeyDocument("the demo", sap.service_key(tenant.name))
            )
            for tenant in sap.world.tenants
        )
        settings = Settings(
            config_dir=home,
            state_dir=home,
            cache_dir=home,
            sub_accounts=accounts,
            host=overrides.host or "127.0.0.1",
            port=DEFAULT_PORT if overrides.port is None else overrides.port,
            log_level=overrides.log_level or "info",
        )
        yield Demo(settings, ApiKeys((Secret(DEMO_KEY),)))


def _banner(base_url: str, models: int) -> str:
    """What the demo says when it runs, ready to copy."""
    return f"""
AI Core Proxy runs in DEMO MODE: the answers come from a simulated SAP AI Core, not from a real model.

  Base URL   {base_url}/v1  (OpenAI)    {base_url}  (Anthropic)
  API key    {DEMO_KEY}
  Models     {models}, in two sub-accounts

Try it in another terminal:

  curl -s {base_url}/v1/chat/completions -H "Authorization: Bearer {DEMO_KEY}" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-5", "messages": [{{"role": "user", "content": "Who are you?"}}]}}'

  ANTHROPIC_BASE_URL={base_url} ANTHROPIC_AUTH_TOKEN={DEMO_KEY} ANTHROPIC_MODEL=claude-sonnet-4-5 claude

Ctrl-C stops it.
"""
