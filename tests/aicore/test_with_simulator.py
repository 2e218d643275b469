"""The whole layer against the simulated service."""

import ssl
from collections.abc import Iterator

import pytest
import trustme

from proxy_core.aicore.catalogue import read_catalogue
from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.deployments import discover, list_deployments
from proxy_core.aicore.inference import InferenceCalls
from proxy_core.aicore.response import UpstreamResponse
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.aicore.test_tls import client_certificate

TENANT = "demo-eu"
QUESTION = b'{"messages": [{"role": "user", "content": "hi"}], "stream": true}'
CHAT = "/chat/completions?api-version=2025-04-01-preview"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    started = Simulator(demo_world()).start()
    yield started
    started.stop()


def account(simulator: Simulator, transport: Transport, group: str = "default") -> SubAccount:
    return SubAccount("eu", parse_service_key(simulator.service_key(TENANT), "demo key"), group, transport)


def ask(calls: InferenceCalls, deployment: Deployment) -> UpstreamResponse:
    response = calls.begin(deployment, CHAT, {}, QUESTION, lambda: False).poll(10)
    assert response is not None
    return response


def test_running_deployments_are_discovered(simulator: Simulator, transport: Transport) -> None:
    found = discover(account(simulator, transport))

    assert {"gpt-4o", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro"} <= {one.model for one in found}
    assert all(one.status == "RUNNING" and one.url and one.executable_id for one in found)
    assert any(one.executable_id == "orchestration" for one in found)


def test_awkward_entries_are_listed_but_not_used(simulator: Simulator, transport: Transport) -> None:
    main = account(simulator, transport)

    assert len(list_deployments(main)) > len(discover(main))


def test_resource_group_chooses_the_deployments(simulator: Simulator, transport: Transport) -> None:
    found = discover(account(simulator, transport, "team-a"))

    assert [one.model for one in found] == ["gpt-4o"]


def test_catalogue_is_read(simulator: Simulator, transport: Transport) -> None:
    models = {model.name: model for model in read_catalogue(account(simulator, transport))}

    assert models["gpt-4o"].versions
    assert models["gpt-4o"].executable_id == "azure-openai"


def test_wrong_secret_is_told(simulator: Simulator, transport: Transport) -> None:
    value = {**simulator.service_key(TENANT), "clientsecret": "wrong"}
    main = SubAccount("eu", parse_service_key(value, "demo key"), "default", transport)

    with pytest.raises(UpstreamError, match=r"service key demo key: Bad credentials\.") as raised:
        discover(main)

    assert raised.value.kind is ErrorKind.UPSTREAM_AUTHENTICATION


def test_revoked_token_is_replaced(simulator: Simulator, transport: Transport) -> None:
    main = account(simulator, transport)
    before = discover(main)
    simulator.world.tokens.revoke_all()

    assert discover(main) == before


def test_stream_comes_from_a_deployment(simulator: Simulator, transport: Transport) -> None:
    main = account(simulator, transport)
    calls = InferenceCalls({"eu": main}, transport)
    deployment = next(one for one in discover(main) if one.model == "gpt-4o")

    response = ask(calls, deployment)

    assert response.status == 200
    assert response.read_all().endswith(b"data: [DONE]\n\n")


def test_inference_with_a_revoked_token_works_after_forgetting_it(
    simulator: Simulator, transport: Transport
) -> None:
    main = account(simulator, transport)
    calls = InferenceCalls({"eu": main}, transport)
    deployment = next(one for one in discover(main) if one.model == "gpt-4o")
    simulator.world.tokens.revoke_all()
    refused = ask(calls, deployment)
    refused.read_all()
    calls.forget_token(deployment)

    response = ask(calls, deployment)
    response.close()

    assert (refused.status, response.status) == (401, 200)


def test_x509_key_gets_a_token_over_mutual_tls(tls_transport: Transport, authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    shown = client_certificate(authority)
    with Simulator(demo_world(), tls=context) as simulator:
        value = simulator.x509_service_key(TENANT, shown.certificate, shown.key.reveal())
        main = SubAccount("eu", parse_service_key(value, "demo key"), "default", tls_transport)

        assert discover(main)


def test_refused_certificate_is_told_as_an_expired_key(tls_transport: Transport, authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    shown = client_certificate(trustme.CA())
    with Simulator(demo_world(), tls=context) as simulator:
        value = simulator.x509_service_key(TENANT, shown.certificate, shown.key.reveal())
        main = SubAccount("eu", parse_service_key(value, "demo key"), "default", tls_transport)

        with pytest.raises(UpstreamError, match=r"X\.509 service keys expire"):
            discover(main)
