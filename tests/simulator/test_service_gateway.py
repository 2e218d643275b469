import base64
import json

import pytest

from proxy_core.simulator.token_store import ISSUER
from tests.simulator.caller import API_VERSION, Caller

CHAT = f"/chat/completions{API_VERSION}"
HELLO = {"messages": [{"role": "user", "content": "hi"}]}


def jwt(issuer: str, **claimed: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"iss": issuer, **claimed}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


def test_no_token_is_rbac_text(caller: Caller) -> None:
    got = caller.send("GET", "/v2/lm/deployments")

    assert (got.status, got.text, got.headers["content-type"]) == (403, "RBAC: access denied", "text/plain")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (jwt("https://elsewhere.example"), "Jwt issuer is not configured"),
        (jwt(ISSUER), "Jwt verification fails"),
        ("nonsense", "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"),
    ],
)
def test_foreign_token_is_refused_in_envoys_words(caller: Caller, token: str, words: str) -> None:
    got = caller.send("GET", "/v2/lm/deployments", None, {"Authorization": f"Bearer {token}"})

    assert (got.status, got.text) == (401, words)


def test_revoked_token_is_expired(caller: Caller) -> None:
    caller.token()
    caller.simulator.world.tokens.revoke_all("demo-eu")

    assert caller.lm("/lm/deployments").text == "Jwt is expired"


def test_revocation_spares_other_sub_accounts(caller: Caller) -> None:
    caller.token()
    caller.simulator.world.tokens.revoke_all("demo-us")

    assert caller.lm("/lm/deployments").status == 200


def test_path_without_version_has_no_tenant(caller: Caller) -> None:
    got = caller.send("GET", "/lm/deployments", None, caller.headers())

    assert (got.status, got.text) == (400, "Missing Tenant Id")


def test_unknown_deployment_is_not_found(caller: Caller) -> None:
    got = caller.send("POST", f"/v2/inference/deployments/d000000000000000{CHAT}", HELLO, caller.headers())

    assert got.status == 404


def test_deployment_of_another_sub_account_is_not_found(caller: Caller) -> None:
    path = caller.path("gpt-5", CHAT)
    other = Caller(caller.simulator, "demo-us")

    assert other.send("POST", path, HELLO, other.headers()).status == 404


def test_trailing_slash_is_not_found(caller: Caller) -> None:
    assert caller.infer("gpt-5", f"/chat/completions/{API_VERSION}", HELLO).status == 404


def test_path_of_another_family_is_not_found(caller: Caller) -> None:
    assert caller.infer("gpt-5", "/invoke", HELLO).status == 404


def test_wrong_resource_group_is_not_found(caller: Caller) -> None:
    assert caller.infer("gpt-5", CHAT, HELLO, AI_Resource_Group="team-a").status == 404


def test_wrong_resource_group_can_be_forbidden(caller: Caller) -> None:
    caller.simulator.world.switches.group_status = 403

    got = caller.infer("gpt-5", CHAT, HELLO, AI_Resource_Group="team-a")

    assert (got.status, got.text) == (403, "RBAC: access denied")


def test_stopped_deployment_is_not_found(caller: Caller) -> None:
    path = caller.path("gpt-4.1", CHAT)
    caller.simulator.world.stop(caller.deployment("gpt-4.1").id)

    assert caller.send("POST", path, HELLO, caller.headers()).status == 404


def test_answers_carry_saps_headers(caller: Caller) -> None:
    got = caller.infer("gpt-5", CHAT, HELLO)

    assert got.headers["x-request-id"] == got.headers["ai-inference-id"]
    assert got.headers["x-upstream-service-time"].isdecimal()


def test_rate_limit_is_per_model_and_sub_account(caller: Caller) -> None:
    caller.simulator.world.clock = lambda: 1_800_000_000.0
    caller.simulator.world.switches.rate_limit = 2

    statuses = [caller.infer("gpt-5", CHAT, HELLO).status for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert caller.infer("gpt-4o", CHAT, HELLO).status == 200


def test_requests_are_logged_without_token_requests(caller: Caller) -> None:
    caller.infer("gpt-5", CHAT, HELLO)

    seen = caller.simulator.world.requests.last()

    assert seen.body == HELLO
    assert seen.query == {"api-version": "2024-10-21"}
    assert seen.headers["ai-resource-group"] == "default"
    assert [request.path for request in caller.simulator.world.requests] == [seen.path]


def test_token_of_another_landscape_finds_no_tenant(caller: Caller) -> None:
    token = jwt(ISSUER, zid="elsewhere")

    got = caller.send("GET", "/v2/lm/deployments", None, {"Authorization": f"Bearer {token}"})

    assert got.status == 400
    assert "tenant not found" in got.text
