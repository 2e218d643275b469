"""What rests, why and until when, and a new chance for all: as anybody with a key can ask for it."""

from typing import Any

import pytest

from proxy_core.simulator.faults import ANY_DEPLOYMENT, TOKEN_ENDPOINT, Fault
from tests.end_to_end.asking import Way
from tests.end_to_end.stand import KEY, Stand

MODEL = "gpt-4o"
SAID = "[[sim: say all is well]]"


def asked(stand: Stand) -> int:
    return Way("chat", MODEL, False).ask(stand, SAID).status


def states(status: Any, model: str = MODEL) -> list[str]:
    [found] = [entry for entry in status["models"] if entry["name"] == model]
    return [deployment["state"] for deployment in found["deployments"]]


@pytest.fixture
def limited(stand: Stand) -> Stand:
    """SAP's limit is reached everywhere, for half a minute; SAP itself would answer again."""
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=429, retry_after="30"))
    assert asked(stand) == 429
    stand.world.faults.clear()
    return stand


def test_a_limit_is_told_with_its_reason_and_its_end(limited: Stand) -> None:
    answer = limited.request("GET", "/status")

    [model] = [entry for entry in answer.json()["models"] if entry["name"] == MODEL]
    for found in model["deployments"]:
        assert (found["state"], found["reason"]) == ("limited", "SAP's rate limit is reached")
        assert 20 < found["seconds"] <= 30
    assert {found["id"] for found in model["deployments"]} == set(limited.deployments(MODEL))
    assert answer.headers["content-type"] == "application/json"


def test_the_other_models_are_ready(limited: Stand) -> None:
    status = limited.request("GET", "/v1/status").json()

    assert set(states(status, "gpt-5")) == {"ready"}


def test_a_reset_gives_a_new_chance_at_once(limited: Stand) -> None:
    assert asked(limited) == 429

    answer = limited.request("POST", "/status/reset")

    assert answer.status == 200
    assert set(states(answer.json())) == {"ready"}
    assert asked(limited) == 200


def test_refused_credentials_are_told_for_each_deployment_of_the_sub_account(stand: Stand) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=401))
    stand.world.faults.set(TOKEN_ENDPOINT, Fault("status", status=401))
    asked(stand)

    status = stand.request("GET", "/status").json()

    reasons = {item["reason"] for entry in status["models"] for item in entry["deployments"]}
    assert reasons == {"SAP refused the credentials"}


def test_a_request_under_way_is_counted(stand: Stand) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("stall", seconds=20, where="middle", after_frames=3))
    with stand.openai().chat.completions.create(
        model=MODEL, stream=True, messages=[{"role": "user", "content": "[[sim: words 20]]"}]
    ) as stream:
        next(iter(stream))
        status = stand.request("GET", "/status").json()

    [model] = [entry for entry in status["models"] if entry["name"] == MODEL]
    assert sum(found["in_flight"] for found in model["deployments"]) == 1


@pytest.mark.parametrize(("method", "path"), [("GET", "/status"), ("POST", "/status/reset")])
def test_a_key_is_needed(stand: Stand, method: str, path: str) -> None:
    assert stand.request(method, path, headers={"Authorization": "Bearer wrong"}).status == 401


@pytest.mark.parametrize(("method", "path"), [("GET", "/status"), ("POST", "/status/reset")])
def test_a_foreign_host_is_refused(stand: Stand, method: str, path: str) -> None:
    assert stand.request(method, path, headers={"Host": "evil.example"}).status == 403


def test_no_web_page_may_reset(stand: Stand) -> None:
    assert stand.request("POST", "/status/reset", headers={"Origin": "https://evil.example"}).status == 403


def test_a_look_changes_nothing(limited: Stand) -> None:
    assert limited.request("GET", "/status/reset").status == 405
    assert set(states(limited.request("GET", "/status").json())) == {"limited"}


def test_no_secret_and_no_address_is_told(limited: Stand) -> None:
    told = limited.request("GET", "/status").body.decode()

    assert KEY not in told
    assert "://" not in told
