"""What the controller sees around it: an engine's accounts and models, free ports, bugs. Changes nothing."""

import socket
import traceback
from pathlib import Path
from typing import Any

from proxy_core.engine import Engine
from proxy_core.routing.health import State
from tray_app.snapshot import AccountState

__all__ = ["describe_bug", "find_free_port", "limited_models", "observe_engine", "real_models"]

_PORTS_TRIED = 50
_LAST_PORT = 32_767
"""Above it Linux gives ports to outgoing connections at random."""


def observe_engine(engine: Engine) -> dict[str, Any]:
    """The fields `models`, `spellings`, `limited` and `accounts` of a snapshot, as the engine has them now."""
    table = engine.router.table
    problems = engine.account_problems
    real = real_models(engine)
    serving = [{one.sub_account for one in table.models[name].deployments} for name in real]
    accounts = tuple(
        AccountState(
            one.name, one.resource_group, sum(one.name in names for names in serving), problems.get(one.name)
        )
        for one in engine.accounts
    )
    spellings = frozenset(table.models.keys() - real)
    return {
        "models": tuple(table.models),
        "spellings": spellings,
        "limited": limited_models(engine),
        "accounts": accounts,
    }


def limited_models(engine: Engine) -> tuple[str, ...]:
    """The names of the models that nobody can answer for now, because SAP's limit is reached everywhere."""
    return tuple(
        model["name"]
        for model in engine.status()["models"]
        if all(one["state"] == State.LIMITED for one in model["deployments"])
    )


def real_models(engine: Engine) -> frozenset[str]:
    """The published names without those that only spell another one differently."""
    return frozenset(name for name, model in engine.router.table.models.items() if model.origin != "alias")


def find_free_port(host: str, wanted: int) -> int | None:
    """The first port from `wanted` on that can be bound now; None when the next fifty are taken."""
    return next((port for port in range(wanted, wanted + _PORTS_TRIED) if _is_free(host, port)), None)


def describe_bug(error: BaseException) -> str:
    """Kind and place. The error's own words may hold a secret, so they are left out."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__} in {Path(frames[-1].filename).name} line {frames[-1].lineno}"


def _is_free(host: str, port: int) -> bool:
    if port > _LAST_PORT:
        return False
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
