"""`sap-ai-chat` as a user runs it, against a running server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.server.waitress_server import WaitressServer
from tests.cli.toy_proxy import KEY, build_toy_proxy

GREETING = "Starting chat with model: {}. Type 'exit' to end.\n"


@pytest.fixture(scope="module")
def server() -> Iterator[WaitressServer]:
    with build_toy_proxy() as running:
        yield running


def chat(said: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "proxy_core.cli.chat", *arguments],
        input=said,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "HOME": "/nonexistent", **environ},
        check=False,
    )


def at(server: WaitressServer) -> tuple[str, ...]:
    return ("--url", f"http://127.0.0.1:{server.port}", "--key", KEY)


def test_the_history_goes_with_every_question(server: WaitressServer) -> None:
    done = chat("one\n\ntwo\nexit\n", "--model", "gpt-5", *at(server))

    assert done.returncode == 0
    assert done.stdout == (
        GREETING.format("gpt-5")
        + "You: Assistant: [user=one]\n"
        + "You: You: Assistant: [user=one][assistant=[user=one]][user=two]\n"
        + "You: "
    )


def test_without_a_name_the_first_chat_model_answers(server: WaitressServer) -> None:
    done = chat("", *at(server))

    assert (done.returncode, done.stdout) == (0, GREETING.format("gpt-5") + "You: \n")


@pytest.mark.parametrize(
    ("said", "error"), [("break", "The answer broke off before its end."), ("fail", "SAP broke off.")]
)
def test_a_failed_answer_is_told_and_left_out_of_the_history(server: WaitressServer, said: str, error: str) -> None:
    done = chat(f"{said}\nagain\n", "--model", "gpt-5", *at(server))

    assert done.stderr == f"Error: {error}\n"
    assert "Assistant: [user=again]\n" in done.stdout
    assert done.returncode == 0


def test_an_error_of_the_proxy_is_one_line_and_the_exit_code(server: WaitressServer) -> None:
    done = chat("hello\n", "--model", "unknown", *at(server))

    assert (done.returncode, done.stderr) == (1, "Error: No such model.\n")


def test_a_wrong_key_ends_the_chat(server: WaitressServer) -> None:
    done = chat("hello\n", "--url", f"http://127.0.0.1:{server.port}", "--key", "wrong")

    assert done.returncode == 1
    assert done.stderr.startswith("sap-ai-chat: The API key is not one of this proxy's keys.")


def test_no_proxy_is_told_with_the_cure() -> None:
    done = chat("hello\n", "--model", "m", "--url", "http://127.0.0.1:9", "--key", "k")

    assert done.returncode == 1
    assert "No proxy answers at http://127.0.0.1:9" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_url_that_is_none_is_bad_usage() -> None:
    done = chat("", "--url", "127.0.0.1:3001", "--key", "k")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "sap-ai-chat: The proxy's URL must look like http://127.0.0.1:3001.\n"


def test_a_missing_config_file_is_bad_usage(tmp_path: Path) -> None:
    done = chat("", "-c", str(tmp_path / "none.json"))

    assert done.returncode == 2
    assert "none.json" in done.stderr


def test_port_and_key_come_from_the_config_file(server: WaitressServer, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"port": server.port, "secret_authentication_tokens": [KEY, "other"]}))
    done = chat("hi\n", "-c", str(config), SAP_AI_PROXY_URL="http://127.0.0.1:9", SAP_AI_PROXY_KEY="wrong")

    assert "Assistant: [user=hi]" in done.stdout


def test_url_and_key_come_from_the_environment(server: WaitressServer, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{server.port}/v1/"
    done = subprocess.run(
        [sys.executable, "-m", "proxy_core.cli.chat"],
        input="hi\n",
        capture_output=True,
        text=True,
        timeout=30,
        cwd=tmp_path,
        env={
            "HOME": str(tmp_path),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SAP_AI_PROXY_URL": url,
            "SAP_AI_PROXY_KEY": KEY,
        },
        check=False,
    )

    assert "Assistant: [user=hi]" in done.stdout


def test_control_c_ends_the_chat_cleanly(server: WaitressServer) -> None:
    command = [sys.executable, "-u", "-m", "proxy_core.cli.chat", "--model", "m", *at(server)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == GREETING.format("m").encode()
        assert process.stdout.read(5) == b"You: "
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)

    assert (process.returncode, errors) == (0, b"")
