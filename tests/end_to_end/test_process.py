"""The running process: how signals end it, and that its log keeps what is private."""

import json
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from proxy_core.simulator.faults import Fault
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.end_to_end.user import Program, User

KEY = "marked-proxy-key"


@pytest.fixture
def sap() -> Iterator[Simulator]:
    with Simulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
def user(tmp_path: Path, sap: Simulator) -> User:
    user = User(tmp_path)
    accounts = {tenant.name: {"service_key_json": sap.service_key(tenant.name)} for tenant in sap.world.tenants}
    user.write("config.json", {"subAccounts": accounts, "secret_authentication_tokens": [KEY]})
    return user


def send(proxy: Program, path: str, body: Any, headers: dict[str, str] | None = None) -> socket.socket:
    """A connection on which one request went out."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Host": "localhost", "Content-Length": len(data), "x-api-key": KEY, **(headers or {})}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection = socket.create_connection(("127.0.0.1", proxy.port), timeout=20)
    connection.sendall(head.encode() + b"\r\n" + data)
    return connection


@contextmanager
def open_stream(proxy: Program, model: str, path: str = "/v1/chat/completions") -> Iterator[socket.socket]:
    """A stream of which some has come and which stalls then."""
    body = {
        "model": model,
        "stream": True,
        "max_tokens": 500,
        "messages": [{"role": "user", "content": "[[sim: words 50]]"}],
    }
    with closing(send(proxy, path, body)) as connection:
        assert b"200 OK" in connection.recv(65_536)
        yield connection


def rest(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65_536):
        received += data
    return received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_quickly_with_streams_open(user: User, sap: Simulator, number: signal.Signals) -> None:
    sap.world.faults.set("*", Fault("stall", seconds=60, where="middle", after_frames=8))
    with (
        user.running() as proxy,
        open_stream(proxy, "gpt-5") as chat,
        open_stream(proxy, "anthropic--claude-4.6-opus", "/v1/messages") as messages,
    ):
        code, seconds = proxy.stop(number)
        chat_end, messages_end = rest(chat), rest(messages)

    assert code == 0
    assert seconds < 5
    assert b'"error":{"message":"The proxy stopped while it answered.' in chat_end
    assert b"event: error" in messages_end
    assert b"[DONE]" not in chat_end
    assert "Traceback" not in proxy.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_while_it_starts(user: User, sap: Simulator, number: signal.Signals) -> None:
    sap.world.faults.set("lm", Fault("stall", seconds=30))
    with user.starting() as proxy:
        proxy.wait_for(lambda: len(sap.world.requests) > 0)
        code, seconds = proxy.stop(number)

    assert (code, proxy.out) == (0, "")
    assert seconds < 5
    assert "Traceback" not in proxy.err


def test_a_background_job_of_a_script_can_be_interrupted(user: User) -> None:
    """A shell without job control starts background jobs with SIGINT ignored."""
    script = "sap-ai-proxy -p 0 > out & until grep -qs 'listens on' out; do sleep 0.05; done; kill -INT $!; wait $!"
    done = user.run("timeout", "20", "bash", "-c", script)

    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_private_is_written_anywhere(user: User, sap: Simulator) -> None:
    """Prompts, answers, keys, tokens and client secrets, in good calls and in failing ones, at full debug."""
    with user.running("-d") as proxy:
        say = "marked-prompt [[sim: say marked-answer]]"
        for model in ("gpt-5", "anthropic--claude-4.6-opus", "gemini-2.5-pro"):
            assert proxy.ask(model, say, KEY) == "marked-answer"
            with open_stream(proxy, model, "/v1/messages"):
                pass
        for text in private_failures(proxy):
            assert text.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), text[:100]
        sap.world.faults.set("*", Fault("status", status=500, text="marked-error of SAP"))
        for model in ("gpt-5", "gemini-2.5-pro"):
            with closing(send(proxy, "/v1/messages", question(model))) as connection:
                assert connection.recv(65_536).startswith(b"HTTP/1.1 5")
        proxy.stop()
    log = user.home / "proxy/state/proxy.log"
    written = proxy.out + proxy.err + log.read_text()
    tokens = {request.headers.get("authorization", "none")[-80:] for request in sap.world.requests}
    secrets = [sap.service_key(tenant.name)["clientsecret"] for tenant in sap.world.tenants]

    assert "DEBUG" in written
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert len(tokens) >= 2
    assert [word for word in ("marked", *tokens, *secrets) if word in written] == []


def question(model: Any, text: Any = "marked-prompt") -> dict[str, Any]:
    return {"model": model, "max_tokens": 10, "messages": [{"role": "user", "content": text}]}


def private_failures(proxy: Program) -> Iterator[bytes]:
    """Refusals of requests that hold something private in every place."""
    calls: list[tuple[str, Any, dict[str, str]]] = [
        ("/v1/messages", b'{"marked-prompt": ', {}),
        ("/v1/messages", question("marked-model"), {}),
        ("/v1/messages", question("gpt-5", {"marked-key": 1}), {}),
        ("/v1/messages", question("claude-sonnet-4-5"), {"x-api-key": "marked-wrong-key"}),
        ("/v1/marked-path", question("claude-sonnet-4-5"), {}),
        ("/v1/chat/completions?key=marked-query", {"model": "gpt-5", "messages": "marked"}, {}),
        ("/v1/chat/completions", question("gpt-5"), {"Host": "marked-host.example"}),
        ("/v1/chat/completions", question("gpt-5"), {"Origin": "https://marked-origin.example"}),
        ("/v1/chat/completions", question("gpt-5"), {"marked header": "marked"}),
        ("/v1/chat/completions", question("gpt-4o") | {"surplus": 1, "logit_bias": "marked"}, {}),
    ]
    for path, body, headers in calls:
        with closing(send(proxy, path, body, headers)) as connection:
            yield connection.recv(65_536)
