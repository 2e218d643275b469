"""The real program in a company's network: an intercepting proxy, a private root, and the doctor."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.corporate_network import HOST, CorporateProxy, PublicSimulator, server_context
from tests.doctor.patients import free_port
from tests.end_to_end.user import User

KEY = "sk-of-the-test-0123456789"
QUIET = ("ok", "warning")


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


@pytest.fixture(scope="module")
def company() -> trustme.CA:
    return trustme.CA(organization_name="Example Works", organization_unit_name="Web Gateway")


@pytest.fixture(scope="module")
def public() -> Iterator[PublicSimulator]:
    with PublicSimulator(demo_world(), tls=server_context(trustme.CA(), HOST)) as simulator:
        yield simulator


@pytest.fixture
def gateway(public: PublicSimulator, company: trustme.CA) -> Iterator[CorporateProxy]:
    with CorporateProxy(public.port, login="jo:geheim", signer=company) as proxy:
        yield proxy


def configure(user: User, sap: Simulator, **more: Any) -> None:
    accounts = {"demo-eu": {"service_key_json": sap.service_key("demo-eu")}}
    user.write(
        "config.json",
        {"subAccounts": accounts, "secret_authentication_tokens": [KEY], "port": free_port(), **more},
    )


def examine(user: User, *options: str, **environ: str) -> tuple[int, dict[str, Any]]:
    done = user.run("sap-ai-proxy", "doctor", "--json", *options, **environ)
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def found(report: dict[str, Any], check: str) -> list[dict[str, Any]]:
    return [one for one in report["findings"] if one["check"] == check]


def test_models_answer_through_an_intercepting_proxy_with_login(
    user: User, public: PublicSimulator, gateway: CorporateProxy, company: trustme.CA
) -> None:
    root = user.write("company.pem", company.cert_pem.bytes().decode())
    configure(user, public, ca_file=str(root), proxy=f"http://jo:geheim@{gateway.place}")

    with user.running() as program:
        assert program.ask("gpt-5", "Who are you?", KEY)

    assert set(gateway.asked) == {f"{HOST}:443"}


def test_doctor_passes_a_network_that_is_set_up(
    user: User, public: PublicSimulator, gateway: CorporateProxy, company: trustme.CA
) -> None:
    root = user.write("company.pem", company.cert_pem.bytes().decode())
    configure(user, public, ca_file=str(root), proxy=f"http://jo:geheim@{gateway.place}")

    code, report = examine(user)

    assert (code, report["ok"]) == (0, True)
    assert [one["verdict"] for one in report["findings"] if one["verdict"] not in QUIET] == []
    [way] = found(report, "trust")
    assert "Web Gateway (Example Works)" in way["text"]
    assert "geheim" not in json.dumps(report)


def test_doctor_names_the_issuer_and_the_fix_of_an_intercepted_way(
    user: User, public: PublicSimulator, gateway: CorporateProxy
) -> None:
    configure(user, public)

    code, report = examine(user, HTTPS_PROXY=f"http://jo:geheim@{gateway.place}", NO_PROXY="127.0.0.1,localhost")

    [way] = found(report, "trust")
    assert (code, way["code"]) == (1, "trust_untrusted")
    assert way["facts"]["issuer"] == "Web Gateway (Example Works)"
    assert "set ca_file to that company's root certificate" in way["advice"]


def test_program_names_the_issuer_where_it_cannot_reach_sap(
    user: User, public: PublicSimulator, gateway: CorporateProxy
) -> None:
    configure(user, public, proxy=f"http://jo:geheim@{gateway.place}")

    with user.running() as program:
        program.wait_for(lambda: 'issued by "Web Gateway (Example Works)"' in program.err)

        assert "geheim" not in program.err


def test_verification_cannot_be_switched_off(user: User, public: PublicSimulator, gateway: CorporateProxy) -> None:
    """Neither by the variables that other programs obey nor by keys that other configurations have."""
    off = {"verify": False, "verify_ssl": False, "insecure": True}
    configure(user, public, proxy=f"http://jo:geheim@{gateway.place}", **off)
    environ = {"PYTHONHTTPSVERIFY": "0", "CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": "", "NODE_TLS_REJECT": "0"}

    done = user.run("sap-ai-proxy", "doctor", "--json", **environ)

    [way] = found(json.loads(done.stdout), "trust")
    assert way["code"] == "trust_untrusted"


# --- the doctor at a terminal


@pytest.fixture(scope="module")
def sap() -> Iterator[Simulator]:
    with Simulator(demo_world()) as simulator:
        yield simulator


def test_doctor_prints_a_report_without_secrets(user: User, sap: Simulator) -> None:
    configure(user, sap)
    secret = sap.service_key("demo-eu")["clientsecret"]

    done = user.run(
        "sap-ai-proxy", "doctor", ANTHROPIC_BASE_URL="http://127.0.0.1:1", ANTHROPIC_API_KEY="sk-other-one"
    )

    assert done.returncode == 1
    assert "FAILED   Your tools (Claude Code)" in done.stdout
    assert "ok       Access token (demo-eu)" in done.stdout
    for hidden in (KEY, secret, "sk-other-one", str(user.home)):
        assert hidden not in done.stdout + done.stderr


def test_doctor_asks_each_model_on_request(user: User, sap: Simulator) -> None:
    configure(user, sap, model_filters={"include": ["gpt-5$", "gemini-2.5-flash$", "claude-4.5-sonnet$"]})
    sap.world.requests.clear()

    code, report = examine(user, "--call")

    calls = found(report, "models")
    assert code == 0
    assert [one["code"] for one in calls] == ["model_ok"] * len(calls)
    assert len(calls) == len(sap.world.requests.inference()) >= 2


def test_doctor_asks_no_model_by_itself(user: User, sap: Simulator) -> None:
    configure(user, sap)
    sap.world.requests.clear()

    _, report = examine(user)

    assert not found(report, "models")
    assert not sap.world.requests.inference()


def test_demo_is_healthy(user: User) -> None:
    """With the settings of a tool that the demo's banner gives."""
    port = str(free_port())
    tool = {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}", "ANTHROPIC_AUTH_TOKEN": "sk-demo"}

    code, report = examine(user, "--demo", "-p", port, **tool)

    assert (code, report["ok"]) == (0, True)
    assert {one["subject"] for one in found(report, "token")} == {"demo-eu", "demo-us"}
    assert [one["code"] for one in found(report, "clients")] == ["client_ok"]


def test_doctor_examines_what_it_can_when_the_config_is_broken(user: User) -> None:
    user.write("config.json", '{"port": ')

    code, report = examine(user)

    assert code == 1
    assert found(report, "settings")[0]["code"] == "settings_wrong"
    assert found(report, "network")
    assert not found(report, "token")


def test_bad_usage_of_the_doctor_is_one_line(user: User) -> None:
    done = user.run("sap-ai-proxy", "doctor", "--nonsense")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
