"""The demo: a simulated SAP AI Core with two sub-accounts, and a configuration that points at it."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proxy_core.cli.demo_marks import DEMO_KEY
from proxy_core.json_text import JsonObject
from proxy_core.settings.load import Loaded, Overrides, load_settings
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world

__all__ = ["demo_banner", "demo_config", "running_demo"]

_PACE = 0.01
"""Seconds between the frames of a stream, so that one can see it stream."""


@contextmanager
def running_demo(overrides: Overrides) -> Iterator[Loaded]:
    """The simulator, running, and the settings for a proxy in front of it. No file of the user is touched.

    Raises `ConfigurationError` for overrides that cannot work.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ai-core-proxy-demo-") as folder,
        Simulator(demo_world(), pace=_PACE) as sap,
    ):
        file = Path(folder, "config.json")
        file.write_text(json.dumps(_config(sap)), encoding="utf-8")
        yield load_settings(file, environ={"AI_CORE_PROXY_HOME": folder}, overrides=overrides)


@contextmanager
def demo_config() -> Iterator[JsonObject]:
    """The simulator, running, and a config document for it with the secrets inline."""
    with Simulator(demo_world(), pace=_PACE) as sap:
        yield _config(sap)


def _config(sap: Simulator) -> JsonObject:
    accounts = {tenant.name: {"service_key_json": sap.service_key(tenant.name)} for tenant in sap.world.tenants}
    return {"subAccounts": accounts, "secret_authentication_tokens": [DEMO_KEY]}


def demo_banner(base_url: str, models: int) -> str:
    """What the demo says when it runs, ready to copy."""
    curl = "curl -sk" if base_url.startswith("https") else "curl -s"
    return f"""
AI Core Proxy runs in DEMO MODE: the answers come from a simulated SAP AI Core, not from a real model.

  Base URL   {base_url}/v1  (OpenAI)    {base_url}  (Anthropic)
  API key    {DEMO_KEY}
  Models     {models}, in two sub-accounts

Try it in another terminal:

  {curl} {base_url}/v1/chat/completions -H "Authorization: Bearer {DEMO_KEY}" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-5", "messages": [{{"role": "user", "content": "Who are you?"}}]}}'

  ANTHROPIC_BASE_URL={base_url} ANTHROPIC_AUTH_TOKEN={DEMO_KEY} ANTHROPIC_MODEL=claude-sonnet-4-5 claude

  OPENAI_API_BASE={base_url}/v1 OPENAI_API_KEY={DEMO_KEY} aider --model openai/gpt-5

Ctrl-C stops it.
"""
