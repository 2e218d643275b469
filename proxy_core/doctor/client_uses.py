"""Where the settings of installed programs point: Claude Code, Codex, opencode, aider, the SDKs' variables.

Reads only, through the function handed in. Judges nothing; a key is kept as a secret and only compared.
Sources: what Claude Code 2.1, Codex 0.169 and opencode 1.18 were seen to read, and https://aider.chat/docs/config.html.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy_core.aicore.environment import ReadFile
from proxy_core.json_text import JsonError, load_json
from proxy_core.settings.secret import Secret

__all__ = ["ClientUse", "Desk", "find_client_uses"]

_ENVIRONMENT = "the environment"


@dataclass(frozen=True, slots=True)
class Desk:
    """What belongs to the user: variables, the home folder, and how its files are read."""

    environ: Mapping[str, str] = field(repr=False)
    home: Path
    read_file: ReadFile


@dataclass(frozen=True, slots=True)
class ClientUse:
    """`place` says where the setting stands and `key_place` where the key stands or should. `url` is None where
    nothing leads away from the program's own service. `wants_v1` tells whether the URL must end in `/v1`. With a
    `problem`, a code of the doctor's, the rest could not be read or does not count."""

    program: str
    place: str
    url: str | None = None
    key: Secret | None = None
    key_place: str = ""
    wants_v1: bool = True
    keeps_key_elsewhere: bool = False
    """The key comes from a command or a file that is not looked into."""
    problem: str = ""


def find_client_uses(desk: Desk) -> Iterator[ClientUse]:
    """One for each place that a program reads; none for programs that left no trace."""
    for find in _FINDERS:
        yield from find(desk)


# --- one function a program


