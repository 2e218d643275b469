"""The keys of the config file: one table for the loader, the reference and its tests. Reads nothing.

The loader takes from here which keys are known. `docs/configuration.md` is written from it, and
`tests/settings/test_keys.py` proves that defaults, limits and names are what the loader really does.
A new key is one entry here, beside the line of the loader that reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.settings.model import DEFAULT_BODY_LIMIT_MB, DEFAULT_PORT, LimitSettings, TimeoutSettings

__all__ = ["KEYS", "SECTIONS", "Key", "known_members"]

_URL = "https://api.ai.example.com/v2/inference/deployments/d0123456789abcdef"
_MASKING = {
    "type": "sap_data_privacy_integration",
    "method": "anonymization",
    "entities": [{"type": "profile-person"}],
}
_TIMEOUTS = TimeoutSettings()
_LIMITS = LimitSettings()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the config file.

    `path` is its place, with dots; `NAME` in it stands for any name of the user's, `[]` for each entry of a list.
    `takes` says the type in a few words. `default` is the JSON value that means the same as leaving the key out,
    None where no value does. `example` is a value that works and makes a difference. `meaning` is one sentence in
    Markdown. `low` and `high` are the limits of a number. `older` is another spelling, obeyed too. `original`
    marks what the earlier proxies for SAP AI Core had in their `config.json`.
    """

    path: str
    takes: str
    default: Any
    example: Any
    meaning: str
    low: float | None = None
    high: float | None = None
    older: str | None = None
    original: bool = False


def _model_limits(path: str) -> tuple[Key, ...]:
    return (
        Key(
            f"{path}.requests_per_minute", "whole number", None, 60, "How many requests may begin in a minute.",
            low=1, high=1_000_000,
        ),
        Key(
            f"{path}.concurrency", "whole number", None, 8, "How many requests may be under way at once.",
            low=1, high=1_000_000,
        ),
    )  # fmt: skip


_SUB_ACCOUNTS = (
    Key(
        "subAccounts", "object: a sub-account by each name", {}, {"production": {"service_key_json": "key.json"}},
        "The sub-accounts of SAP AI Core. With a single one its keys may also stand at the top level, as in the "
        "oldest form of the file. Without any, SAP's own files and variables count (see below).",
        original=True,
    ),
    Key(
        "subAccounts.NAME.service_key_json", "path, object, or reference to a secret", None, "key.json",
        "The service key: a file beside the config file, the key itself, or `{\"secret\": \"…\"}` for one that the "
        "tray application keeps in the keyring. X.509 keys and keys wrapped in `credentials` work too.",
        original=True,
    ),
    Key(
        "subAccounts.NAME.resource_group", "text", "default", "team-a",
        "The resource group whose deployments are used.", original=True,
    ),
    Key(
        "subAccounts.NAME.deployment_ids", "object: ids by model name", {}, {"gpt-4o": ["d0123456789abcdef"]},
        "Pins a model name to deployments by their ids. A pinned model is served by them only.", original=True,
    ),
    Key(
        "subAccounts.NAME.deployment_models", "object: URLs by model name", {}, {"gpt-5": [_URL]},
        "Pins a model name to deployments by their URLs, which also works while SAP's list cannot be read.",
        original=True,
    ),
    Key(
        "subAccounts.NAME.discover", "true or false", True, False,
        "`false` publishes nothing but the pinned models of this sub-account.",
    ),
    Key(
        "subAccounts.NAME.weight", "whole number", 1, 2,
        "A sub-account of weight 2 gets twice the requests of one with 1.", low=1, high=1000,
    ),
    Key(
        "subAccounts.NAME.priority", "whole number", 1, 2,
        "Sub-accounts with a higher number are asked only when none with a lower one can answer.", low=1, high=1000,
    ),
    Key(
        "subAccounts.NAME.limits", "object: limits by model name, or `*`", {}, {"gpt-5": {"concurrency": 8}},
        "What each model may be asked in this sub-account, as in `limits.models`.",
    ),
    *_model_limits("subAccounts.NAME.limits.NAME"),
)  # fmt: skip

