"""What the user configured, as values. Knows no file format and reads nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from proxy_core.json_text import JsonObject
from proxy_core.settings.secret import Secret

__all__ = [
    "DEFAULT_BODY_LIMIT_MB",
    "DEFAULT_PORT",
    "DEFAULT_TLS_PORT",
    "ApiKeyOptions",
    "AttemptTimeouts",
    "LimitSettings",
    "LogLevel",
    "ModelFilters",
    "ModelLimits",
    "OrchestrationSettings",
    "ServiceKeyDocument",
    "Settings",
    "SubAccountSettings",
    "TimeoutSettings",
    "TlsSettings",
]

DEFAULT_PORT = 3001
DEFAULT_TLS_PORT = 8443
DEFAULT_BODY_LIMIT_MB = 64
"""More than any model takes: Claude on Bedrock 20 MB, Anthropic's own API 32 MB, Azure OpenAI 50 MB of files."""

LogLevel = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class ServiceKeyDocument:
    """A service key as the user gave it. `where` says where it stands (`in key.json`); `value` is
    the parsed JSON object and never printed."""

    where: str
    value: JsonObject = field(repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What one model may be asked in one sub-account; None is no limit. `concurrency` counts requests that are
    under way at once."""

    requests_per_minute: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class SubAccountSettings:
    """One sub-account of SAP AI Core.

    `service_key` is None when the credentials come from the environment. `deployment_ids` and
    `deployment_models` map a configured model name to deployment ids and to deployment URLs. `discover`
    tells whether deployments that are not pinned are published too. A sub-account of `weight` 2 gets twice the
    requests of one with 1; those of a higher `priority` number are asked only when none of a lower one can
    answer. `limits` go by model name or `*`. `unknown` keeps keys that nobody knows.
    """

    name: str
    resource_group: str = "default"
    service_key: ServiceKeyDocument | None = None
    deployment_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    deployment_models: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    discover: bool = True
    weight: int = 1
    priority: int = 1
    limits: Mapping[str, ModelLimits] = field(default_factory=dict, hash=False)
    unknown: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @property
    def needs_discovery(self) -> bool:
        """False when every model is pinned by its URL and nothing else is wanted."""
        return self.discover or bool(self.deployment_ids)


@dataclass(frozen=True, slots=True)
class ModelFilters:
    """Patterns over published names, found anywhere in a name. No `include` means all."""

    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptTimeouts:
    """Seconds: to connect to SAP, until the first byte of an answer, between two reads of it."""

    connect: float = 10.0
    first_byte: float = 600.0
    idle: float = 300.0


@dataclass(frozen=True, slots=True)
class TimeoutSettings(AttemptTimeouts):
    """`failover`: seconds of a request after which no further deployment is tried. `models` holds what is
    different for single models, by name."""

    failover: float = 900.0
    models: Mapping[str, AttemptTimeouts] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`models` holds limits by model name or `*`, for each sub-account that has none of its own. With `learn`
    requests per minute that are not configured are those of SAP's quota. A request waits up to `queue` seconds
    for its turn before it is refused."""

    models: Mapping[str, ModelLimits] = field(default_factory=dict, hash=False)
    learn: bool = True
    queue: float = 15.0


@dataclass(frozen=True, slots=True)
class OrchestrationSettings:
    """Models without a deployment of their own are reached through SAP's orchestration service when `enabled`.

    `modules` holds, by model name or `*` for all, what the service shall do around the model: `filtering`,
    `masking` and others in SAP's own form. A model that is named is served through orchestration only.
    """

    enabled: bool = True
    modules: Mapping[str, JsonObject] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ApiKeyOptions:
    """What holds for one API key. `name` is for people; `daily_tokens` is its budget, None the general one."""

    name: str | None = None
    daily_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class TlsSettings:
    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the engine needs to know, loaded once.

    `api_keys` are the configured ones; `api_keys.resolve_api_keys` adds the generated one. Where no
    sub-account is configured, `sub_accounts` is empty and the environment may give one. `config_path` is
    None when no file was found. `unknown` keeps the top-level keys that nobody knows, for rewriting.
    """

    config_dir: Path
    state_dir: Path
    cache_dir: Path
    config_path: Path | None = None
    sub_accounts: tuple[SubAccountSettings, ...] = ()
    model_filters: ModelFilters = ModelFilters()
    api_keys: tuple[Secret, ...] = ()
    api_key_options: Mapping[Secret, ApiKeyOptions] = field(default_factory=dict, hash=False)
    """Only for those of `api_keys` of which something is said."""
    daily_tokens: int | None = None
    """Tokens, of input and output together, that each API key may use in a day (UTC); None is no limit."""
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    """0 takes any free port."""
    tls: TlsSettings | None = None
    cors_origins: tuple[str, ...] = ()
    model_aliases: Mapping[str, str] = field(default_factory=dict, hash=False)
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    timeouts: TimeoutSettings = TimeoutSettings()
    affinity: bool = True
    """A conversation stays with the deployment that answered it before, whose prompt cache knows it."""
    limits: LimitSettings = LimitSettings()
    proxy: str | None = field(default=None, repr=False)
    """URL of the HTTP proxy on the way to SAP; it may hold a password."""
    ca_file: Path | None = None
    api_versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    orchestration: OrchestrationSettings = OrchestrationSettings()
    max_streams: int = 64
    """Requests answered at once."""
    body_limit_bytes: int = DEFAULT_BODY_LIMIT_MB * 1024 * 1024
    log_level: LogLevel = "info"
    unknown: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
