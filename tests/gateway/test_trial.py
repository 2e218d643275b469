"""Turns, waiting lines and time budgets of a request; clocks are lists."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import Cancelled, ErrorKind, ProxyError, UpstreamError
from proxy_core.gateway.trial import Patience, Trial
from proxy_core.routing.dispatch import Dispatch
from proxy_core.routing.models import Resolution
from proxy_core.settings.model import LimitSettings, ModelLimits, Settings
from tests.gateway.fakes import deployment

ONE, TWO, THREE = (deployment(name) for name in ("one", "two", "three"))


def build_dispatch(**limits: int) -> Dispatch:
    here = Path()
    return Dispatch(Settings(here, here, here, limits=LimitSettings({"*": ModelLimits(**limits)})))


def build_trial(
    dispatch: Dispatch,
    *deployments: Deployment,
    patience: Patience = Patience(),  # noqa: B008 - frozen
    client_gone: Callable[[], bool] = lambda: False,
    seconds: list[float] | None = None,
) -> Trial:
    """`seconds` are what the clock gives, one each time it is asked; real time without."""
    clock = iter(seconds).__next__ if seconds else time.monotonic
    return Trial(
        dispatch,
        Resolution("gpt-4o", "gpt-4o", False, deployments),
        None,
        "req_1",
        logging.getLogger("test"),
        patience=patience,
        client_gone=client_gone,
        clock=lambda: 630.0,
        monotonic=clock,
    )


def failure(kind: ErrorKind = ErrorKind.SERVER, status: int = 500, wait: float | None = None) -> UpstreamError:
    return UpstreamError("no", status=status, kind=kind, retry_after=wait, upstream_status=status)


class Asked:
    """Fails with each error in turn, then answers."""

    def __init__(self, *errors: UpstreamError) -> None:
        self.errors = list(errors)
        self.deployments: list[str] = []

    def __call__(self, item: Deployment) -> str:
        self.deployments.append(item.id)
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def test_each_deployment_is_asked_once() -> None:
    asked = Asked(*(failure() for _ in range(9)))
    with pytest.raises(ProxyError):
        build_trial(build_dispatch(), ONE, TWO, THREE).first(asked)

    assert sorted(asked.deployments) == ["one", "three", "two"]


def test_nobody_else_is_asked_for_a_mistake_of_the_client() -> None:
    asked = Asked(failure(ErrorKind.INVALID_REQUEST, 400))
    with pytest.raises(ProxyError):
        build_trial(build_dispatch(), ONE, TWO).first(asked)

    assert len(asked.deployments) == 1


def test_nobody_else_is_asked_once_the_time_is_up() -> None:
    asked = Asked(failure(), failure())
    trial = build_trial(build_dispatch(), ONE, TWO, patience=Patience(failover=60), seconds=[0.0, 61.0])
    with pytest.raises(ProxyError):
        trial.first(asked)

    assert len(asked.deployments) == 1


def test_every_deployment_is_given_back() -> None:
    dispatch = build_dispatch(concurrency=1)
    for _ in range(3):
        assert build_trial(dispatch, ONE, TWO).first(Asked(failure())) == "answer"

    assert [item.in_flight for item in dispatch.status([ONE, TWO])] == [0, 0]


def test_a_limit_known_before_is_told_without_asking() -> None:
    dispatch = build_dispatch()
    dispatch.failed(ONE, failure(ErrorKind.RATE_LIMIT, 429, 40))
    asked = Asked()
    with pytest.raises(ProxyError) as raised:
        build_trial(dispatch, ONE).first(asked)

    assert asked.deployments == []
    assert raised.value.status == 429
    assert raised.value.retry_after == pytest.approx(40, abs=1)


def test_of_a_failure_and_a_limit_the_limit_is_told() -> None:
    dispatch = build_dispatch()
    dispatch.failed(TWO, failure(ErrorKind.RATE_LIMIT, 429, 40))
    with pytest.raises(ProxyError) as raised:
        build_trial(dispatch, ONE, TWO).first(Asked(failure()))

    assert raised.value.kind is ErrorKind.RATE_LIMIT


def test_a_request_waits_for_its_turn() -> None:
    dispatch = build_dispatch(concurrency=1)
    taken = dispatch.take("gpt-4o", [ONE], None)
    assert isinstance(taken, Deployment)
    threading.Timer(0.2, dispatch.release, [taken]).start()

    assert build_trial(dispatch, ONE).first(Asked()) == "answer"
    assert not dispatch.has_line("gpt-4o")


def test_a_request_waits_to_the_end_of_its_patience() -> None:
    dispatch = build_dispatch(concurrency=1)
    taken = dispatch.take("gpt-4o", [ONE], None)
    assert isinstance(taken, Deployment)
    threading.Timer(1.2, dispatch.release, [taken]).start()

    assert build_trial(dispatch, ONE, patience=Patience(queue=2.0)).first(Asked()) == "answer"


def test_a_request_that_waited_long_enough_is_refused() -> None:
    dispatch = build_dispatch(concurrency=1)
    dispatch.take("gpt-4o", [ONE], None)
    asked = Asked()
    with pytest.raises(ProxyError, match="limit of requests to gpt-4o"):
        build_trial(dispatch, ONE, patience=Patience(queue=1.2)).first(asked)

    assert asked.deployments == []
    assert not dispatch.has_line("gpt-4o")


def test_a_request_whose_client_went_away_leaves_the_line() -> None:
    dispatch = build_dispatch(concurrency=1)
    dispatch.take("gpt-4o", [ONE], None)
    with pytest.raises(Cancelled):
        build_trial(dispatch, ONE, client_gone=lambda: True).first(Asked())

    assert not dispatch.has_line("gpt-4o")


def test_requests_are_served_in_the_order_in_which_they_came() -> None:
    dispatch = build_dispatch(concurrency=1)
    taken = dispatch.take("gpt-4o", [ONE], None)
    assert isinstance(taken, Deployment)
    served: list[int] = []
    threads = []
    for number in range(5):
        trial = build_trial(dispatch, ONE)
        thread = threading.Thread(target=trial.first, args=(lambda _item, number=number: served.append(number),))
        waiting = number + 1
        thread.start()
        while dispatch.waiting("gpt-4o") < waiting:
            threading.Event().wait(0.01)
        threads.append(thread)
    dispatch.release(taken)
    for thread in threads:
        thread.join(10)

    assert served == [0, 1, 2, 3, 4]


def test_a_stream_that_broke_off_counts_against_its_deployment() -> None:
    dispatch = build_dispatch()
    for _ in range(3):
        build_trial(dispatch, ONE).ended(ONE, failure(ErrorKind.CONNECTION, 502))

    assert dispatch.status([ONE])[0].verdict.state == "failing"
