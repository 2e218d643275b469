"""`sap-ai-demo-request` against a running server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from proxy_core.cli.demo_request import main
from proxy_core.server.tls_context import build_tls_context
from proxy_core.server.tls_front import TlsFront
from proxy_core.server.waitress_server import WaitressServer
from tests.cli.toy_proxy import KEY, LOG, MODELS, build_toy_proxy


@pytest.fixture(scope="module")
def server() -> Iterator[WaitressServer]:
    with build_toy_proxy() as running:
        yield running


def test_a_plain_a_streamed_request_and_the_models_are_printed(
    server: WaitressServer, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{server.port}"
    code = main(["--url", url, "--key", KEY], {})

    assert code == 0
    assert capsys.readouterr().out == (
        f"Plain request to gpt-5 at {url}:\nuser=Say hello in one short sentence.\n\n"
        "Streamed request to gpt-5:\n[user=Say hello in one short sentence.]\n\n"
        "3 models:\n" + "\n".join(MODELS) + "\n"
    )


def test_an_error_is_one_line_and_the_exit_code(server: WaitressServer, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--model", "unknown", "--url", f"http://127.0.0.1:{server.port}", "--key", KEY], {})

    assert (code, capsys.readouterr().err) == (1, "sap-ai-demo-request: No such model.\n")


def test_bad_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "ftp://here", "--key", KEY], {}) == 2
    assert "must look like" in capsys.readouterr().err


def test_a_proxy_with_its_own_certificate_is_trusted(
    server: WaitressServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The certificate beside the config file is trusted as it is, whatever name it carries."""
    issued = trustme.CA().issue_cert("proxy.example")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    context = build_tls_context(tmp_path / "cert.pem", tmp_path / "key.pem")
    with TlsFront(context, "127.0.0.1", 0, server.port, log=LOG) as front:
        config = tmp_path / "config.json"
        config.write_text(json.dumps({"port": front.port, "secret_authentication_tokens": [KEY]}))
        code = main(["-c", str(config)], {})

    assert code == 0
    assert f"https://127.0.0.1:{front.port}" in capsys.readouterr().out
