"""The settings for other programs."""

import json
import subprocess
import tomllib
from collections.abc import Mapping

import pytest

from proxy_core.client_settings import Client, Connection, best_model, build_client_settings
from tray_app.texts import ENGLISH

URL = "http://127.0.0.1:3001"
KEY = "key-'with\"quotes$"
MODELS = (
    "anthropic--claude-4.5-sonnet", "claude-sonnet-4-5", "anthropic--claude-4.5-haiku", "claude-haiku-4-5",
    "claude-opus-4-5", "gpt-5", "gpt-5-mini", "gpt-5.6", "gemini-2.5-pro", "text-embedding-3-large",
)  # fmt: skip


def settings(models: tuple[str, ...] = MODELS, *, windows: bool = False) -> Mapping[Client, str]:
    return build_client_settings(Connection(URL, KEY, models, windows), ENGLISH.client_words)


def test_claude_code_gets_anthropics_own_ids() -> None:
    environment = json.loads(settings()[Client.CLAUDE_CODE])["env"]

    assert environment["ANTHROPIC_BASE_URL"] == URL
    assert environment["ANTHROPIC_AUTH_TOKEN"] == KEY
    assert environment["ANTHROPIC_MODEL"] == "claude-sonnet-4-5"
    assert environment["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "claude-opus-4-5"
    assert environment["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "claude-haiku-4-5"
    assert "127.0.0.1" in environment["NO_PROXY"]


def test_codex_gets_a_config_file_that_speaks_responses() -> None:
    text = settings()[Client.CODEX]
    config = tomllib.loads(text)

    assert config["model_providers"][config["model_provider"]] == {
        "name": "AI Core Proxy",
        "base_url": f"{URL}/v1",
        "env_key": "AI_CORE_PROXY_KEY",
        "wire_api": "responses",
    }
    assert "# export AI_CORE_PROXY_KEY=" in text


def test_codex_gets_the_newest_gpt_though_it_sends_that_in_a_form_of_its_own() -> None:
    assert tomllib.loads(settings()[Client.CODEX])["model"] == "gpt-5.6"


def test_opencode_lists_the_chat_models_with_their_limits() -> None:
    text = settings()[Client.OPENCODE]
    config = json.loads("".join(line for line in text.splitlines() if not line.startswith("//")))
    provider = config["provider"]["ai-core-proxy"]

    assert provider["options"] == {"baseURL": f"{URL}/v1", "apiKey": KEY}
    assert "text-embedding-3-large" not in provider["models"]
    assert provider["models"]["gpt-5"] == {"limit": {"context": 400_000, "output": 32_000}}
    assert config["model"].split("/", 1)[1] in provider["models"]


def test_clines_line_is_a_shell_command_with_the_whole_key() -> None:
    script = 'cline() { printf "%s\\n" "$@"; }\n' + settings()[Client.CLINE]
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)

    words = done.stdout.splitlines()
    assert words[:3] == ["auth", "--provider", "openai-compatible"]
    assert words[words.index("--apikey") + 1] == KEY
    assert words[words.index("--baseurl") + 1] == f"{URL}/v1"


def test_cherry_studio_gets_a_host_without_v1() -> None:
    lines = settings()[Client.CHERRY_STUDIO].splitlines()

    assert any(line.startswith("API host") and line.endswith(URL) for line in lines)


def test_cursors_users_learn_the_truth_before_they_try() -> None:
    text = settings()[Client.CURSOR]

    assert "cannot reach this computer" in text
    assert URL not in text
    assert "claude-" not in text


def test_the_environment_block_sets_its_variables_and_keeps_the_users_own_exemptions() -> None:
    script = settings()[Client.ENVIRONMENT] + 'printf "%s\\n" "$OPENAI_API_KEY" "$ANTHROPIC_BASE_URL" "$NO_PROXY"'
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, env={"NO_PROXY": "corp.example"}
    )

    assert done.stdout.splitlines() == [KEY, URL, "127.0.0.1,localhost,::1,corp.example"]


def test_windows_gets_powershell() -> None:
    text = settings(windows=True)[Client.ENVIRONMENT]

    assert "$env:OPENAI_API_KEY = 'key-''with\"quotes$'" in text
    assert "export" not in text


def test_every_local_client_is_exempted_from_a_companys_proxy() -> None:
    by_client = settings()

    assert all(
        "NO_PROXY" in by_client[client] for client in Client if client not in {Client.OPENCODE, Client.CURSOR}
    )


@pytest.mark.parametrize("client", list(Client))
def test_without_models_a_name_stands_in(client: Client) -> None:
    assert settings(())[client].strip()


@pytest.mark.parametrize(
    ("families", "tiers", "best"),
    [
        (("claude",), ("sonnet",), "anthropic--claude-4.5-sonnet"),
        (("gpt",), (), "gpt-5.6"),
        (("gemini",), (), "gemini-2.5-pro"),
        (("llama",), (), "claude-opus-4-5"),
    ],
)
def test_the_best_model(families: tuple[str, ...], tiers: tuple[str, ...], best: str) -> None:
    assert best_model(MODELS, families, tiers) == best


def test_a_small_model_is_best_only_when_alone() -> None:
    assert best_model(["gpt-5-mini", "gpt-4.1"], ("gpt",)) == "gpt-4.1"
    assert best_model(["gpt-5-mini"], ("claude",)) == "gpt-5-mini"


def test_embeddings_are_no_chat_model() -> None:
    assert best_model(["text-embedding-3-large"]) is None


def test_a_printed_connection_shows_no_key() -> None:
    assert KEY not in repr(Connection(URL, KEY, MODELS))