def _claude_code(desk: Desk) -> Iterator[ClientUse]:
    """The `env` of its settings wins over the environment."""
    path = _folder(desk, "CLAUDE_CONFIG_DIR", ".claude") / "settings.json"
    text = desk.read_file(path)
    if text is None and not desk.environ.get("ANTHROPIC_BASE_URL"):
        return
    try:
        settings = _object(load_json(text)) if text is not None else {}
    except JsonError:
        yield ClientUse("Claude Code", _shown(path, desk), problem="client_unreadable")
        return
    own = _texts(settings.get("env"))
    values = {**desk.environ, **own}
    from_environment = "ANTHROPIC_BASE_URL" not in own and desk.environ.get("ANTHROPIC_BASE_URL")
    place = _ENVIRONMENT if from_environment else _shown(path, desk)
    name = next((one for one in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY") if values.get(one)), "")
    yield ClientUse(
        "Claude Code",
        place,
        values.get("ANTHROPIC_BASE_URL") or None,
        _secret(values.get(name)),
        name or "ANTHROPIC_AUTH_TOKEN",
        wants_v1=False,
        keeps_key_elsewhere="apiKeyHelper" in settings,
    )


def _codex(desk: Desk) -> Iterator[ClientUse]:
    path = _folder(desk, "CODEX_HOME", ".codex") / "config.toml"
    text = desk.read_file(path)
    if text is None:
        return
    place = _shown(path, desk)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        yield ClientUse("Codex", place, problem="client_unreadable")
        return
    profile = _object(_object(document.get("profiles")).get(str(document.get("profile"))))
    name = str(profile.get("model_provider") or document.get("model_provider") or "openai")
    provider = _object(_object(document.get("model_providers")).get(name))
    if not provider and document.get("openai_base_url"):
        yield ClientUse("Codex", place, str(document["openai_base_url"]), problem="client_built_in")
        return
    yield _codex_provider(provider, place, desk)


def _codex_provider(provider: Mapping[str, Any], place: str, desk: Desk) -> ClientUse:
    variable = str(provider.get("env_key") or "")
    key = desk.environ.get(variable) or provider.get("experimental_bearer_token")
    return ClientUse(
        "Codex",
        place,
        str(provider["base_url"]) if provider.get("base_url") else None,
        _secret(key),
        variable or "env_key",
        problem="client_wire_api" if provider.get("wire_api") == "chat" else "",
    )


def _opencode(desk: Desk) -> Iterator[ClientUse]:
    for path in _opencode_files(desk):
        text = desk.read_file(path)
        if text is None:
            continue
        place = _shown(path, desk)
        try:
            providers = _object(_object(load_json(_without_comments(text))).get("provider"))
        except JsonError:
            yield ClientUse("opencode", place, problem="client_unreadable")
            continue
        options = [_object(_object(provider).get("options")) for provider in providers.values()]
        led = [one for one in options if isinstance(one.get("baseURL"), str)]
        if not led:
            yield ClientUse("opencode", place)
        for one in led:
            yield _opencode_provider(one, place, desk)


def _opencode_files(desk: Desk) -> list[Path]:
    if named := desk.environ.get("OPENCODE_CONFIG"):
        return [Path(named)]
    folder = Path(desk.environ.get("XDG_CONFIG_HOME") or desk.home / ".config") / "opencode"
    return [folder / "opencode.json", folder / "opencode.jsonc"]


def _opencode_provider(options: Mapping[str, Any], place: str, desk: Desk) -> ClientUse:
    """A key may be written as `{env:NAME}` or `{file:path}`: https://opencode.ai/docs/config."""
    written = str(options.get("apiKey") or "")
    variable = re.fullmatch(r"\{env:(\w+)\}", written)
    in_file = written.startswith("{file:")
    key = desk.environ.get(variable[1]) if variable else None if in_file else written
    return ClientUse(
        "opencode",
        place,
        options["baseURL"],
        _secret(key),
        variable[1] if variable else "apiKey",
        keeps_key_elsewhere=in_file,
    )


def _aider(desk: Desk) -> Iterator[ClientUse]:
    path = desk.home / ".aider.conf.yml"
    text = desk.read_file(path) or ""
    values = dict(re.findall(r"^(openai-api-(?:base|key)):\s*[\"']?([^\s\"'#]+)", text, re.MULTILINE))
    in_file = "openai-api-base" in values
    url = values.get("openai-api-base") or desk.environ.get("AIDER_OPENAI_API_BASE")
    if not url:
        return
    key = (
        values.get("openai-api-key")
        or desk.environ.get("AIDER_OPENAI_API_KEY")
        or desk.environ.get("OPENAI_API_KEY")
    )
    yield ClientUse("aider", _shown(path, desk) if in_file else _ENVIRONMENT, url, _secret(key), "OPENAI_API_KEY")


def _openai_variables(desk: Desk) -> Iterator[ClientUse]:
    """Read by the OpenAI SDKs, aider and llm."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        if url := desk.environ.get(name):
            key = _secret(desk.environ.get("OPENAI_API_KEY"))
            yield ClientUse(name, _ENVIRONMENT, url, key, "OPENAI_API_KEY")


_FINDERS: tuple[Callable[[Desk], Iterator[ClientUse]], ...] = (
    _claude_code,
    _codex,
    _opencode,
    _aider,
    _openai_variables,
)


# --- forms of text


def _folder(desk: Desk, variable: str, usual: str) -> Path:
    return Path(desk.environ.get(variable) or desk.home / usual)


def _shown(path: Path, desk: Desk) -> str:
    return f"~/{path.relative_to(desk.home).as_posix()}" if path.is_relative_to(desk.home) else str(path)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> dict[str, str]:
    return {name: text for name, text in _object(value).items() if isinstance(text, str)}


def _secret(value: Any) -> Secret | None:
    return Secret(str(value)) if value else None


def _without_comments(text: str) -> str:
    """JSON from JSON with comments and trailing commas; texts stay as they are."""
    bare = re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda found: found[1] or "", text, flags=re.DOTALL)
    return re.sub(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', lambda found: found[1] or "", bare)
