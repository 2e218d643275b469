"""Where the program keeps its files on this machine. The only importer of platformdirs. Creates nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

__all__ = ["Directories", "resolve_directories"]

_APP_NAME = "ai-core-proxy"


@dataclass(frozen=True, slots=True)
class Directories:
    """`config` holds config.json and the generated key, `state` logs and counts, `cache` what can be lost."""

    config: Path
    state: Path
    cache: Path


def resolve_directories(environ: Mapping[str, str]) -> Directories:
    """The user's folders as the operating system has them; all below `AI_CORE_PROXY_HOME` when that is set."""
    if home := environ.get("AI_CORE_PROXY_HOME"):
        base = Path(home).expanduser()
        return Directories(config=base / "config", state=base / "state", cache=base / "cache")
    found = platformdirs.PlatformDirs(_APP_NAME, appauthor=False)
    return Directories(
        config=Path(found.user_config_dir), state=Path(found.user_state_dir), cache=Path(found.user_cache_dir)
    )
