"""A profile in a folder of its own, for the tests of the tray's configuration."""

import json
from pathlib import Path
from typing import Any

from proxy_core.settings.profile import Profile
from tests.settings.dict_store import DictStore

__all__ = ["ProfileFolder"]


class ProfileFolder:
    """`profile` is the one of a running program; `restart` makes another, as the next start has it."""

    def __init__(self, base: Path) -> None:
        self.path = base / "config"
        self.store = DictStore()
        self.environ = {"AI_CORE_PROXY_HOME": str(base)}
        self.profile = self.restart()

    def restart(self) -> Profile:
        self.profile = Profile(self.path, self.store, self.environ)
        return self.profile

    def write(self, document: Any) -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / "config.json").write_text(document if isinstance(document, str) else json.dumps(document))

    def read(self) -> Any:
        return json.loads((self.path / "config.json").read_text())

    def everything(self) -> tuple[dict[str, bytes], dict[str, str]]:
        """All that the profile keeps: the bytes of its files, and its secrets."""
        files = {path.name: path.read_bytes() for path in sorted(self.path.glob("*"))}
        return files, {key: secret.reveal() for key, secret in self.store.secrets.items()}

    def names(self) -> list[str]:
        return sorted(path.name for path in self.path.glob("*"))
