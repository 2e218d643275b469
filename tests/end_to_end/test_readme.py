"""The README's own commands, run as a new user would run them, and its tables compared with the program."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.server.routes import resolve_hot_route
from proxy_core.settings.load import KNOWN_KEYS, TRAY_KEYS, load_settings
from tests.end_to_end.user import REPOSITORY, Program, User

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PROGRAMS = str(Path(sys.executable).parent)
STAND_IN = """#!/bin/sh
# Calls the proxy with what a coding assistant reads from its environment.
curl -sf "$ANTHROPIC_BASE_URL/v1/messages?beta=true" -H "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN" \\
  -d '{"model": "'"$ANTHROPIC_MODEL"'", "max_tokens": 99, "messages": [{"role": "user", "content": "hi"}]}'
"""


def section(title: str) -> str:
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", README, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def snippets(title: str) -> list[tuple[str, str]]:
    """Language and text of each code block."""
    blocks = re.findall(r"^ *```(\w+)\n(.*?)^ *```", section(title), re.DOTALL | re.MULTILINE)
    return [(language, text) for language, text in blocks]


DEMO = snippets("The demo")


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> User:
    """A user with a stand-in for a program that is not installed here."""
    user = User(tmp_path_factory.mktemp("readme"))
    stand_in = user.write("bin/claude", STAND_IN)
    stand_in.chmod(0o700)
    user.environ["PATH"] = f"{stand_in.parent}:{user.environ['PATH']}"
    return user


@pytest.fixture(scope="module")
def demo(user: User) -> Iterator[Program]:
    with user.running("--demo") as program:
        yield program


def test_the_demo_section_shows_every_kind_of_client() -> None:
    assert [language for language, _ in DEMO].count("python") == 2
    assert len(DEMO) >= 9


@pytest.mark.parametrize(("language", "text"), DEMO, ids=[text.split("\n")[0][:40] for _, text in DEMO])
def test_a_snippet_of_the_demo_works_as_it_stands(user: User, demo: Program, language: str, text: str) -> None:
    """On a free port, and with the programs of this environment."""
    command = text.replace(":3001", f":{demo.port}").replace(".venv/bin", PROGRAMS)
    if "sap-ai-chat" in command or "sap-ai-demo-request" in command:
        command = f"{command.rstrip()} -p {demo.port}\n"
    done = user.run("bash", "-ec", command) if language == "sh" else user.run(sys.executable, "-c", command)

    assert (done.returncode, done.stderr) == (0, "")
    assert "simulated" in done.stdout or '"id":"gpt-5"' in done.stdout or "Sub-account demo-eu" in done.stdout


def test_the_first_screen_has_two_commands() -> None:
    first = README.split("\n## ")[0]

    assert re.findall(r"```sh\n(.*?)\n```", first) == ["make run", ".venv/bin/sap-ai-proxy -c config.json"]
    picture = re.search(r"!\[.+?\]\((.+?)\)", first)
    assert picture
    assert (REPOSITORY / picture[1]).is_file()


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)]+)\)", README)

    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_the_example_of_a_config_file_loads(user: User) -> None:
    [example] = [text for language, text in snippets("Your own models") if language == "json"]
    config = json.loads(example)
    user.write("key.json", {"clientid": "c"})
    loaded = load_settings(user.write("example.json", config), environ=user.environ)

    assert loaded.warnings == ()
    assert [account.name for account in loaded.settings.sub_accounts] == ["my-account"]


def test_every_explained_key_of_the_config_file_is_known() -> None:
    """All of them are in the configuration reference."""
    rows = [line.split("|")[1] for line in section("config.json").splitlines() if line.startswith("| `")]
    explained = {key for row in rows for key in re.findall(r"`(\w+)`", row)}

    assert len(explained) >= 10
    assert explained <= set(KNOWN_KEYS) - set(TRAY_KEYS)
    assert "(docs/configuration.md)" in README


def test_every_flag_is_listed(user: User) -> None:
    shown = set(re.findall(r"--[a-z-]+", user.run("sap-ai-proxy", "--help").stdout)) - {"--help"}
    [line] = re.findall(r"^Flags of `sap-ai-proxy`:.*?\n\n", README, re.DOTALL | re.MULTILINE)

    assert set(re.findall(r"--[a-z-]+", line)) == shown


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = subprocess.run(
        ["make", "-C", str(REPOSITORY), "help"], capture_output=True, text=True, check=True
    ).stdout

    assert all(f"make {name}" in targets for name in re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))


def test_every_endpoint_of_the_table_is_served() -> None:
    calls = re.findall(r"^\| `POST (\S+)`", section("Endpoints"), re.MULTILINE)

    assert len(calls) >= 7
    assert [path for path in calls if resolve_hot_route(path) is None] == []
