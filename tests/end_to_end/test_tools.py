"""The small commands beside a real proxy: what they print, and how they find the proxy by themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.user import Program, User

HELLO = 'I am the simulated gpt-5 of the demo; no real model is behind me. You said: "hello".'
GREETING = "Starting chat with model: gpt-5. Type 'exit' to end.\n"
KEY = "key-of-the-test"


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> User:
    return User(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="module")
def demo(user: User) -> Iterator[Program]:
    with user.running("--demo") as program:
        yield program


def test_the_demo_says_what_it_is_ready_to_copy(demo: Program) -> None:
    assert "DEMO MODE: the answers come from a simulated SAP AI Core" in demo.out
    assert f"Base URL   {demo.url}/v1  (OpenAI)    {demo.url}  (Anthropic)" in demo.out
    assert "API key    sk-demo\n" in demo.out
    assert f"curl -s {demo.url}/v1/chat/completions" in demo.out
    assert "\n\n\n" not in demo.out
    assert "Traceback" not in demo.err


def test_the_demo_writes_no_file_of_the_user(user: User, demo: Program) -> None:
    demo.ask("gpt-5", "hello", "sk-demo")

    assert not (user.home / "proxy").exists()
    assert list(user.work.iterdir()) == []


def test_chat_finds_the_demo_with_its_key(user: User, demo: Program) -> None:
    done = user.run("sap-ai-chat", "-p", str(demo.port), said="hello\nexit\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{GREETING}You: Assistant: {HELLO}\nYou: "


def test_chat_talks_with_the_model_that_is_asked_for(user: User, demo: Program) -> None:
    done = user.run(
        "sap-ai-chat",
        "-p",
        str(demo.port),
        "--model",
        "claude-sonnet-4-5",
        said="one\ntwo\n",
    )

    assert done.returncode == 0
    assert done.stdout.startswith("Starting chat with model: claude-sonnet-4-5. Type 'exit' to end.\n")
    assert done.stdout.count("Assistant: ") == 2
    assert "the simulated anthropic--claude-4.5-sonnet" in done.stdout


def test_chat_takes_whatever_bytes_the_terminal_sends(user: User, demo: Program) -> None:
    done = user.run(
        "bash", "-c", f"printf 'gr\\374n \\xf0\\x9f\\x98\\x80\\n' | sap-ai-chat -p {demo.port}", LC_ALL="C"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "You said: " in done.stdout


def test_an_unknown_model_is_told_with_the_nearest_names(user: User, demo: Program) -> None:
    done = user.run("sap-ai-chat", "-p", str(demo.port), "-m", "nonsense-9000", said="hello\n")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "nonsense-9000" in done.stderr


def test_a_wrong_key_is_told_with_the_demos_own(user: User, demo: Program) -> None:
    done = user.run("sap-ai-chat", "-p", str(demo.port), "--key", "wrong", "-m", "gpt-5", said="hello\n")

    assert done.returncode == 1
    assert done.stderr.endswith("The demo's key is `sk-demo`.\n")


def test_demo_request_prints_both_answers_and_the_models(user: User, demo: Program) -> None:
    done = user.run("sap-ai-demo-request", "--url", demo.url)

    question = "Say hello in one short sentence."
    said = HELLO.replace("hello", question)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        f"Plain request to gpt-5 at {demo.url}:\n{said}\n\nStreamed request to gpt-5:\n{said}\n\n"
    )
    head, *names = done.stdout.split("\n\n")[-1].splitlines()
    assert head == f"{len(names)} models:"
    assert names == demo.models("sk-demo")


def test_a_reader_that_leaves_is_no_error(user: User, demo: Program) -> None:
    done = user.run("bash", "-c", f"sap-ai-demo-request -p {demo.port} | head -n 1")

    assert done.stdout.startswith("Plain request to gpt-5")
    assert done.stderr == ""


def test_inspect_lists_the_demo(user: User) -> None:
    done = user.run("sap-ai-inspect", "--demo")

    assert (done.returncode, done.stderr) == (0, "")
    tables = done.stdout.split("\n\n")
    assert [table.splitlines()[0] for table in tables] == [
        "Sub-account demo-eu (resource group default)",
        "Sub-account demo-us (resource group default)",
    ]
    columns = ["DEPLOYMENT", "STATUS", "SCENARIO", "CONFIGURED", "AS", "MODEL", "VERSION", "ALIASES", "URL"]
    assert tables[0].splitlines()[1].split() == columns
    [sonnet] = [line for line in tables[0].splitlines() if "anthropic--claude-4.5-sonnet" in line]
    assert sonnet.split()[1:3] == ["RUNNING", "foundation-models"]
    assert "claude-sonnet-4-5" in sonnet


def test_the_tools_find_the_proxy_of_the_config_beside_them(tmp_path: Path, demo: Program) -> None:
    user = User(tmp_path)
    key = {
        "clientid": "c",
        "clientsecret": "s",
        "url": "http://127.0.0.1:9",
        "serviceurls": {"AI_API_URL": "http://127.0.0.1:9"},
    }
    account = {"service_key_json": key, "deployment_models": {"gpt-4o": ["http://127.0.0.1:9/v2/d1"]}}
    config = {"subAccounts": {"a": {**account, "discover": False}}}
    with user.running("-c", str(user.write("other/config.json", config))) as proxy:
        made = proxy.generated_key
        user.write("config.json", {"port": proxy.port})
        found = user.run("sap-ai-demo-request")
        user.write("config.json", {"port": proxy.port, "secret_authentication_tokens": [KEY]})
        wrong = user.run("sap-ai-demo-request")

    assert made
    assert found.returncode == 1
    assert found.stderr.startswith("sap-ai-demo-request: No connection to 127.0.0.1:9")
    assert wrong.stderr.startswith("sap-ai-demo-request: The API key is not one of this proxy's keys.")


def test_the_tools_make_no_key(tmp_path: Path) -> None:
    user = User(tmp_path)
    done = user.run("sap-ai-chat", "-p", "9")

    assert done.returncode == 1
    assert done.stderr == (
        "sap-ai-chat: No proxy answers at http://127.0.0.1:9: Connection refused. Start it with sap-ai-proxy.\n"
    )
    assert not (user.home / "proxy").exists()
