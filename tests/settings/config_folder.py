"""A folder with a config file and service keys, for the tests of loading."""

import json
from pathlib import Path
from typing import Any

from proxy_core.settings.load import Loaded, Overrides, load_settings

__all__ = ["SERVICE_KEY", "ConfigFolder"]

SERVICE_KEY = {
    "clientid": "demo-client",
    "clientsecret": "demo-secret",
    "url": "https://demo.authentication.example.com",
    "serviceurls": {"AI_API_URL": "https://api.ai.example.com"},
}


class ConfigFolder:
    """Writes config files into a folder and loads them with the user's own folders below it."""

    def __init__(self, base: Path) -> None:
        self.path = base / "project"
        self.path.mkdir()
        self.environ = {"AI_CORE_PROXY_HOME": str(base / "home")}
        self.home_config = base / "home" / "config" / "config.json"
        self.write_json("key.json", SERVICE_KEY)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def write_json(self, name: str, value: Any) -> Path:
        return self.write(name, json.dumps(value))

    def load(self, config: Any = None, overrides: Overrides | None = None, path: Path | None = None) -> Loaded:
        """Write `config` (when given) as config.json and load it."""
        if config is not None:
            self.write_json("config.json", config)
        return load_settings(path, environ=self.environ, overrides=overrides or Overrides(), working_dir=self.path)

    def load_account(self, **keys: Any) -> Loaded:
        """Load a config with the one sub-account `a`, which has a service key."""
        return self.load({"subAccounts": {"a": {"service_key_json": "key.json", **keys}}})
