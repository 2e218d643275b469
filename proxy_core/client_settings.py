"""Copy-ready settings for programs that use the proxy: the exact text that the current version of each needs.

Pure. It decides which model suits which program. Sources: what Claude Code 2.1, Codex 0.169, opencode 1.18 and
Cline 3.0 were seen to read, and the public documentation of Cherry Studio and Cursor.
"""

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxy_core.capabilities import capabilities_of
from proxy_core.model_names import ModelName, parse_model_name

__all__ = ["Client", "ClientWords", "Connection", "best_model", "build_client_settings"]


class Client(StrEnum):
    """The programs, in the order of the menu."""

    CLAUDE_CODE = "claude_code"
    CODEX = "codex"
    OPENCODE = "opencode"
    CLINE = "cline"
    CHERRY_STUDIO = "cherry_studio"
    CURSOR = "cursor"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class ClientWords:
    """The sentences in the settings, in one language."""

    codex_file: str
    codex_key: str
    opencode_proxy: str
    cline_editor: str
    provider_type: str
    api_host: str
    api_key: str
    model: str
    cherry_proxy: str
    cursor_truth: str
    cursor_tunnel: str
    cursor_names: str
    no_model: str
    """Stands for the model's name where none is known; it has no space."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How a client reaches the proxy. `base_url` has no `/v1`; `models` are the published names; `windows` asks for
    PowerShell instead of a POSIX shell. Printing it shows no key."""

    base_url: str
    key: str
    models: Sequence[str]
    windows: bool = False

    def __repr__(self) -> str:
        return f"Connection({self.base_url!r}, {len(self.models)} models)"


_NO_PROXY = "127.0.0.1,localhost,::1"
"""A company's proxy must not be asked for this computer."""
_CODEX_KEY = "AI_CORE_PROXY_KEY"
_PROVIDER = "ai-core-proxy"
_TITLE = "AI Core Proxy"
_ORDER = ("claude", "gpt", "gemini", "o", "mistral", "nova")
"""Families in the order in which a chat program gets one when it has no liking of its own."""
_SPECIAL = frozenset({"codex", "image", "audio", "realtime", "chat", "instant"})


def build_client_settings(connection: Connection, words: ClientWords) -> Mapping[Client, str]:
    """The text for each program, ready to paste; it holds the API key."""
    return {client: _BUILDERS[client](connection, words) for client in Client}


def best_model(models: Iterable[str], families: Sequence[str] = (), tiers: Sequence[str] = ()) -> str | None:
    """The newest full-size chat model of the first of `families` that has one, else of any family. `tiers` such as
    `("sonnet", "opus")` count before the age. None when no model chats."""
    parsed = [(name, parse_model_name(name)) for name in models]
    chats = [(name, found) for name, found in parsed if found.kind == "chat"]
    if not chats:
        return None
    order = [*families, *(family for family in _ORDER if family not in families)]
    return max(chats, key=lambda pair: _rank(pair[1], order, tiers))[0]


def _rank(found: ModelName, order: Sequence[str], tiers: Sequence[str]) -> tuple[object, ...]:
    family = order.index(found.family) if found.family in order else len(order)
    tier = next((place for place, word in enumerate(tiers) if word in found.words), len(tiers))
    return (-family, -tier, _SPECIAL.isdisjoint(found.words), not found.is_small, found.version, found.size)


def _small_model(models: Iterable[str], family: str) -> str | None:
    small = [name for name in models if parse_model_name(name).is_small and parse_model_name(name).family == family]
    return best_model(small, (family,))


def _spelt_for_anthropic(models: Sequence[str]) -> list[str]:
    """The published names with Anthropic's own ids in front: a client that knows the id sends the right shape."""
    return sorted(models, key=lambda name: not name.startswith("claude-"))


# --- one function a program


def _claude_code(connection: Connection, words: ClientWords) -> str:
    models = _spelt_for_anthropic(connection.models)
    main = best_model(models, ("claude",), ("sonnet", "opus"))
    opus = best_model([name for name in models if "opus" in parse_model_name(name).words], ("claude",))
    small = _small_model(models, "claude")
    environment = {
        "ANTHROPIC_BASE_URL": connection.base_url,
        "ANTHROPIC_AUTH_TOKEN": connection.key,
        "ANTHROPIC_MODEL": main or words.no_model,
        "ANTHROPIC_DEFAULT_SONNET_MODEL": main or words.no_model,
        "ANTHROPIC_DEFAULT_OPUS_MODEL": opus or main or words.no_model,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": small or main or words.no_model,
        "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "NO_PROXY": _NO_PROXY,
    }
    return _json({"env": environment})


def _codex(connection: Connection, words: ClientWords) -> str:
    model = best_model(connection.models, ("gpt", "o")) or words.no_model
    return "\n".join([
        f"# {words.codex_file}",
        f"model = {_toml(model)}",
        f"model_provider = {_toml(_PROVIDER)}",
        'web_search = "disabled"',
        "",
        "[features]",
        "multi_agent = false",
        "goals = false",
        "",
        f"[model_providers.{_PROVIDER}]",
        f"name = {_toml(_TITLE)}",
        f"base_url = {_toml(connection.base_url + '/v1')}",
        f'env_key = "{_CODEX_KEY}"',
        'wire_api = "responses"',
        "",
        f"# {words.codex_key}",
        *(f"# {line}" for line in _exports({_CODEX_KEY: connection.key}, connection.windows)),
        "",
    ])  # fmt: skip