_ACCESS = (
    Key(
        "secret_authentication_tokens", "list of texts and objects", [], ["for-tests-only-5d1c9a"],
        "The keys that clients may use. Without any, one is made, stored and shown once.",
        original=True,
    ),
    Key("secret_authentication_tokens[].key", "text", None, "another-long-random-key", "The key itself."),
    Key(
        "secret_authentication_tokens[].secret", "text", None, "api-key/1",
        "Instead of `key`: the name under which the key stands in the keyring.",
    ),
    Key("secret_authentication_tokens[].name", "text", None, "build server", "What people call the key."),
    Key(
        "secret_authentication_tokens[].daily_tokens", "whole number", None, 500_000,
        "The key's own budget, in place of the general `daily_tokens`.", low=1, high=10**12,
    ),
    Key(
        "daily_tokens", "whole number", None, 2_000_000,
        "The budget of each key: how many tokens, in and out together, it may use in a day, which begins at "
        "midnight UTC. A key that has used them up is answered with 429 until the next day.",
        low=1, high=10**12,
    ),
    Key(
        "host", "text", "127.0.0.1", "127.0.0.2",
        "The address to listen on. Any other than this computer's own is warned about.", original=True,
    ),
    Key(
        "port", "whole number", DEFAULT_PORT, 3005,
        "The port to listen on; 0 takes a free one. With HTTPS the default is 8443.", low=0, high=65535,
        original=True,
    ),
    Key(
        "tls", "object, or false", None, {"cert": "server.pem", "key": "server.pem"},
        "Turns HTTPS on. `cert.pem` and `key.pem` beside the config file do so by themselves; `false` prevents it.",
    ),
    Key("tls.cert", "path", None, "server.pem", "The certificate with its chain, as PEM. Needs `tls.key`."),
    Key("tls.key", "path", None, "server.pem", "The private key, as PEM, without a password. Needs `tls.cert`."),
    Key(
        "cors_origins", "list of texts", [], ["https://chat.example.com"],
        "Origins of web pages that may call the proxy from a browser.",
    ),
)  # fmt: skip

_MODELS = (
    Key(
        "model_filters", "object", {}, {"include": ["^gpt-.*"]},
        "Which models are published, by regular expressions found anywhere in a name.", original=True,
    ),
    Key(
        "model_filters.include", "list of regular expressions", [], ["^gpt-.*", "^claude-.*"],
        "Only names that match one of them; all when empty.", older="include_filters", original=True,
    ),
    Key(
        "model_filters.exclude", "list of regular expressions", [], [".*-test$"],
        "Names that are left out, also when included.", older="exclude_filters", original=True,
    ),
    Key("model_aliases", "object: a model by each alias", {}, {"fast": "gpt-5-mini"}, "Further names for models."),
    Key(
        "fallbacks", "object: a list of models by each model", {}, {"gpt-5": ["gpt-4.1"]},
        "Models that answer when a client asks for one that is not deployed.",
    ),
    Key(
        "api_versions", "object: text by model name", {}, {"gpt-4o": "2024-10-21"},
        "The version of Azure's API with which a model is called.",
    ),
    Key(
        "orchestration", "object: modules by model name, or true or false", True,
        {"gpt-5": {"masking": {"providers": [_MASKING]}}},
        "Content filters and masking by model; `false` switches orchestration off. "
        "See [orchestration](orchestration.md).",
    ),
    Key(
        "orchestration.NAME.filtering", "object", None,
        {"input": {"filters": [{"type": "azure_content_safety", "config": {"hate": 2}}]}},
        "Content filters for that model (`*`: for all that go through orchestration anyway), in SAP's own form.",
    ),
    Key(
        "orchestration.NAME.masking", "object", None, {"providers": [_MASKING]},
        "Data masking: persons, addresses and the like are hidden from the model.",
    ),
    Key("orchestration.NAME.grounding", "object", None, {"type": "x"}, "Grounding in documents."),
    Key("orchestration.NAME.translation", "object", None, {"input": {}}, "Translation of questions and answers."),
)  # fmt: skip

