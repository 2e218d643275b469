"""The port, the address, the variables of the network."""

import os
import socket
from pathlib import Path

import pytest
import trustme

from proxy_core.doctor.finding import Finding
from proxy_core.doctor.local_checks import check_network
from proxy_core.settings.model import TlsSettings
from tests.doctor.patients import codes, diagnose, free_port, patient_of
from tests.end_to_end.stand import running_stand


def network(configured: str | None = None, **environ: str) -> list[Finding]:
    return list(check_network(environ, configured))


def test_free_port_is_fine(tmp_path: Path) -> None:
    [finding] = diagnose(patient_of(tmp_path), "port")

    assert (finding.code, finding.verdict) == ("port_free", "ok")


def test_running_proxy_is_recognised(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        [finding] = diagnose(patient_of(tmp_path, port=stand.engine.port), "port")

    assert (finding.code, finding.verdict) == ("port_ours", "ok")


def test_running_proxy_with_https_is_recognised(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("proxy.example")
    tls = TlsSettings(tmp_path / "cert.pem", tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(str(tls.cert))
    issued.private_key_pem.write_to_path(str(tls.key))
    with running_stand(tmp_path, tls=tls) as stand:
        [finding] = diagnose(patient_of(tmp_path, port=stand.engine.port, tls=tls), "port")

    assert finding.code == "port_ours"


def test_port_of_another_program_fails_with_its_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        [finding] = diagnose(patient_of(tmp_path, port=other.getsockname()[1]), "port")

    assert (finding.code, finding.verdict) == ("port_taken", "failed")
    assert f"process {os.getpid()}" in finding.text
    assert "choose another port" in finding.advice


def test_open_address_is_noted(tmp_path: Path) -> None:
    found = diagnose(patient_of(tmp_path, host="0.0.0.0", port=free_port()), "port")

    assert codes(found) == ["port_free", "host_open"]


def test_no_variables_are_fine() -> None:
    assert codes(network()) == ["proxy_none"]


def test_company_proxy_without_exemption_is_noted_with_the_cure() -> None:
    found = network(HTTPS_PROXY="http://me:geheim@proxy.example:8080")

    assert codes(found) == ["proxy_found", "loopback_not_exempt"]
    assert "127.0.0.1 and localhost" in found[1].text
    assert "NO_PROXY=127.0.0.1,localhost,::1" in found[1].advice
    assert "geheim" not in repr(found)


@pytest.mark.parametrize("exempt", ["127.0.0.1,localhost", "*", ".localhost, 127.0.0.1", "LOCALHOST,127.0.0.1,::1"])
def test_exempt_loopback_is_fine(exempt: str) -> None:
    assert codes(network(HTTPS_PROXY="proxy:8080", NO_PROXY=exempt)) == ["proxy_found"]


def test_exemption_of_one_name_asks_for_the_other() -> None:
    found = network(http_proxy="proxy:8080", no_proxy="localhost")

    assert codes(found) == ["proxy_none", "loopback_not_exempt"]
    assert "does not exempt 127.0.0.1:" in found[1].text


def test_unusable_proxy_fails_without_being_shown() -> None:
    found = network(HTTPS_PROXY="socks5://me:geheim@proxy:1", NO_PROXY="*")

    assert codes(found) == ["proxy_wrong"]
    assert "geheim" not in repr(found)


def test_proxy_of_the_settings_wins() -> None:
    [finding] = network("http://own:1", HTTPS_PROXY="socks5://other:1", NO_PROXY="*")

    assert (finding.code, finding.facts["proxy"]) == ("proxy_found", "own:1")


def test_variable_for_missing_roots_fails(tmp_path: Path) -> None:
    found = network(SSL_CERT_FILE=str(tmp_path / "none.pem"))

    assert codes(found) == ["proxy_none", "roots_missing"]
