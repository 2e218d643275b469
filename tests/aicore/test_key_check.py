"""The check of a pasted service key, against the simulated service."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from proxy_core.aicore.key_check import CODES, CheckStep, check_service_key, client_id_hint, read_key_text
from proxy_core.aicore.transport import Timeouts, Transport
from proxy_core.errors import ConfigurationError
from proxy_core.simulator.faults import LM_API, TOKEN_ENDPOINT, Fault
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world

Key = dict[str, Any]


@pytest.fixture(scope="module")
def shared_sap() -> Iterator[Simulator]:
    with Simulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
def sap(shared_sap: Simulator) -> Iterator[Simulator]:
    yield shared_sap
    shared_sap.world.faults.clear()


@pytest.fixture
def key(sap: Simulator) -> Key:
    return sap.service_key("demo-eu")


def check(key: Key | str, group: str = "") -> list[CheckStep]:
    text = key if isinstance(key, str) else json.dumps(key)
    steps = list(check_service_key(text, group, make_transport))
    assert {step.code for step in steps} <= set(CODES)
    return steps


def make_transport() -> Transport:
    return Transport(timeouts=Timeouts(connect=5, first_byte=10, idle=10))


def failed(steps: list[CheckStep]) -> CheckStep:
    """The step that failed; those after it were not tried."""
    verdicts = [step.verdict for step in steps]
    at = verdicts.index("failed")
    assert set(verdicts[at + 1 :]) <= {"skipped"}
    return steps[at]


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and ". " not in text


# --- a key that works


def test_good_key_passes_every_step(key: Key) -> None:
    steps = check(key)

    assert [step.step for step in steps] == ["key", "token", "resource_groups", "deployments", "catalogue"]
    assert [step.verdict for step in steps] == ["ok", "ok", "ok", "ok", "warning"]


def test_steps_come_one_by_one(sap: Simulator, key: Key) -> None:
    steps = check_service_key(json.dumps(key), "", make_transport)

    assert next(steps).step == "key"
    sap.world.faults.set(TOKEN_ENDPOINT, Fault("status", status=503, text="later"))
    assert next(steps).verdict == "failed"
    steps.close()


def test_account_is_named_after_its_subdomain(key: Key) -> None:
    assert check(key)[0].facts["name"] == "demo-eu"


def test_account_of_a_key_without_a_zone_is_named_after_its_host(key: Key) -> None:
    del key["identityzone"]
    host = "https://my-sub.authentication.eu10.hana.invalid"

    assert check({**key, "url": host})[0].facts["name"] == "my-sub"


def test_groups_and_models_are_found(key: Key) -> None:
    steps = check(key)

    assert steps[2].values == ("default", "team-a")
    assert "gpt-5" in steps[3].values


def test_group_of_the_key_is_used(key: Key) -> None:
    steps = check({**key, "resourceGroup": "team-a"})

    assert steps[2].facts["group"] == "team-a"
    assert steps[3].values == ("gpt-4o",)


def test_wanted_group_wins_over_the_keys_own(key: Key) -> None:
    assert check({**key, "resourceGroup": "team-a"}, "default")[2].facts["group"] == "default"


def test_models_that_end_are_named(key: Key) -> None:
    step = check(key, "team-a")[4]

    assert (step.code, step.values) == ("catalogue_retiring", ("gpt-4o",))
    assert "2026-10-01" in step.text


@pytest.mark.parametrize("form", ["credentials", "list", "vcap", "cf", "markdown", "bom"])
def test_every_known_form_is_taken(key: Key, form: str) -> None:
    text = json.dumps(key, indent=2)
    forms = {
        "credentials": json.dumps({"credentials": key}),
        "list": json.dumps([key]),
        "vcap": json.dumps({"aicore": [{"name": "x", "credentials": key}]}),
        "cf": f"Getting key mine for service instance aicore as me@example.com...\n\n{text}\n",
        "markdown": f"```json\n{text}\n```",
        "bom": f"\ufeff {text}",
    }

    assert check(forms[form])[0].verdict == "ok"


# --- one that does not


@pytest.mark.parametrize("field", ["clientid", "clientsecret", "url", "serviceurls"])
def test_missing_field_is_named(key: Key, field: str) -> None:
    del key[field]

    step = failed(check(key))

    assert step.step == "key"
    assert field in step.text
    assert is_one_sentence(step.text)
    assert step.advice or field == "serviceurls"


@pytest.mark.parametrize(
    "text", ["", "   ", "{", '{"clientid": "a",}', "hello", "[]", "null", "42", '"text"', "[[1]]"]
)
def test_text_that_is_no_key_is_told(text: str) -> None:
    step = failed(check(text))

    assert step.step == "key"
    assert is_one_sentence(step.text)
    assert step.advice


def test_megabyte_of_garbage_is_told() -> None:
    step = failed(check("{" * 1_000_000))

    assert step.text == "The text is too long for a service key: 1,000,000 characters."


def test_deep_nesting_is_told() -> None:
    assert failed(check("[" * 100_000)).step == "key"


def test_unprotected_url_is_refused(key: Key) -> None:
    step = failed(check({**key, "url": "http://sap.example"}))

    assert "url must start with https://" in step.text


def test_unprotected_api_url_is_refused(key: Key) -> None:
    step = failed(check({**key, "serviceurls": {"AI_API_URL": "http://sap.example"}}))

    assert "serviceurls.AI_API_URL must start with https://" in step.text


def test_wrong_secret_is_told(key: Key) -> None:
    step = failed(check({**key, "clientsecret": "wrong"}))

    assert (step.step, step.code) == ("token", "token_refused")
    assert "Bad credentials" in step.text
    assert "Create a new service key" in step.advice


def test_failing_token_endpoint_is_told(sap: Simulator, key: Key) -> None:
    sap.world.faults.set(TOKEN_ENDPOINT, Fault("status", status=503, text="later"))

    step = failed(check(key))

    assert (step.step, step.code) == ("token", "token_failed")


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "https://no-such-host.invalid"])
def test_no_network_is_told(key: Key, url: str) -> None:
    step = failed(check({**key, "url": url}))

    assert (step.step, step.code) == ("token", "token_unreachable")
    assert is_one_sentence(step.text)
    assert "network" in step.advice


def test_api_that_cannot_be_reached_is_told(key: Key) -> None:
    step = failed(check({**key, "serviceurls": {"AI_API_URL": "https://127.0.0.1:1"}}))

    assert (step.step, step.code) == ("resource_groups", "api_unreachable")


def test_unknown_group_is_told_with_those_that_exist(key: Key) -> None:
    step = failed(check(key, "no-such-group"))

    assert (step.step, step.code) == ("resource_groups", "group_unknown")
    assert step.text == "The resource group no-such-group does not exist in this sub-account."
    assert step.values == ("default", "team-a")
    assert "default, team-a" in step.advice


def test_key_that_may_not_list_groups_goes_on(sap: Simulator, key: Key) -> None:
    sap.world.faults.set(LM_API, Fault("status", status=403, text="RBAC: access denied", path="resourceGroups"))

    steps = check(key)

    assert (steps[2].verdict, steps[2].code) == ("warning", "groups_unlisted")
    assert steps[3].verdict == "ok"


def test_unknown_group_is_told_where_groups_cannot_be_listed(sap: Simulator, key: Key) -> None:
    sap.world.faults.set(LM_API, Fault("status", status=403, text="RBAC: access denied", path="resourceGroups"))

    step = failed(check(key, "no-such-group"))

    assert (step.step, step.code) == ("deployments", "deployments_failed")
    assert "resource group" in step.advice


def test_group_name_that_http_forbids_is_told(key: Key) -> None:
    assert failed(check(key, "a\nb")).step in ("resource_groups", "deployments")


def test_group_without_a_deployment_is_a_warning() -> None:
    world = demo_world()
    for record in world.records("demo-eu", "team-a"):
        world.remove(record.deployment.id)
    with Simulator(world) as empty:
        step = check(empty.service_key("demo-eu"), "team-a")[3]

    assert (step.verdict, step.code) == ("warning", "deployments_none")
    assert "Deploy a model" in step.advice


def test_missing_catalogue_is_a_warning(sap: Simulator, key: Key) -> None:
    sap.world.faults.set(LM_API, Fault("status", status=403, text="RBAC: access denied", path="/models"))

    step = check(key)[4]

    assert (step.verdict, step.code) == ("warning", "catalogue_failed")


@pytest.mark.parametrize(
    "changes", [{}, {"clientsecret": "wrong-secret"}, {"url": "http://x"}, {"url": "https://127.0.0.1:1"}]
)
def test_no_step_tells_a_secret(key: Key, changes: Key) -> None:
    told = repr(check({**key, **changes}))

    assert key["clientsecret"] not in told
    assert "wrong-secret" not in told
    assert key["clientid"] not in told


# --- parts


def test_transport_is_closed_when_the_check_is_given_up(key: Key) -> None:
    made: list[Transport] = []

    def make() -> Transport:
        made.append(make_transport())
        return made[0]

    steps = check_service_key(json.dumps(key), "", make)
    next(steps)
    next(steps)
    steps.close()

    with pytest.raises(Exception, match="The proxy is stopping"):
        made[0].open("GET", f"{key['url']}/v2", {})


def test_text_of_a_key_becomes_its_object(key: Key) -> None:
    assert read_key_text(f"my key:\n{json.dumps(key)}") == key


def test_text_of_no_key_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"not valid JSON: .*line 1, column 2"):
        read_key_text("{")


def test_short_client_ids_are_shown_whole() -> None:
    assert client_id_hint("sb-1") == "sb-1"
    assert client_id_hint("sb-1234567890") == "sb-12345678…"
