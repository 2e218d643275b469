import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.routing.affinity import Session
from proxy_core.routing.dispatch import Dispatch, Full
from proxy_core.routing.health import State
from proxy_core.routing.tenants import Tenants
from proxy_core.settings.model import LimitSettings, ModelLimits, Settings, SubAccountSettings
from tests.routing.demo import deployment

A1, A2 = (deployment(f"a{number}", "gpt-4o", "a") for number in (1, 2))
B1, B2 = (deployment(f"b{number}", "gpt-4o", "b") for number in (1, 2))
ALL = (A1, A2, B1, B2)
TALK = Session("talk")


class Desk:
    """A dispatch of two sub-accounts with a clock to turn; it begins in the middle of a minute."""

    def __init__(
        self,
        *,
        a: dict[str, Any] | None = None,
        b: dict[str, Any] | None = None,
        tenants: Tenants | None = None,
        **settings: Any,
    ) -> None:
        self.now = 630.0
        self.missing = 0
        here = Path()
        accounts = (SubAccountSettings("a", **(a or {})), SubAccountSettings("b", **(b or {})))
        self.dispatch = Dispatch(
            Settings(here, here, here, sub_accounts=accounts, **settings),
            on_missing=self._miss,
            tenants=tenants,
            clock=lambda: self.now,
            wall_clock=lambda: self.now,
        )

    def _miss(self) -> None:
        self.missing += 1

    def take(self, *candidates: Deployment, session: Session | None = None) -> Deployment:
        taken = self.dispatch.take("gpt-4o", candidates or ALL, session)
        assert isinstance(taken, Deployment)
        return taken

    def ask(self, *candidates: Deployment, session: Session | None = None) -> Deployment:
        taken = self.take(*candidates, session=session)
        self.dispatch.answered(taken)
        self.dispatch.release(taken)
        return taken

    def fail(self, item: Deployment, kind: ErrorKind, *, status: int = 500, wait: float | None = None) -> None:
        error = UpstreamError("no", status=status, kind=kind, retry_after=wait, upstream_status=status)
        self.dispatch.failed(item, error)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def limited(**limits: int) -> dict[str, Any]:
    return {"limits": LimitSettings({"gpt-4o": ModelLimits(**limits)})}


def test_four_requests_at_once_go_to_four_deployments(desk: Desk) -> None:
    assert {desk.take().id for _ in range(4)} == {"a1", "a2", "b1", "b2"}


def test_a_deployment_that_is_given_back_is_next(desk: Desk) -> None:
    for _ in range(4):
        desk.take()
    desk.dispatch.release(B2)

    assert desk.take() is B2


def test_a_thousand_requests_are_spread_evenly(desk: Desk) -> None:
    assert set(Counter(desk.ask().id for _ in range(1000)).values()) == {250}


def test_the_rate_limited_one_is_left_out(desk: Desk) -> None:
    desk.fail(A1, ErrorKind.RATE_LIMIT, wait=20)

    assert A1 not in {desk.ask() for _ in range(20)}


def test_when_all_are_limited_the_soonest_is_told(desk: Desk) -> None:
    desk.fail(A1, ErrorKind.RATE_LIMIT, wait=20)
    desk.fail(B1, ErrorKind.RATE_LIMIT, wait=8)

    assert desk.dispatch.take("gpt-4o", (A1, B1), None) == Full(8.0)


def test_a_failing_one_is_asked_only_when_no_other_is_ready(desk: Desk) -> None:
    for _ in range(3):
        desk.fail(A1, ErrorKind.SERVER)

    assert desk.take(A1, B1) is B1
    assert desk.take(A1) is A1


def test_only_one_request_probes_a_failing_one(desk: Desk) -> None:
    for _ in range(3):
        desk.fail(A1, ErrorKind.SERVER)
    desk.now += 10
    taken = [desk.take(A1, B1) for _ in range(5)]

    assert taken.count(A1) == 1


def test_a_lower_priority_number_is_asked_first() -> None:
    desk = Desk(b={"priority": 2})

    assert {desk.ask().sub_account for _ in range(8)} == {"a"}


