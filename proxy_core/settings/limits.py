"""How long to wait for SAP and how much to ask of it, from the config file."""

from collections.abc import Mapping

from proxy_core.settings.keys import known_members
from proxy_core.settings.model import AttemptTimeouts, LimitSettings, ModelLimits, TimeoutSettings
from proxy_core.settings.reader import Value, unknown_key_warnings

__all__ = ["read_limit_settings", "read_model_limits", "read_timeouts"]

_ATTEMPT_KEYS = ("connect", "first_byte", "idle")
_LIMIT_KEYS = ("requests_per_minute", "concurrency")
_MOST_REQUESTS = 1_000_000


def read_timeouts(timeouts: Value, warnings: list[str]) -> TimeoutSettings:
    """What single models do not say is as for all of them. Raises `ConfigurationError`."""
    default = TimeoutSettings()
    if not timeouts.given:
        return default
    known = known_members("timeouts")
    warnings += unknown_key_warnings(timeouts, timeouts.unknown_members(known), known)
    usual = _read_attempt(timeouts, default)
    models = {}
    for model, value in timeouts.get("models").members():
        warnings += unknown_key_warnings(value, value.unknown_members(_ATTEMPT_KEYS), _ATTEMPT_KEYS)
        models[model] = _read_attempt(value, usual)
    return TimeoutSettings(
        connect=usual.connect,
        first_byte=usual.first_byte,
        idle=usual.idle,
        failover=timeouts.get("failover").seconds(default.failover),
        models=models,
    )


def read_limit_settings(limits: Value, warnings: list[str]) -> LimitSettings:
    """Raises `ConfigurationError`."""
    default = LimitSettings()
    if not limits.given:
        return default
    known = known_members("limits")
    warnings += unknown_key_warnings(limits, limits.unknown_members(known), known)
    return LimitSettings(
        models=read_model_limits(limits.get("models"), warnings),
        learn=limits.get("learn").boolean(default=default.learn),
        queue=limits.get("queue").seconds(default.queue, zero=True),
    )


def read_model_limits(limits: Value, warnings: list[str]) -> Mapping[str, ModelLimits]:
    """Limits by model name or `*`. Raises `ConfigurationError`."""
    found = {}
    for model, value in limits.members():
        warnings += unknown_key_warnings(value, value.unknown_members(_LIMIT_KEYS), _LIMIT_KEYS)
        found[model] = ModelLimits(*(_read_count(value.get(key)) for key in _LIMIT_KEYS))
    return found


def _read_attempt(value: Value, default: AttemptTimeouts) -> AttemptTimeouts:
    return AttemptTimeouts(*(value.get(key).seconds(getattr(default, key)) for key in _ATTEMPT_KEYS))


def _read_count(value: Value) -> int | None:
    return value.integer(1, 1, _MOST_REQUESTS) if value.given else None
