"""Where the settings of programs point, read from real files in a home folder of the test."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from proxy_core.aicore.environment import read_text_file
from proxy_core.client_settings import Client, ClientWords, Connection, build_client_settings
from proxy_core.doctor.client_checks import Here, check_clients
from proxy_core.doctor.client_uses import Desk, find_client_uses
from proxy_core.doctor.finding import Finding
from proxy_core.settings.secret import Secret

KEY = "sk-right-0123456789"
OTHER = "sk-other-9876543210"
BASE = "http://127.0.0.1:3001"


def check(home: Path, environ: Mapping[str, str] | None = None, *keys: str, base: str = BASE) -> list[Finding]:
    desk = Desk(environ or {}, home, read_text_file)
    found = list(check_clients(find_client_uses(desk), Here(base, tuple(map(Secret, keys or (KEY,))))))
    assert KEY not in repr(found)
    assert OTHER not in repr(found)
    return found


def write(home: Path, name: str, content: Any) -> None:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def claude_code(**environment: str) -> Any:
    return {"env": {"ANTHROPIC_BASE_URL": BASE, "ANTHROPIC_AUTH_TOKEN": KEY, **environment}}


def codex(base_url: str = f"{BASE}/v1", more: str = 'wire_api = "responses"') -> str:
    return f'model_provider = "mine"\n[model_providers.mine]\nbase_url = "{base_url}"\nenv_key = "MY_KEY"\n{more}\n'


def opencode(base_url: str = f"{BASE}/v1", key: str = KEY) -> Any:
    return {"provider": {"mine": {"options": {"baseURL": base_url, "apiKey": key}}}}


def test_no_trace_of_any_program_is_fine(tmp_path: Path) -> None:
    [finding] = check(tmp_path)

    assert (finding.code, finding.verdict) == ("clients_none", "ok")


@pytest.mark.parametrize(
    ("client", "file", "code"),
    [
        (Client.CLAUDE_CODE, ".claude/settings.json", "client_ok"),
        (Client.CODEX, ".codex/config.toml", "client_ok"),
        (Client.OPENCODE, ".config/opencode/opencode.json", "client_ok"),
    ],
)
def test_settings_that_the_product_gives_out_pass(tmp_path: Path, client: Client, file: str, code: str) -> None:
    words = ClientWords(*(["words"] * 12), no_model="none")
    texts = build_client_settings(Connection(BASE, KEY, ["gpt-5", "claude-sonnet-4-5"]), words)
    write(tmp_path, file, texts[client])

    [finding] = check(tmp_path, {"AI_CORE_PROXY_KEY": KEY})

    assert finding.code == code, finding.text
    assert f"~/{file}" in finding.text


@pytest.mark.parametrize(
    ("changes", "code", "verdict"),
    [
        ({"ANTHROPIC_BASE_URL": f"{BASE}/"}, "client_ok", "ok"),
        ({"ANTHROPIC_BASE_URL": "http://localhost:3001"}, "client_ok", "ok"),
        ({"ANTHROPIC_BASE_URL": f"{BASE}/v1"}, "client_form", "warning"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:3002"}, "client_port", "failed"),
        ({"ANTHROPIC_BASE_URL": "https://127.0.0.1:3001"}, "client_scheme", "failed"),
        ({"ANTHROPIC_BASE_URL": f"{BASE}/anthropic"}, "client_path", "failed"),
        ({"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}, "client_elsewhere", "warning"),
        ({"ANTHROPIC_BASE_URL": "not a url"}, "client_elsewhere", "warning"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:99999"}, "client_elsewhere", "warning"),
        ({"ANTHROPIC_AUTH_TOKEN": OTHER}, "client_key_wrong", "failed"),
        ({"ANTHROPIC_AUTH_TOKEN": ""}, "client_key_missing", "failed"),
        ({"ANTHROPIC_AUTH_TOKEN": "", "ANTHROPIC_API_KEY": KEY}, "client_ok", "ok"),
    ],
)
def test_claude_code_is_judged(tmp_path: Path, changes: dict[str, str], code: str, verdict: str) -> None:
    write(tmp_path, ".claude/settings.json", claude_code(**changes))

    [finding] = check(tmp_path)

    assert (finding.code, finding.verdict) == (code, verdict)
    assert finding.subject == "Claude Code"


def test_wrong_port_names_the_right_url(tmp_path: Path) -> None:
    write(tmp_path, ".claude/settings.json", claude_code(ANTHROPIC_BASE_URL="http://127.0.0.1:3000"))

    [finding] = check(tmp_path)

    assert finding.advice == f"Set its URL to {BASE}."


def test_variables_count_where_claude_code_has_no_settings(tmp_path: Path) -> None:
    [finding] = check(tmp_path, {"ANTHROPIC_BASE_URL": BASE, "ANTHROPIC_API_KEY": OTHER})

    assert finding.code == "client_key_wrong"
    assert "the environment" in finding.text


def test_settings_of_claude_code_win_over_variables(tmp_path: Path) -> None:
    write(tmp_path, ".claude/settings.json", claude_code())

    [finding] = check(tmp_path, {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1", "ANTHROPIC_AUTH_TOKEN": OTHER})

    assert finding.code == "client_ok"


def test_key_from_a_command_is_not_missed(tmp_path: Path) -> None:
    write(tmp_path, ".claude/settings.json", {"env": {"ANTHROPIC_BASE_URL": BASE}, "apiKeyHelper": "pass show key"})

    assert [one.code for one in check(tmp_path)] == ["client_ok"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (".claude/settings.json", "{not json"),
        (".codex/config.toml", "model = "),
        (".config/opencode/opencode.json", "{not json"),
    ],
)
def test_file_that_cannot_be_read_is_named(tmp_path: Path, file: str, content: str) -> None:
    write(tmp_path, file, content)

    [finding] = check(tmp_path)

    assert (finding.code, finding.verdict) == ("client_unreadable", "failed")
    assert f"~/{file}" in finding.text


@pytest.mark.parametrize(
    ("content", "environ", "code"),
    [
        (codex(), {"MY_KEY": KEY}, "client_ok"),
        (codex(), {"MY_KEY": OTHER}, "client_key_wrong"),
        (codex(), {}, "client_key_missing"),
        (codex(BASE), {"MY_KEY": KEY}, "client_form"),
        (codex("http://127.0.0.1:3002/v1"), {"MY_KEY": KEY}, "client_port"),
        (codex(more='wire_api = "chat"'), {"MY_KEY": KEY}, "client_wire_api"),
        ('model = "gpt-5.5"', {}, "client_elsewhere"),
        (f'openai_base_url = "{BASE}/v1"', {}, "client_built_in"),
        (f'profile = "p"\n[profiles.p]\nmodel_provider = "mine"\n{codex()[24:]}', {"MY_KEY": KEY}, "client_ok"),
    ],
)
def test_codex_is_judged(tmp_path: Path, content: str, environ: dict[str, str], code: str) -> None:
    write(tmp_path, ".codex/config.toml", content)

    assert [one.code for one in check(tmp_path, environ)] == [code]


def test_missing_variable_of_codex_is_named(tmp_path: Path) -> None:
    write(tmp_path, ".codex/config.toml", codex())

    [finding] = check(tmp_path)

    assert finding.advice == "Put a key of this proxy into MY_KEY."


@pytest.mark.parametrize(
    ("content", "environ", "code"),
    [
        (opencode(), {}, "client_ok"),
        (opencode(key="{env:MY_KEY}"), {"MY_KEY": KEY}, "client_ok"),
        (opencode(key="{env:MY_KEY}"), {}, "client_key_missing"),
        (opencode(key="{file:~/key}"), {}, "client_ok"),
        (opencode(key=OTHER), {}, "client_key_wrong"),
        (opencode(BASE), {}, "client_form"),
        ({"provider": {}}, {}, "client_elsewhere"),
        ("// a word, with http://x\n" + json.dumps(opencode())[:-1] + ", /* the end */ }", {}, "client_ok"),
    ],
)
def test_opencode_is_judged(tmp_path: Path, content: Any, environ: dict[str, str], code: str) -> None:
    write(tmp_path, ".config/opencode/opencode.jsonc", content)

    assert [one.code for one in check(tmp_path, environ)] == [code]


def test_variables_of_the_sdks_are_judged(tmp_path: Path) -> None:
    environ = {"OPENAI_BASE_URL": f"{BASE}/v1", "OPENAI_API_BASE": "http://localhost:9/v1", "OPENAI_API_KEY": KEY}

    found = check(tmp_path, environ)

    assert [(one.subject, one.code) for one in found] == [
        ("OPENAI_BASE_URL", "client_ok"),
        ("OPENAI_API_BASE", "client_port"),
    ]


def test_aiders_file_is_judged(tmp_path: Path) -> None:
    write(tmp_path, ".aider.conf.yml", f"# mine\nopenai-api-base: {BASE}/v1\nopenai-api-key: '{OTHER}'\n")

    [finding] = check(tmp_path)

    assert (finding.subject, finding.code) == ("aider", "client_key_wrong")
    assert "~/.aider.conf.yml" in finding.text


def test_login_in_a_url_is_not_told(tmp_path: Path) -> None:
    [finding] = check(tmp_path, {"OPENAI_BASE_URL": f"http://me:{OTHER}@127.0.0.1:9/v1"})

    assert finding.facts["url"] == "http://127.0.0.1:9/v1"


def test_proxy_without_keys_says_to_start_it(tmp_path: Path) -> None:
    desk = Desk({"OPENAI_BASE_URL": f"{BASE}/v1"}, tmp_path, read_text_file)

    [finding] = check_clients(find_client_uses(desk), Here(BASE, ()))

    assert finding.code == "client_key_unknown"
