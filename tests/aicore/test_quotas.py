"""How many requests a minute SAP grants, as far as it tells."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from proxy_core.aicore.quotas import QuotaReader, decode_quotas, read_quotas
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport
from proxy_core.simulator.faults import LM_API, Fault
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.aicore.test_with_simulator import account
from tests.clock import Clock

HOUR = 3600.0


@pytest.fixture
def clock() -> Clock:
    return Clock(50.0)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_world()) as running:
        running.world.switches.rate_limit = 78
        yield running


@pytest.fixture
def eu(simulator: Simulator, transport: Transport) -> SubAccount:
    return account(simulator, transport)


def detail(limit: Any, model: Any = "gpt-5", unit: Any = "requestPerMinute", version: str = "*") -> dict[str, Any]:
    descriptors = {"modelName": model, "modelVersion": version, "providerName": "OpenAI"}
    return {"unit": unit, "limit": limit, "descriptors": descriptors}


def answer(*details: Any) -> list[dict[str, Any]]:
    return [{"resourceType": "model", "quotaDetails": list(details)}]


def asked(simulator: Simulator) -> int:
    return sum(seen.path == "/v2/admin/quota/model" for seen in simulator.world.requests)


def fail(simulator: Simulator, status: int) -> None:
    simulator.world.faults.set(LM_API, Fault("status", status=status, body="text"))


def test_each_model_has_its_limit() -> None:
    assert decode_quotas(answer(detail(78), detail(5, "gpt-4o"))) == {"gpt-5": 78, "gpt-4o": 5}


@pytest.mark.parametrize(("limit", "found"), [("78", 78), (78.0, 78), (1, 1), ("12.5", 12)])
def test_a_number_may_be_written_in_several_ways(limit: Any, found: int) -> None:
    assert decode_quotas(answer(detail(limit))) == {"gpt-5": found}


@pytest.mark.parametrize("limit", [0, -1, "", "many", None, True, [], 1e999, "nan", 0.5])
def test_a_limit_that_is_no_number_of_requests_is_left_out(limit: Any) -> None:
    assert decode_quotas(answer(detail(limit), detail(5, "gpt-4o"))) == {"gpt-4o": 5}


@pytest.mark.parametrize("unit", ["tokenPerMinute", "requestPerDay", "", None, 1])
def test_another_unit_is_left_out(unit: Any) -> None:
    assert decode_quotas(answer(detail(9, unit=unit), detail(5, "gpt-4o"))) == {"gpt-4o": 5}


@pytest.mark.parametrize("unit", ["requestsPerMinute", "REQUESTPERMINUTE"])
def test_the_unit_may_be_spelled_otherwise(unit: str) -> None:
    assert decode_quotas(answer(detail(9, unit=unit))) == {"gpt-5": 9}


def test_of_several_versions_the_smallest_limit_counts() -> None:
    limits = answer(detail(50), detail(9, version="2025-08-07"), detail(20, version="1"))

    assert decode_quotas(limits) == {"gpt-5": 9}


def test_versions_may_stand_in_several_parts_of_the_answer() -> None:
    assert decode_quotas([*answer(detail(9)), *answer(detail(50))]) == {"gpt-5": 9}


@pytest.mark.parametrize("model", ["", "*", None, 5])
def test_an_entry_without_the_name_of_a_model_is_left_out(model: Any) -> None:
    assert decode_quotas(answer(detail(9, model))) == {}


@pytest.mark.parametrize(
    "value",
    [
        [],
        [None, 5, "x", []],
        [{"resourceType": "model"}],
        [{"resourceType": "model", "quotaDetails": {}}],
        [{"resourceType": "model", "quotaDetails": [None, 5, {}, {"unit": "requestPerMinute", "limit": 5}]}],
        [{"resourceType": "deployment", "quotaDetails": [detail(9)]}],
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_odd_entries_are_left_out(value: Any) -> None:
    assert decode_quotas(value) == {}


@pytest.mark.parametrize("value", [None, {}, "x", 5])
def test_an_answer_of_another_form_is_told(value: Any) -> None:
    with pytest.raises(ValueError, match="no list"):
        decode_quotas(value)


def test_saps_quota_is_read(eu: SubAccount) -> None:
    assert read_quotas(eu)["anthropic--claude-4.6-opus"] == 78


def test_a_revoked_token_is_replaced(eu: SubAccount, simulator: Simulator) -> None:
    eu.headers()
    simulator.world.tokens.revoke_all()

    assert read_quotas(eu)["gpt-5"] == 78


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_a_refusal_gives_none_and_one_debug_line(
    eu: SubAccount, simulator: Simulator, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    fail(simulator, status)
    with caplog.at_level(logging.DEBUG):
        assert read_quotas(eu) == {}

    assert [(line.levelname, line.message) for line in caplog.records if "quota" in line.message] == [
        ("DEBUG", f"eu: the quota cannot be read: status {status}")
    ]


@pytest.mark.parametrize("text", ["<html>", '{"quotaDetails": []}', "null"])
def test_an_answer_that_is_no_quota_gives_none(eu: SubAccount, simulator: Simulator, text: str) -> None:
    simulator.world.faults.set(LM_API, Fault("status", status=200, text=text))

    assert read_quotas(eu) == {}


def test_without_a_connection_there_is_none(eu: SubAccount, simulator: Simulator) -> None:
    simulator.stop()

    assert read_quotas(eu) == {}


def test_sap_is_asked_once_an_hour(eu: SubAccount, simulator: Simulator, clock: Clock) -> None:
    reader = QuotaReader(clock)
    reader.quotas_of(eu)
    clock.now += HOUR - 1
    simulator.world.switches.rate_limit = 9
    early = reader.quotas_of(eu)["gpt-5"]
    clock.now += 1

    assert (early, reader.quotas_of(eu)["gpt-5"], asked(simulator)) == (78, 9, 2)


def test_each_sub_account_has_its_own(eu: SubAccount, simulator: Simulator, transport: Transport) -> None:
    other = SubAccount("other", eu.service_key, "default", transport)
    reader = QuotaReader()
    reader.quotas_of(eu)
    simulator.world.switches.rate_limit = 9

    assert (reader.quotas_of(eu)["gpt-5"], reader.quotas_of(other)["gpt-5"]) == (78, 9)


def test_the_last_known_quota_serves_when_sap_fails(eu: SubAccount, simulator: Simulator, clock: Clock) -> None:
    reader = QuotaReader(clock)
    reader.quotas_of(eu)
    clock.now += HOUR
    fail(simulator, 500)

    assert reader.quotas_of(eu)["gpt-5"] == 78


@pytest.mark.parametrize(("status", "seconds"), [(403, HOUR), (404, HOUR), (500, 300.0), (429, 300.0)])
def test_a_failure_is_not_asked_about_again_at_once(
    eu: SubAccount, simulator: Simulator, clock: Clock, status: int, seconds: float
) -> None:
    fail(simulator, status)
    reader = QuotaReader(clock)
    reader.quotas_of(eu)
    simulator.world.faults.clear()
    clock.now += seconds - 1
    early = reader.quotas_of(eu)
    clock.now += 1

    assert early == {}
    assert reader.quotas_of(eu)["gpt-5"] == 78