def test_a_higher_priority_number_is_asked_when_the_lower_cannot_answer() -> None:
    desk = Desk(b={"priority": 2})
    desk.fail(A1, ErrorKind.RATE_LIMIT, wait=20)
    desk.fail(A2, ErrorKind.RATE_LIMIT, wait=20)

    assert desk.take().sub_account == "b"


def test_weights_are_honoured() -> None:
    desk = Desk(a={"weight": 3})

    assert Counter(desk.ask().sub_account for _ in range(400)) == {"a": 300, "b": 100}


def test_twenty_conversations_stay_where_they_began(desk: Desk) -> None:
    homes = {f"talk {number}": desk.ask(session=Session(f"talk {number}")) for number in range(20)}

    for _ in range(5):
        assert {name: desk.ask(session=Session(name)) for name in homes} == homes
    assert set(Counter(homes.values()).values()) == {5}


def test_a_conversation_spills_over_when_its_deployment_is_limited_and_stays_there(desk: Desk) -> None:
    home = desk.ask(session=TALK)
    desk.fail(home, ErrorKind.RATE_LIMIT, wait=20)
    second = desk.ask(session=TALK)
    desk.now += 30

    assert second is not home
    assert {desk.ask(session=TALK) for _ in range(4)} == {second}


def test_a_conversation_that_begins_follows_no_other_with_the_same_words(desk: Desk) -> None:
    begins = replace(TALK, begins=True)

    assert len({desk.ask(session=begins) for _ in range(4)}) == 4


def test_the_second_turn_goes_where_the_first_one_went(desk: Desk) -> None:
    first = desk.ask(session=replace(TALK, begins=True))

    assert desk.ask(session=TALK) is first


def test_affinity_can_be_switched_off() -> None:
    desk = Desk(affinity=False)

    assert len({desk.ask(session=TALK) for _ in range(4)}) == 4


def test_requests_per_minute_are_counted_for_the_model_in_the_sub_account() -> None:
    desk = Desk(**limited(requests_per_minute=2))
    asked = [desk.ask() for _ in range(4)]

    assert Counter(item.sub_account for item in asked) == {"a": 2, "b": 2}
    assert desk.dispatch.take("gpt-4o", ALL, None) == Full(30.0)
    desk.now += 30
    assert desk.ask() in ALL


def test_each_call_of_a_request_counts() -> None:
    desk = Desk(**limited(requests_per_minute=5))
    desk.take(A1)
    desk.dispatch.add_calls(A1, 4)

    assert desk.dispatch.take("gpt-4o", (A1, A2), None) == Full(30.0)


def test_requests_at_once_are_counted_for_the_model_in_the_sub_account() -> None:
    desk = Desk(**limited(concurrency=1))
    first = desk.take()
    desk.take()
    assert isinstance(desk.dispatch.take("gpt-4o", ALL, None), Full)
    desk.dispatch.release(first)

    assert desk.take().sub_account == first.sub_account


def test_only_the_first_of_the_line_is_let_through(desk: Desk) -> None:
    first, second = (desk.dispatch.join_line("gpt-4o") for _ in range(2))

    assert isinstance(desk.dispatch.take("gpt-4o", ALL, None, second), Full)
    assert isinstance(desk.dispatch.take("gpt-4o", ALL, None, first), Deployment)


def test_who_waits_for_a_certain_deployment_does_not_hold_up_the_others(desk: Desk) -> None:
    desk.fail(A1, ErrorKind.RATE_LIMIT, wait=10)
    certain, other = desk.dispatch.join_line("gpt-4o", (A1,)), desk.dispatch.join_line("gpt-4o", ALL)

    assert isinstance(desk.dispatch.take("gpt-4o", (A1,), None, certain), Full)
    assert isinstance(desk.dispatch.take("gpt-4o", ALL, None, other), Deployment)


def test_nobody_takes_what_one_ahead_waits_for(desk: Desk) -> None:
    desk.dispatch.join_line("gpt-4o", (A1,))
    other = desk.dispatch.join_line("gpt-4o", (A1, A2))

    assert desk.dispatch.take("gpt-4o", (A1, A2), None, other) == A2