def _opencode(connection: Connection, words: ClientWords) -> str:
    """JSON with comments, which opencode reads (https://opencode.ai/docs/config)."""
    chats = [name for name in connection.models if parse_model_name(name).kind == "chat"]
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": _TITLE,
        "options": {"baseURL": f"{connection.base_url}/v1", "apiKey": connection.key},
        "models": {name: _opencode_model(name) for name in chats},
    }
    comments = [words.opencode_proxy, *_exports({}, connection.windows)]
    return "".join(f"// {line}\n" for line in comments) + _json({
        "$schema": "https://opencode.ai/config.json",
        "provider": {_PROVIDER: provider},
        "model": f"{_PROVIDER}/{best_model(chats, ('claude', 'gpt'), ('sonnet', 'opus')) or words.no_model}",
    })  # fmt: skip


def _opencode_model(name: str) -> dict[str, object]:
    known = capabilities_of(name)
    if known.context_tokens is None or known.max_output_tokens is None:
        return {}
    return {"limit": {"context": known.context_tokens, "output": min(known.max_output_tokens, 32_000)}}


def _cline(connection: Connection, words: ClientWords) -> str:
    model = best_model(connection.models, ("claude", "gpt"), ("sonnet", "opus")) or words.no_model
    values = {"apikey": connection.key, "modelid": model, "baseurl": f"{connection.base_url}/v1"}
    options = " ".join(f"--{name} {_quoted(value, connection.windows)}" for name, value in values.items())
    return "\n".join([
        *_exports({}, connection.windows),
        f"cline auth --provider openai-compatible {options}",
        "",
        f"# {words.cline_editor}",
        f"#   Base URL   {connection.base_url}/v1",
        f"#   API Key    {connection.key}",
        f"#   Model ID   {model}",
        "",
    ])  # fmt: skip


def _cherry_studio(connection: Connection, words: ClientWords) -> str:
    model = best_model(connection.models, ("claude", "gpt"), ("sonnet", "opus")) or words.no_model
    return _table({
        words.provider_type: "OpenAI",
        words.api_host: connection.base_url,
        words.api_key: connection.key,
        words.model: model,
    }) + f"\n{words.cherry_proxy}\nNO_PROXY={_NO_PROXY}\n"  # fmt: skip


def _cursor(connection: Connection, words: ClientWords) -> str:
    named = [name for name in connection.models if "claude" not in name]
    model = best_model(named, ("claude", "gpt")) or words.no_model
    lines = _table({
        "Override OpenAI Base URL": "https://YOUR-TUNNEL.example.com/v1",
        "OpenAI API Key": connection.key,
        words.model: model,
    })  # fmt: skip
    return f"{words.cursor_truth}\n{words.cursor_tunnel}\n\n{lines}\n{words.cursor_names}\n"


def _environment(connection: Connection, words: ClientWords) -> str:
    models = _spelt_for_anthropic(connection.models)
    claude = best_model(models, ("claude",), ("sonnet", "opus")) or words.no_model
    values = {
        "OPENAI_BASE_URL": f"{connection.base_url}/v1",
        "OPENAI_API_BASE": f"{connection.base_url}/v1",
        "OPENAI_API_KEY": connection.key,
        "ANTHROPIC_BASE_URL": connection.base_url,
        "ANTHROPIC_AUTH_TOKEN": connection.key,
        "ANTHROPIC_MODEL": claude,
    }
    return "\n".join(_exports(values, connection.windows)) + "\n"


_BUILDERS: Mapping[Client, Callable[[Connection, ClientWords], str]] = {
    Client.CLAUDE_CODE: _claude_code,
    Client.CODEX: _codex,
    Client.OPENCODE: _opencode,
    Client.CLINE: _cline,
    Client.CHERRY_STUDIO: _cherry_studio,
    Client.CURSOR: _cursor,
    Client.ENVIRONMENT: _environment,
}


# --- forms of text


def _exports(values: Mapping[str, str], windows: bool) -> list[str]:
    """Lines for a shell that set the values, and exempt this computer from a company's proxy."""
    if windows:
        lines = [f"$env:{name} = {_quoted(value, windows)}" for name, value in values.items()]
        return [*lines, f"$env:NO_PROXY = '{_NO_PROXY}'"]
    lines = [f"export {name}={_quoted(value, windows)}" for name, value in values.items()]
    return [*lines, f'export NO_PROXY="{_NO_PROXY}${{NO_PROXY:+,$NO_PROXY}}"']


def _quoted(value: str, windows: bool) -> str:
    return "'" + value.replace("'", "''") + "'" if windows else shlex.quote(value)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _toml(text: str) -> str:
    """A TOML basic string: the same escapes as in JSON."""
    return json.dumps(text, ensure_ascii=False)


def _table(values: Mapping[str, str]) -> str:
    width = max(map(len, values)) + 2
    return "".join(f"{name:<{width}}{value}\n" for name, value in values.items())
