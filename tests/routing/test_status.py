from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.routing.dispatch import Dispatch
from proxy_core.routing.models import ModelTable, PublishedModel
from proxy_core.routing.status import build_status
from proxy_core.settings.model import LimitSettings, ModelLimits, Settings
from tests.routing.demo import deployment

A1, B1 = deployment("a1", "gpt-4o", "a"), deployment("b1", "gpt-4o", "b")
CLAUDE = deployment("c1", "anthropic--claude-4.5-sonnet", "a")
READY: JsonObject = {"state": "ready", "reason": "", "cause": None, "seconds": 0, "in_flight": 0}
MODELS = (
    PublishedModel("gpt-4o", "backend", None, "chat", (A1, B1)),
    PublishedModel("anthropic--claude-4.5-sonnet", "backend", None, "chat", (CLAUDE,)),
    PublishedModel("claude-sonnet-4-5", "alias", "anthropic--claude-4.5-sonnet", "chat", (CLAUDE,)),
)


class Desk:
    """A dispatch with a clock to turn, in the middle of a minute."""

    def __init__(self, **limits: int) -> None:
        self.now = 630.4
        settings = Settings(Path(), Path(), Path(), limits=LimitSettings({"*": ModelLimits(**limits)}))
        self.dispatch = Dispatch(settings, clock=lambda: self.now, wall_clock=lambda: self.now)

    def fail(self, kind: ErrorKind, *, status: int, wait: float | None = None, times: int = 1) -> None:
        error = UpstreamError("no", status=status, kind=kind, retry_after=wait, upstream_status=status)
        for _ in range(times):
            self.dispatch.failed(A1, error)

    def models(self, *models: PublishedModel) -> Any:
        return build_status(ModelTable(models or MODELS), self.dispatch)["models"]

    def a1(self) -> Any:
        return self.models()[0]["deployments"][0]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_every_deployment_of_every_model_has_a_row(desk: Desk) -> None:
    assert desk.models() == [
        {
            "name": "gpt-4o",
            "aliases": [],
            "waiting": 0,
            "deployments": [
                {"sub_account": "a", "id": "a1", **READY},
                {"sub_account": "b", "id": "b1", **READY},
            ],
        },
        {
            "name": "anthropic--claude-4.5-sonnet",
            "aliases": ["claude-sonnet-4-5"],
            "waiting": 0,
            "deployments": [{"sub_account": "a", "id": "c1", **READY}],
        },
    ]


def test_a_spelling_whose_model_is_hidden_stands_alone(desk: Desk) -> None:
    assert [model["name"] for model in desk.models(MODELS[2])] == ["claude-sonnet-4-5"]


@pytest.mark.parametrize(
    ("kind", "status", "times", "state", "cause", "reason", "seconds"),
    [
        (ErrorKind.RATE_LIMIT, 429, 1, "limited", "rate_limit", "SAP's rate limit is reached", 23),
        (ErrorKind.SERVER, 503, 3, "failing", "failures", "failed 3 times in a row (server, status 503)", 10),
        (ErrorKind.MODEL_NOT_FOUND, 404, 1, "aside", "gone", "SAP says it is gone (status 404)", 300),
        (ErrorKind.PERMISSION, 403, 1, "aside", "access", "SAP denied access", 300),
        (ErrorKind.UPSTREAM_AUTHENTICATION, 401, 1, "aside", "credentials", "SAP refused the credentials", 300),
    ],
)
def test_one_that_rests_says_why_and_how_long(
    desk: Desk, kind: ErrorKind, status: int, times: int, state: str, cause: str, reason: str, seconds: int
) -> None:
    desk.fail(kind, status=status, wait=23, times=times)

    told = {"state": state, "reason": reason, "cause": cause, "seconds": seconds}
    assert desk.a1() == {"sub_account": "a", "id": "a1", **told, "in_flight": 0}


def test_the_remaining_time_is_rounded_up(desk: Desk) -> None:
    desk.fail(ErrorKind.RATE_LIMIT, status=429, wait=23)
    desk.now += 22.5

    assert desk.a1()["seconds"] == 1


def test_requests_under_way_are_counted(desk: Desk) -> None:
    desk.dispatch.take("gpt-4o", (A1,), None)

    assert (desk.a1()["state"], desk.a1()["in_flight"]) == ("ready", 1)


def test_used_up_requests_per_minute_are_told_until_the_minute_ends() -> None:
    desk = Desk(requests_per_minute=1)
    desk.dispatch.take("gpt-4o", (A1,), None)

    assert (desk.a1()["state"], desk.a1()["cause"], desk.a1()["seconds"]) == ("busy", "own_limit", 30)


def test_a_full_deployment_tells_no_time() -> None:
    """Nobody knows when a running request ends."""
    desk = Desk(concurrency=1)
    desk.dispatch.take("gpt-4o", (A1,), None)

    assert (desk.a1()["state"], desk.a1()["seconds"]) == ("busy", 0)


def test_a_rate_limit_of_sap_is_told_before_a_limit_of_our_own() -> None:
    desk = Desk(concurrency=1)
    desk.dispatch.take("gpt-4o", (A1,), None)
    desk.fail(ErrorKind.RATE_LIMIT, status=429, wait=23)

    assert desk.a1()["state"] == "limited"


def test_those_who_wait_for_a_spelling_wait_for_the_model(desk: Desk) -> None:
    for name in ("anthropic--claude-4.5-sonnet", "claude-sonnet-4-5"):
        desk.dispatch.join_line(name)

    assert [model["waiting"] for model in desk.models()] == [0, 2]


def test_no_address_is_told(desk: Desk) -> None:
    secret = replace(A1, url="https://user:password@host.example/d1")
    told = desk.models(replace(MODELS[0], deployments=(secret,)))

    assert "password" not in repr(told)