def test_the_line_ends_with_the_last_who_leaves_it(desk: Desk) -> None:
    places = [desk.dispatch.join_line("gpt-4o") for _ in range(2)]
    assert desk.dispatch.has_line("gpt-4o")
    for place in places:
        desk.dispatch.leave_line(place)

    assert not desk.dispatch.has_line("gpt-4o")


def test_what_happens_before_the_wait_begins_is_not_missed() -> None:
    desk = Desk(**limited(concurrency=1))
    busy = desk.take(A1)
    place = desk.dispatch.join_line("gpt-4o")
    assert isinstance(desk.dispatch.take("gpt-4o", (A1,), None, place), Full)
    desk.dispatch.release(busy)
    began = time.monotonic()
    desk.dispatch.wait_in_line(place, 5.0)

    assert time.monotonic() - began < 1.0


def test_a_deployment_that_is_gone_has_the_list_read_once(desk: Desk) -> None:
    for _ in range(2):
        desk.fail(A1, ErrorKind.MODEL_NOT_FOUND, status=404)

    assert desk.missing == 1


def test_the_status_tells_what_is_under_way_and_why_one_rests(desk: Desk) -> None:
    desk.take(B1)
    desk.fail(A1, ErrorKind.RATE_LIMIT, wait=20)
    resting, busy = desk.dispatch.status([A1, B1])

    assert (resting.verdict.state, resting.verdict.reason) == (State.LIMITED, "SAP's rate limit is reached")
    assert (busy.verdict.state, busy.in_flight) == (State.READY, 1)


def test_a_reset_gives_all_a_new_chance(desk: Desk) -> None:
    desk.fail(A1, ErrorKind.RATE_LIMIT, wait=20)
    desk.dispatch.reset()

    assert desk.take(A1) is A1


# --- what SAP counts together

ONE_TENANT = Tenants({"a": "same", "b": "same"})


def test_sub_accounts_of_one_tenant_have_one_limit_of_requests_between_them() -> None:
    desk = Desk(tenants=ONE_TENANT, **limited(requests_per_minute=3))
    asked = [desk.ask() for _ in range(3)]

    assert {item.sub_account for item in asked} == {"a", "b"}
    assert desk.dispatch.take("gpt-4o", ALL, None) == Full(30.0)


def test_sub_accounts_of_two_tenants_have_a_limit_each() -> None:
    desk = Desk(**limited(requests_per_minute=3))
    for _ in range(6):
        desk.ask()

    assert desk.dispatch.take("gpt-4o", ALL, None) == Full(30.0)


def test_sub_accounts_of_one_tenant_have_their_own_limit_of_requests_at_once() -> None:
    desk = Desk(tenants=ONE_TENANT, **limited(concurrency=2))

    assert Counter(desk.take().sub_account for _ in range(4)) == {"a": 2, "b": 2}


def test_the_siblings_of_a_limited_deployment_come_after_other_tenants(desk: Desk) -> None:
    desk.fail(A1, ErrorKind.RATE_LIMIT, status=429, wait=20)

    assert {desk.ask().sub_account for _ in range(4)} == {"b"}


def test_the_siblings_of_a_limited_deployment_are_asked_when_no_other_is_there(desk: Desk) -> None:
    desk.fail(A1, ErrorKind.RATE_LIMIT, status=429, wait=20)

    assert desk.ask(A1, A2) is A2


def test_a_priority_counts_more_than_a_limit_that_is_only_likely() -> None:
    desk = Desk(b={"priority": 2})
    desk.fail(A1, ErrorKind.RATE_LIMIT, status=429, wait=20)

    assert desk.ask() is A2


def test_siblings_come_in_turn_again_when_the_minute_is_over(desk: Desk) -> None:
    desk.fail(A1, ErrorKind.RATE_LIMIT, status=429, wait=600)
    desk.now += 60

    assert {desk.ask() for _ in range(6)} == {A2, B1, B2}
