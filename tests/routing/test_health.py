import pytest

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.routing.health import Health, State
from proxy_core.routing.tenants import Tenants
from tests.routing.demo import deployment

A1, A2 = (deployment(f"a{number}", "gpt-4o", "a") for number in (1, 2))
B1 = deployment("b1", "gpt-4o", "b")


class Clinic:
    """Health with a clock to turn."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.health = Health(lambda: self.now, Tenants())

    def fail(
        self, item: Deployment, kind: ErrorKind, *, status: int = 500, wait: float | None = None, times: int = 1
    ) -> None:
        for _ in range(times):
            self.health.failed(item, ProxyError("no", status=status, kind=kind, retry_after=wait), status)

    def state(self, item: Deployment) -> State:
        return self.health.verdict(item).state


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def test_a_rate_limit_bars_until_it_ends(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=20)

    assert clinic.health.verdict(A1).seconds == 20
    clinic.now += 20
    assert clinic.state(A1) is State.READY


def test_a_rate_limit_outlives_the_answers_of_older_requests(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=60)
    clinic.now += 20
    clinic.health.answered(A1)

    assert (clinic.state(A1), clinic.health.verdict(A1).seconds) == (State.LIMITED, 40)


def test_a_rate_limit_outlives_the_failures_of_older_requests(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=60)
    clinic.fail(A1, ErrorKind.SERVER, times=3)
    clinic.fail(A1, ErrorKind.INVALID_REQUEST, status=400)

    assert clinic.state(A1) is State.LIMITED


def test_a_shorter_wait_of_a_request_under_way_does_not_end_a_limit_sooner(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=60)
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=5)

    assert clinic.health.verdict(A1).seconds == 60


def test_forgiving_leaves_the_rate_limits(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=60)
    clinic.fail(A2, ErrorKind.SERVER, times=3)
    clinic.fail(B1, ErrorKind.UPSTREAM_AUTHENTICATION, status=401)
    clinic.health.forgive()

    assert [clinic.state(item) for item in (A1, A2, B1)] == [State.LIMITED, State.READY, State.READY]


def test_no_rate_limit_bars_for_more_than_ten_minutes(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=86_400)

    assert clinic.health.verdict(A1).seconds == 600


def test_a_rate_limit_bars_that_deployment_only(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=20)

    assert clinic.state(A2) is State.READY


@pytest.mark.parametrize("kind", [ErrorKind.CONNECTION, ErrorKind.TIMEOUT, ErrorKind.SERVER, ErrorKind.OVERLOADED])
def test_three_failures_in_a_row_open_the_breaker(clinic: Clinic, kind: ErrorKind) -> None:
    clinic.fail(A1, kind, times=2)
    assert clinic.state(A1) is State.READY
    clinic.fail(A1, kind)
    assert clinic.state(A1) is State.FAILING


def test_an_answer_between_them_keeps_the_breaker_closed(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.SERVER, times=2)
    clinic.health.answered(A1)
    clinic.fail(A1, ErrorKind.SERVER, times=2)

    assert clinic.state(A1) is State.READY


def test_after_its_time_one_request_probes_and_the_others_stay_away(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.SERVER, times=3)
    clinic.now += 10
    assert clinic.state(A1) is State.READY
    clinic.health.begin(A1)
    assert clinic.state(A1) is State.FAILING


def test_a_probe_that_is_answered_closes_the_breaker(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.SERVER, times=3)
    clinic.now += 10
    clinic.health.begin(A1)
    clinic.health.answered(A1)
    clinic.health.end(A1)

    assert clinic.state(A1) is State.READY


def test_a_probe_that_fails_opens_it_for_twice_as_long(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.SERVER, times=3)
    clinic.now += 10
    clinic.health.begin(A1)
    clinic.fail(A1, ErrorKind.SERVER)
    clinic.health.end(A1)

    assert clinic.health.verdict(A1).seconds == 20


def test_a_probe_that_is_given_up_makes_room_for_the_next(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.SERVER, times=3)
    clinic.now += 10
    clinic.health.begin(A1)
    clinic.health.end(A1)

    assert clinic.state(A1) is State.READY


def test_it_is_never_open_for_more_than_two_minutes(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.SERVER, times=3)
    for _ in range(50):
        clinic.now += clinic.health.verdict(A1).seconds
        clinic.fail(A1, ErrorKind.SERVER)

    assert clinic.health.verdict(A1).seconds == 120


def test_failures_of_many_requests_at_once_open_it_no_longer_than_three(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.CONNECTION, times=16)

    assert clinic.health.verdict(A1).seconds == 10


@pytest.mark.parametrize("status", [404, 410])
def test_a_deployment_that_is_gone_is_set_aside(clinic: Clinic, status: int) -> None:
    clinic.fail(A1, ErrorKind.MODEL_NOT_FOUND, status=status)

    assert (clinic.state(A1), clinic.state(A2)) == (State.ASIDE, State.READY)


def test_a_404_of_what_a_client_refers_to_does_not_set_it_aside(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.NOT_FOUND, status=404)

    assert clinic.state(A1) is State.READY


def test_refused_credentials_set_the_whole_sub_account_aside(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.UPSTREAM_AUTHENTICATION, status=401)

    assert [clinic.state(item) for item in (A1, A2, B1)] == [State.ASIDE, State.ASIDE, State.READY]
    assert clinic.health.verdict(A2).reason == "SAP refused the credentials"


def test_a_sub_account_that_works_again_is_taken_back(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.UPSTREAM_AUTHENTICATION, status=401)
    clinic.health.account_works("a")

    assert clinic.state(A2) is State.READY


def test_what_is_set_aside_gets_a_new_chance_after_five_minutes(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.PERMISSION, status=403)
    clinic.now += 300

    assert clinic.state(A1) is State.READY


@pytest.mark.parametrize("kind", [ErrorKind.INVALID_REQUEST, ErrorKind.CONTEXT_LENGTH, ErrorKind.CONTENT_FILTER])
def test_the_clients_own_mistake_speaks_for_the_deployment(clinic: Clinic, kind: ErrorKind) -> None:
    clinic.fail(A1, ErrorKind.SERVER, times=3)
    clinic.fail(A1, kind, status=400)

    assert clinic.state(A1) is State.READY


def test_a_reset_forgets_everything(clinic: Clinic) -> None:
    clinic.fail(A1, ErrorKind.RATE_LIMIT, wait=60)
    clinic.fail(B1, ErrorKind.UPSTREAM_AUTHENTICATION, status=401)
    clinic.health.reset()

    assert [clinic.state(item) for item in (A1, B1)] == [State.READY, State.READY]
