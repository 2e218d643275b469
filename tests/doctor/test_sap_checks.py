"""The way to SAP, the clock, and the sub-accounts, against the simulated service and real TLS."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from proxy_core.doctor.finding import Check
from proxy_core.simulator.faults import LM_API, TOKEN_ENDPOINT, Fault
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.corporate_network import HOST, CorporateProxy, PublicSimulator, server_context
from tests.doctor.patients import codes, diagnose, patient_of


@pytest.fixture(scope="module")
def shared_sap() -> Iterator[Simulator]:
    with Simulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
def sap(shared_sap: Simulator) -> Iterator[Simulator]:
    yield shared_sap
    shared_sap.world.faults.clear()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Public Trust", organization_unit_name="Public Root")


@pytest.fixture(scope="module")
def company() -> trustme.CA:
    return trustme.CA(organization_name="Example Works", organization_unit_name="Gateway")


@pytest.fixture
def public(authority: trustme.CA) -> Iterator[PublicSimulator]:
    with PublicSimulator(demo_world(), tls=server_context(authority, HOST)) as simulator:
        yield simulator


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


CHECKS_OF_AN_ACCOUNT: tuple[Check, ...] = ("token", "resource_groups", "deployments", "orchestration")


def test_healthy_account_passes_every_check(tmp_path: Path, sap: Simulator) -> None:
    patient = patient_of(tmp_path, sap)

    assert codes(diagnose(patient, "trust")) == ["trust_plain"]
    assert codes(diagnose(patient, "clock")) == ["clock_ok"]
    for check in CHECKS_OF_AN_ACCOUNT:
        [finding] = diagnose(patient, check)
        assert (finding.verdict, finding.subject) == ("ok", "demo-eu"), finding


@pytest.mark.parametrize(
    ("shift", "code", "verdict"),
    [
        (0, "clock_ok", "ok"),
        (45, "clock_ok", "ok"),
        (120, "clock_ahead", "warning"),
        (-120, "clock_behind", "warning"),
        (3600, "clock_ahead", "failed"),
        (-86400, "clock_behind", "failed"),
    ],
)
def test_clock_is_compared_with_saps(tmp_path: Path, sap: Simulator, shift: int, code: str, verdict: str) -> None:
    patient = replace(patient_of(tmp_path, sap), clock=lambda: time.time() + shift)

    [finding] = diagnose(patient, "clock")

    assert (finding.code, finding.verdict) == (code, verdict)


def test_refused_key_fails_and_what_follows_is_not_tried(tmp_path: Path, sap: Simulator) -> None:
    key = {**sap.service_key("demo-eu"), "clientsecret": "wrong-secret"}
    patient = patient_of(tmp_path, keys={"mine": key})

    [token] = diagnose(patient, "token")
    [deployments] = diagnose(patient, "deployments")

    assert (token.code, token.verdict) == ("token_refused", "failed")
    assert "new service key" in token.advice
    assert deployments.verdict == "skipped"
    assert not diagnose(patient, "orchestration")
    assert "wrong-secret" not in repr(token)


def test_one_broken_key_does_not_hide_the_others(tmp_path: Path, sap: Simulator) -> None:
    good = sap.service_key("demo-eu")
    broken = {name: value for name, value in good.items() if name != "clientid"}
    patient = patient_of(tmp_path, keys={"broken": broken, "good": good})

    [account] = diagnose(patient, "account")

    assert account.code == "account_wrong"
    assert "clientid" in account.text
    assert [one.subject for one in diagnose(patient, "token")] == ["good"]


def test_unknown_resource_group_is_told_with_the_known_ones(tmp_path: Path, sap: Simulator) -> None:
    patient = patient_of(tmp_path, sap)
    account = replace(patient.settings.sub_accounts[0], resource_group="nowhere")
    patient = replace(patient, settings=replace(patient.settings, sub_accounts=(account,)))

    [finding] = diagnose(patient, "resource_groups")

    assert finding.code == "group_unknown"
    assert "default" in finding.advice


def test_failing_token_endpoint_is_told(tmp_path: Path, sap: Simulator) -> None:
    sap.world.faults.set(TOKEN_ENDPOINT, Fault("status", status=503, text="later"))

    [finding] = diagnose(patient_of(tmp_path, sap), "token")

    assert (finding.code, finding.verdict) == ("token_failed", "failed")


def test_nothing_configured_is_told_with_the_place(tmp_path: Path) -> None:
    [finding] = diagnose(patient_of(tmp_path), "account")

    assert finding.code == "account_wrong"
    assert "subAccounts" in finding.advice


def test_trusted_host_is_told_with_issuer_and_proxy(tmp_path: Path, public: PublicSimulator, ca_file: Path) -> None:
    with CorporateProxy(public.port) as proxy:
        patient = patient_of(tmp_path, public, ca_file=ca_file, proxy=f"http://{proxy.place}")
        [finding] = diagnose(patient, "trust")
        [token] = diagnose(patient, "token")

    assert (finding.code, token.verdict) == ("trust_ok", "ok")
    assert '"Public Root (Public Trust)" issued its certificate' in finding.text
    assert proxy.place in finding.text


def test_intercepted_way_fails_once_and_the_account_is_not_tried(
    tmp_path: Path, public: PublicSimulator, ca_file: Path, company: trustme.CA
) -> None:
    with CorporateProxy(public.port, signer=company) as proxy:
        patient = patient_of(tmp_path, public, ca_file=ca_file, proxy=f"http://{proxy.place}")
        [finding] = diagnose(patient, "trust")
        asked = len(proxy.asked)
        [account] = diagnose(patient, "account")

    assert (finding.code, finding.verdict, asked) == ("trust_untrusted", "failed", 1)
    assert finding.facts["issuer"] == "Gateway (Example Works)"
    assert "ca_file" in finding.advice
    assert account.code == "account_skipped"


def test_proxy_that_wants_a_login_is_told(tmp_path: Path, public: PublicSimulator, ca_file: Path) -> None:
    with CorporateProxy(public.port, login="me:geheim") as proxy:
        patient = patient_of(tmp_path, public, ca_file=ca_file, proxy=f"http://me:falsch@{proxy.place}")
        [finding] = diagnose(patient, "trust")
        [clock] = diagnose(patient, "clock")

    assert finding.code == "way_proxy_login"
    assert "http://user:password@host:port" in finding.advice
    assert "falsch" not in repr(finding)
    assert clock.code == "clock_unknown"


def test_missing_orchestration_is_a_note(tmp_path: Path, sap: Simulator) -> None:
    patient = patient_of(tmp_path, sap)
    account = replace(patient.settings.sub_accounts[0], resource_group="team-a")
    patient = replace(patient, settings=replace(patient.settings, sub_accounts=(account,)))

    [finding] = diagnose(patient, "orchestration")

    assert (finding.code, finding.verdict) == ("orchestration_none", "warning")


def test_list_that_fails_leaves_the_rest_untried(tmp_path: Path, sap: Simulator) -> None:
    sap.world.faults.set(LM_API, Fault("status", status=500, path="/lm/deployments"))
    patient = patient_of(tmp_path, sap)

    assert codes(diagnose(patient, "deployments")) == ["deployments_failed"]
    assert codes(diagnose(patient, "orchestration")) == ["orchestration_unknown"]
    assert codes(diagnose(patient, "catalogue")) == ["skipped"]
