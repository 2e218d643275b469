import base64
import ssl
from urllib.parse import urlencode

import trustme

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.simulator.caller import FORM, Caller

GRANT = {"grant_type": "client_credentials"}


def test_secret_in_the_form_body_gives_a_token(caller: Caller) -> None:
    key = caller.simulator.service_key("demo-eu")

    got = caller.ask_token(**GRANT, client_id=key["clientid"], client_secret=key["clientsecret"])

    assert got.status == 200
    assert got.json["token_type"] == "bearer"
    assert got.json["expires_in"] == 43_199


def test_token_looks_like_a_jwt_of_real_length(caller: Caller) -> None:
    assert caller.token().count(".") == 2
    assert 2_000 < len(caller.token()) < 4_000


def test_basic_credentials_give_a_token(caller: Caller) -> None:
    key = caller.simulator.service_key("demo-us")
    basic = base64.b64encode(f"{key['clientid']}:{key['clientsecret']}".encode()).decode()

    got = caller.send(
        "POST", "/oauth/token", urlencode(GRANT).encode(), {**FORM, "Authorization": f"Basic {basic}"}
    )

    assert got.status == 200


def test_grant_in_the_query_gives_a_token(caller: Caller) -> None:
    key = caller.simulator.service_key("demo-us")
    basic = base64.b64encode(f"{key['clientid']}:{key['clientsecret']}".encode()).decode()

    got = caller.send("POST", f"/oauth/token?{urlencode(GRANT)}", None, {"Authorization": f"Basic {basic}"})

    assert got.status == 200


def test_wrong_secret_is_bad_credentials(caller: Caller) -> None:
    got = caller.ask_token(
        **GRANT, client_id=caller.simulator.service_key("demo-eu")["clientid"], client_secret="x"
    )

    assert got.status == 401
    assert got.json == {"error": "unauthorized", "error_description": "Bad credentials"}


def test_unknown_client_is_invalid(caller: Caller) -> None:
    got = caller.ask_token(**GRANT, client_id="sb-nobody", client_secret="x")

    assert (got.status, got.json["error"]) == (401, "invalid_client")


def test_missing_secret_without_certificate_is_invalid(caller: Caller) -> None:
    got = caller.ask_token(**GRANT, client_id=caller.simulator.service_key("demo-eu")["clientid"])

    assert (got.status, got.json["error"]) == (401, "invalid_client")


def test_missing_grant_is_an_invalid_request(caller: Caller) -> None:
    got = caller.ask_token(client_id="x")

    assert (got.status, got.json["error"]) == (400, "invalid_request")


def test_other_grant_is_unsupported(caller: Caller) -> None:
    got = caller.ask_token(grant_type="password")

    assert (got.status, got.json["error"]) == (400, "unsupported_grant_type")


def test_lifetime_can_be_changed_while_it_runs(caller: Caller) -> None:
    caller.simulator.world.switches.token_lifetime = 5
    key = caller.simulator.service_key("demo-eu")

    got = caller.ask_token(**GRANT, client_id=key["clientid"], client_secret=key["clientsecret"])

    assert got.json["expires_in"] == 5


def test_client_certificate_stands_for_the_secret() -> None:
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    server_side.verify_mode = ssl.CERT_OPTIONAL
    authority.configure_trust(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    without = ssl.create_default_context()
    authority.configure_trust(without)
    authority.issue_cert("client@example.com").configure_cert(client_side)

    with Simulator(demo_world(), tls=server_side) as simulator:
        key = simulator.x509_service_key("demo-eu", "certificate", "key")
        with_certificate = Caller(simulator, tls=client_side).ask_token(**GRANT, client_id=key["clientid"])
        plain = Caller(simulator, tls=without).ask_token(**GRANT, client_id=key["clientid"])

    assert key["certurl"].startswith("https://127.0.0.1:")
    assert with_certificate.status == 200
    assert plain.status == 401
