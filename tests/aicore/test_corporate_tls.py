"""Trust and proxies as companies have them: real handshakes, private roots, an intercepting proxy."""

import datetime
import json
import os
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from proxy_core.aicore.key_check import check_service_key
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.aicore.tokens import TokenSource
from proxy_core.aicore.transport import Timeouts, Transport, TransportError
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.corporate_network import HOST, CorporateProxy, server_context
from tests.scripted_server import ScriptedServer

LIMITS = Timeouts(connect=5, first_byte=10, idle=10)


@pytest.fixture(scope="session")
def company() -> trustme.CA:
    return trustme.CA(organization_name="Example Works", organization_unit_name="Example Works Web Gateway")


@pytest.fixture
def company_file(company: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "company.pem"
    company.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def sap(authority: trustme.CA) -> Iterator[ScriptedServer]:
    """The host behind the proxy, with its public certificate."""
    with ScriptedServer(tls=server_context(authority, HOST)) as server:
        yield server


def failure(url: str, ca_file: Path | None = None, proxy: str | None = None) -> TransportError:
    with (
        closing(Transport(timeouts=LIMITS, ca_file=ca_file, proxy=proxy)) as transport,
        pytest.raises(TransportError) as raised,
    ):
        transport.open("POST", url, {})
    return raised.value


def test_intercepting_proxy_is_refused_and_its_issuer_named(sap: ScriptedServer, company: trustme.CA) -> None:
    with CorporateProxy(sap.port, signer=company) as way:
        error = failure(f"https://{HOST}/", proxy=way.place)

    assert error.cause == "untrusted"
    assert 'issued by "Example Works Web Gateway (Example Works)"' in str(error)
    assert "set ca_file to that company's root certificate" in str(error)
    assert not sap.requests


def test_intercepting_proxy_is_trusted_with_its_root_in_ca_file(
    sap: ScriptedServer, company: trustme.CA, company_file: Path
) -> None:
    with (
        CorporateProxy(sap.port, signer=company) as way,
        closing(Transport(timeouts=LIMITS, ca_file=company_file, proxy=way.place)) as transport,
    ):
        assert transport.open("POST", f"https://{HOST}/", {}, b"{}").read_all() == b"{}"


def test_ca_file_adds_to_the_roots_of_the_system(
    company: trustme.CA, company_file: Path, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SSL_CERT_FILE` stands for the system's store here."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    with (
        ScriptedServer(tls=server_context(authority, "localhost")) as public,
        ScriptedServer(tls=server_context(company, "localhost")) as private,
        closing(Transport(timeouts=LIMITS, ca_file=company_file)) as transport,
    ):
        for server in (public, private):
            assert transport.open("POST", server.url, {}).read_all() == b"{}"


def test_expired_certificate_is_refused_with_its_last_day(authority: trustme.CA, ca_file: Path) -> None:
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_after=yesterday).configure_cert(context)
    with ScriptedServer(tls=context) as server:
        error = failure(server.url, ca_file)

    assert error.cause == "expired"
    assert f"It was valid until {yesterday:%Y-%m-%d}. Check the clock of this computer" in str(error)


def test_certificate_that_begins_tomorrow_is_refused_with_a_word_on_the_clock(
    authority: trustme.CA, ca_file: Path
) -> None:
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_before=tomorrow).configure_cert(context)
    with ScriptedServer(tls=context) as server:
        error = failure(server.url, ca_file)

    assert error.cause == "not_yet_valid"
    assert f"valid from {tomorrow:%Y-%m-%d} on. Check the clock" in str(error)


def test_certificate_of_another_host_is_refused_with_the_hosts_it_is_for(
    authority: trustme.CA, ca_file: Path
) -> None:
    with ScriptedServer(tls=server_context(authority, "other.example")) as server:
        error = failure(server.url, ca_file)

    assert error.cause == "wrong_host"
    assert "It is for other.example. Check the URL in the service key." in str(error)


@pytest.mark.parametrize("given", ["", "me:wrong@"])
def test_proxy_that_wants_a_login_says_how_to_give_it(sap: ScriptedServer, ca_file: Path, given: str) -> None:
    with CorporateProxy(sap.port, login="me:p@ss") as way:
        error = failure(f"https://{HOST}/", ca_file, f"http://{given}{way.place}")

    assert error.cause == "proxy_login"
    assert "http://user:password@host:port" in str(error)
    assert "wrong" not in str(error)


def test_proxy_with_login_leads_to_the_host(sap: ScriptedServer, ca_file: Path) -> None:
    with (
        CorporateProxy(sap.port, login="me:p@ss") as way,
        closing(Transport(timeouts=LIMITS, ca_file=ca_file, proxy=f"http://me:p%40ss@{way.place}")) as transport,
    ):
        transport.open("POST", f"https://{HOST}/", {}).read_all()

    assert way.asked == [f"{HOST}:443"]


def test_host_that_the_proxy_forbids_is_told(sap: ScriptedServer, ca_file: Path) -> None:
    with CorporateProxy(sap.port) as way:
        error = failure("https://elsewhere.invalid/", ca_file, way.place)

    assert error.cause == "proxy_forbids"
    assert "Ask the administrators of the proxy" in str(error)


def test_proxy_that_does_not_run_is_named(ca_file: Path) -> None:
    error = failure(f"https://{HOST}/", ca_file, "http://127.0.0.1:1")

    assert error.cause == "no_connection"
    assert "the proxy 127.0.0.1:1 on the way to" in str(error)


@pytest.mark.parametrize("no_proxy", ["", "other.example"])
def test_variables_lead_to_sap_through_the_proxy_and_never_to_loopback(
    sap: ScriptedServer, ca_file: Path, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    with (
        CorporateProxy(sap.port) as way,
        ScriptedServer() as local,
        closing(Transport(timeouts=LIMITS, ca_file=ca_file)) as transport,
    ):
        only_proxy_variables(monkeypatch, HTTPS_PROXY=way.place, HTTP_PROXY=way.place, NO_PROXY=no_proxy)
        transport.open("POST", f"https://{HOST}/", {}).read_all()
        transport.open("POST", local.url, {}).read_all()

    assert way.asked == [f"{HOST}:443"]
    assert len(local.requests) == 1


@pytest.mark.parametrize("exempt", [HOST, ".sap.invalid", "sap.invalid", "*", f"a.example, {HOST}"])
def test_exempt_host_is_asked_directly(
    sap: ScriptedServer, ca_file: Path, monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    with CorporateProxy(sap.port) as way:
        only_proxy_variables(monkeypatch, HTTPS_PROXY=way.place, NO_PROXY=exempt)
        error = failure(f"https://{HOST}/", ca_file)

    assert error.cause == "unknown_name"
    assert not way.asked


def test_way_to_a_host_names_the_proxy_and_the_issuer(sap: ScriptedServer, ca_file: Path) -> None:
    with (
        CorporateProxy(sap.port) as proxy,
        closing(Transport(timeouts=LIMITS, ca_file=ca_file, proxy=proxy.place)) as transport,
    ):
        way = transport.find_way(f"https://{HOST}/v2")

    assert way.proxy == proxy.place
    assert way.certificate is not None
    assert "trustme" in way.certificate.issuer
    assert way.certificate.names == (HOST,)
    assert not sap.requests


def test_check_of_a_key_names_the_issuer(company: trustme.CA) -> None:
    with Simulator(demo_world(), "localhost", tls=server_context(company, "localhost")) as sap:
        steps = list(
            check_service_key(json.dumps(sap.service_key("demo-eu")), "", lambda: Transport(timeouts=LIMITS))
        )

    [step] = [step for step in steps if step.verdict == "failed"]
    assert (step.step, step.code) == ("token", "certificate_untrusted")
    assert step.facts["issuer"] == "Example Works Web Gateway (Example Works)"
    assert "ca_file" in step.advice


def test_unknown_issuer_is_not_taken_for_an_expired_client_certificate(company: trustme.CA) -> None:
    issued = company.issue_cert("client.example")
    with (
        Simulator(demo_world(), "localhost", tls=server_context(company, "localhost")) as sap,
        closing(Transport(timeouts=LIMITS)) as transport,
    ):
        chain, key = issued.cert_chain_pems[0].bytes().decode(), issued.private_key_pem.bytes().decode()
        service_key = parse_service_key(sap.x509_service_key("demo-eu", chain, key), "in key.json")
        with pytest.raises(TransportError, match=r"is not trusted") as raised:
            TokenSource(service_key, transport).token()

    assert "X.509 service keys expire" not in str(raised.value)


def only_proxy_variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