_WAY_TO_SAP = (
    Key(
        "proxy", "URL", None, "http://proxy.example.com:8080",
        "The HTTP proxy on the way to SAP, with `user:password@` where it wants a login. Without it `HTTPS_PROXY` "
        "and the system's settings count.",
    ),
    Key(
        "ca_file", "path", None, "server.pem",
        "Certificate authorities (PEM) that are trusted beside those of the system.", older="ca_cert_bundle",
    ),
    Key("timeouts", "object", {}, {"idle": 120}, "How long to wait for SAP."),
    Key("timeouts.connect", "seconds, more than 0", _TIMEOUTS.connect, 5.5, "Until a connection stands."),
    Key(
        "timeouts.first_byte", "seconds, more than 0", _TIMEOUTS.first_byte, 900,
        "Until an answer begins. Slow models think for minutes before their first word.",
    ),
    Key("timeouts.idle", "seconds, more than 0", _TIMEOUTS.idle, 120, "Between two parts of an answer."),
    Key(
        "timeouts.failover", "seconds, more than 0", _TIMEOUTS.failover, 120,
        "Of a request, after which no further deployment is tried.",
    ),
    Key(
        "timeouts.models", "object: timeouts by model name", {}, {"o3-pro": {"first_byte": 1800}},
        "What is different for single models: `connect`, `first_byte` and `idle` as above.",
    ),
    Key("timeouts.models.NAME.connect", "seconds, more than 0", None, 5.5, "As `timeouts.connect`."),
    Key("timeouts.models.NAME.first_byte", "seconds, more than 0", None, 1800, "As `timeouts.first_byte`."),
    Key("timeouts.models.NAME.idle", "seconds, more than 0", None, 120, "As `timeouts.idle`."),
)  # fmt: skip

_LIMITS_AND_LOG = (
    Key(
        "affinity", "true or false", True, False,
        "Whether a conversation stays with the deployment that answered it before, whose prompt cache knows it.",
    ),
    Key("limits", "object", {}, {"queue": 5}, "How much SAP may be asked."),
    Key(
        "limits.models", "object: limits by model name, or `*`", {}, {"*": {"requests_per_minute": 60}},
        "What each model may be asked in each sub-account that has no `limits` of its own.",
    ),
    *_model_limits("limits.models.NAME"),
    Key(
        "limits.learn", "true or false", True, False,
        "Whether requests per minute that are not configured are those of SAP's quota.",
    ),
    Key(
        "limits.queue", "seconds, 0 or more", _LIMITS.queue, 5,
        "How long a request waits for its turn before it is refused.",
    ),
    Key("max_streams", "whole number", 64, 100, "How many requests are answered at once.", low=1, high=256),
    Key(
        "body_limit_mb", "whole number", DEFAULT_BODY_LIMIT_MB, 100,
        "The largest request that is taken, in MiB.", low=1, high=1024,
    ),
    Key(
        "log_level", "`debug`, `info`, `warning` or `error`", "info", "debug",
        "How much the log says. It never holds prompts, answers or keys.",
    ),
)  # fmt: skip

_TRAY = (
    Key("notifications", "true or false", True, False, "Whether the tray application shows notifications."),
    Key(
        "update_check", "true or false", False, True,
        "Whether the tray application looks once a day for a newer release. For `sap-ai-proxy` there is the flag "
        "`--update-check`.",
    ),
    Key(
        "start_at_login", "true or false", False, True,
        "Taken and without effect: whether the tray application starts at login is kept by the system, "
        "and is set in the menu.",
    ),
)  # fmt: skip

SECTIONS: Mapping[str, tuple[Key, ...]] = {
    "Sub-accounts": _SUB_ACCOUNTS,
    "Who may call, and where": _ACCESS,
    "Models": _MODELS,
    "The way to SAP": _WAY_TO_SAP,
    "Limits and log": _LIMITS_AND_LOG,
    "Tray application": _TRAY,
}
"""The keys by the title of their section in the reference, in its order."""

KEYS: tuple[Key, ...] = tuple(key for section in SECTIONS.values() for key in section)


def known_members(path: str) -> tuple[str, ...]:
    """The names of the keys directly below `path` (`""` is the top level), older spellings with them."""
    below = [key for key in KEYS if key.path.rpartition(".")[0] == path]
    names = [(key.path.rpartition(".")[2], key.older) for key in below]
    return tuple(name for pair in names for name in pair if name)
