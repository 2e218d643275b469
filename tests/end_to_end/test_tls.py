"""HTTPS by `cert.pem` and `key.pem` beside the config file, for both SDKs."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest
import trustme

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.end_to_end.user import Program, User

KEY = "key-of-the-test"
SAY = "[[sim: say Grüße, data: 😀]]"


def issue(authority: trustme.CA, folder: Path) -> None:
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> User:
    return User(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def proxy(user: User, authority: trustme.CA) -> Iterator[Program]:
    issue(authority, user.work)
    with Simulator(demo_world()) as sap:
        account = {"service_key_json": sap.service_key("demo-eu")}
        user.write("config.json", {"subAccounts": {"eu": account}, "secret_authentication_tokens": [KEY]})
        with user.running() as program:
            yield program


@pytest.fixture
def trusting(authority: trustme.CA) -> Iterator[httpx2.Client]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with httpx2.Client(verify=context, timeout=30) as client:
        yield client


@pytest.mark.parametrize("model", ["gpt-5", "anthropic--claude-4.6-opus", "gemini-2.5-pro"])
def test_the_openai_sdk_streams_over_https(proxy: Program, trusting: httpx2.Client, model: str) -> None:
    with openai.OpenAI(base_url=f"{proxy.url}/v1", api_key=KEY, http_client=trusting, max_retries=0) as client:
        messages: Any = [{"role": "user", "content": SAY}]
        whole = client.chat.completions.create(model=model, messages=messages)
        chunks = list(client.chat.completions.create(model=model, messages=messages, stream=True))

    assert proxy.url.startswith("https://")
    assert whole.choices[0].message.content == "Grüße, data: 😀"
    assert "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices) == "Grüße, data: 😀"


@pytest.mark.parametrize("model", ["gpt-5", "anthropic--claude-4.6-opus", "gemini-2.5-pro"])
def test_the_anthropic_sdk_streams_over_https(proxy: Program, trusting: httpx2.Client, model: str) -> None:
    with anthropic.Anthropic(base_url=proxy.url, api_key=KEY, http_client=trusting, max_retries=0) as client:
        messages: Any = [{"role": "user", "content": SAY}]
        whole = client.messages.create(model=model, max_tokens=500, messages=messages)
        with client.messages.stream(model=model, max_tokens=500, messages=messages) as stream:
            text = "".join(stream.text_stream)

    assert [block.text for block in whole.content if block.type == "text"] == ["Grüße, data: 😀"]
    assert text == "Grüße, data: 😀"


def test_plain_http_on_the_https_port_harms_nothing(proxy: Program, trusting: httpx2.Client) -> None:
    with httpx2.Client(timeout=10) as plain, pytest.raises(httpx2.TransportError):
        plain.get(f"http://127.0.0.1:{proxy.port}/health")

    assert trusting.get(f"{proxy.url}/health").status_code == 200


def test_the_tools_trust_the_certificate_beside_the_config(user: User, proxy: Program) -> None:
    done = user.run("sap-ai-chat", "-p", str(proxy.port), said="hello\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert 'You said: "hello".' in done.stdout


def test_the_demo_serves_https_with_files_from_the_command_line(tmp_path: Path) -> None:
    user = User(tmp_path)
    authority = trustme.CA()
    issue(authority, user.work)
    with user.running("--demo", "--tls-cert", "cert.pem", "--tls-key", "key.pem") as proxy:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        answer = httpx2.get(f"{proxy.url}/health", verify=context)

    assert answer.status_code == 200
    assert proxy.url.startswith("https://")
    assert "curl -sk https://" in proxy.out
