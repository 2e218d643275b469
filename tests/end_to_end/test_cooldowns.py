"""After a failure: where the next request goes, how long a deployment rests, and what a reset does."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest

from proxy_core.routing.dispatch import DeploymentStatus
from proxy_core.routing.health import State
from proxy_core.settings.model import LimitSettings
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.four_dialects import EMBEDDINGS, SAID, WAYS, Way, calls_of, four_deployments, text_of
from tests.end_to_end.measuring import sub_account_of
from tests.end_to_end.stand import Stand, running_stand
from tests.processes import wait_until

CHAT = WAYS[0]
STREAM = WAYS[1]
RETRY_DELAY = (
    '{"error": {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED", "details": '
    '[{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "40s"}]}}'
)
FORMS: Mapping[str, tuple[Fault, range]] = {
    "header": (Fault("status", retry_after="50"), range(50, 51)),
    "header-in-milliseconds": (Fault("status", headers={"retry-after-ms": "45000"}), range(45, 46)),
    "x-retry-after-in-the-body": (Fault("status", body="orchestration_list"), range(30, 31)),
    "words": (Fault("status", body="azure"), range(26, 27)),
    "retryDelay": (Fault("status", text=RETRY_DELAY), range(40, 41)),
    "none": (Fault("status", body="empty"), range(1, 61)),
    "an-hour": (Fault("status", retry_after="3600"), range(600, 601)),
}
"""How SAP says how long to stay away, and the seconds that the proxy makes of it."""
every_form = pytest.mark.parametrize("name", FORMS)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Nobody waits in line."""
    home, limits = tmp_path_factory.mktemp("cooldowns"), LimitSettings(learn=False, queue=0.0)
    with running_stand(home, world=four_deployments(), limits=limits, affinity=False) as stand:
        yield stand


@pytest.fixture
def stand(running: Stand) -> Stand:
    """Early enough in the minute, with which limits without a time end."""
    left = 60 - time.time() % 60
    if left < 5:
        time.sleep(left)
    running.reset()
    return running


def fail_once(stand: Stand, fault: Fault, way: Way = CHAT) -> str:
    """A deployment fails one request and another answers it; the id of the one."""
    sick = stand.deployments(way.model)[0]
    stand.world.faults.set(sick, fault)
    while not calls_of(stand)[sick]:
        assert way.ask(stand, SAID).status == 200
    stand.world.faults.clear()
    stand.world.requests.clear()
    return sick


def fail_everywhere(stand: Stand, fault: Fault, way: Way = CHAT) -> int:
    """Every deployment fails one request; the `retry-after` that its client is told."""
    stand.world.faults.set(ANY_DEPLOYMENT, fault)
    heard = way.ask(stand, SAID)
    assert len(calls_of(stand)) == 4
    stand.world.faults.clear()
    stand.world.requests.clear()
    return int(heard.headers["retry-after"])


@every_form
def test_the_next_requests_leave_the_limited_tenant_alone(stand: Stand, name: str) -> None:
    """SAP's limit of a model is one for all deployments of a tenant."""
    limited = fail_once(stand, FORMS[name][0])

    heard = [CHAT.ask(stand, SAID) for _ in range(9)]

    assert [one.status for one in heard] == [200] * 9
    deployments = stand.deployments(CHAT.model)
    elsewhere = {item for item in deployments if sub_account_of(stand, item) != sub_account_of(stand, limited)}
    assert len(elsewhere) == 2
    assert set(calls_of(stand)) == elsewhere


@every_form
def test_when_all_are_limited_the_next_request_hears_it_at_once_and_sap_does_not(stand: Stand, name: str) -> None:
    fault, waits = FORMS[name]
    told = fail_everywhere(stand, fault)

    heard = CHAT.ask(stand, SAID)

    assert told in waits
    assert heard.status == 429
    assert told - 4 <= int(heard.headers["retry-after"]) <= told
    assert heard.error["message"].endswith(f"Try again in {heard.headers['retry-after']} s.")
    assert not calls_of(stand)


@every_form
def test_a_reset_gives_limited_deployments_a_new_chance_at_once(stand: Stand, name: str) -> None:
    fail_everywhere(stand, FORMS[name][0])
    stand.engine.dispatch.reset()

    heard = [CHAT.ask(stand, SAID) for _ in range(4)]

    assert [one.status for one in heard] == [200] * 4
    assert sorted(calls_of(stand).values()) == [1] * 4


@pytest.mark.parametrize("way", [*WAYS, EMBEDDINGS], ids=str)
def test_a_known_limit_is_told_in_every_dialect(stand: Stand, way: Way) -> None:
    fail_everywhere(stand, Fault("status", retry_after="50"), way)

    heard = way.ask(stand, SAID)

    word = heard.error["status" if way.dialect == "gemini" else "type"]
    assert (heard.status, word) == (429, "RESOURCE_EXHAUSTED" if way.dialect == "gemini" else "rate_limit_error")
    assert 48 <= int(heard.headers["retry-after"]) <= 50
    assert not calls_of(stand)


def test_of_several_limits_the_soonest_is_told(stand: Stand) -> None:
    for item, seconds in zip(stand.deployments(CHAT.model), (40, 30, 20, 50), strict=True):
        stand.world.faults.set(item, Fault("status", retry_after=str(seconds)))

    first, second = CHAT.ask(stand, SAID), CHAT.ask(stand, SAID)

    assert first.headers["retry-after"] == "20"
    assert 18 <= int(second.headers["retry-after"]) <= 20
    assert len(calls_of(stand)) == 4


def test_a_limit_without_a_time_ends_with_the_minute(stand: Stand) -> None:
    left = 60 - time.time() % 60
    told = fail_everywhere(stand, Fault("status", body="too_many"))

    assert 1 <= told <= 60
    assert min((told - left) % 60, (left - told) % 60) < 3  # a new minute may have begun meanwhile


def test_a_date_is_read_against_the_clock_of_sap(stand: Stand) -> None:
    later = formatdate(time.time() + 40, usegmt=True)

    assert 38 <= fail_everywhere(stand, Fault("status", retry_after=later)) <= 41


def test_a_deployment_is_asked_again_when_its_limit_has_ended(stand: Stand) -> None:
    fail_everywhere(stand, Fault("status", retry_after="1"))
    time.sleep(1.1)

    assert CHAT.ask(stand, SAID).status == 200


def test_a_limit_outlives_the_answers_that_were_under_way(stand: Stand) -> None:
    """The older requests are those of the Responses API."""
    slow = Fault("stall", seconds=0.8, path="/responses")
    stand.world.faults.set(ANY_DEPLOYMENT, slow, Fault("status", retry_after="50", path="/chat/completions"))
    with ThreadPoolExecutor(4) as pool:
        under_way = [pool.submit(Way("responses", CHAT.model).ask, stand, SAID) for _ in range(4)]
        wait_until(lambda: len(calls_of(stand)) == 4, "each deployment has a request under way")
        assert CHAT.ask(stand, SAID).headers["retry-after"] == "50"
        assert [one.result().status for one in under_way] == [200] * 4
    stand.world.requests.clear()

    assert CHAT.ask(stand, SAID).status == 429
    assert not calls_of(stand)


def test_a_limit_told_in_a_stream_counts_like_another(stand: Stand) -> None:
    limited = fail_once(stand, Fault("throttle"), STREAM)

    heard = [STREAM.ask(stand, SAID) for _ in range(9)]

    assert {text_of(one) for one in heard} == {"all is well"}
    assert limited not in calls_of(stand)


def test_a_limit_after_content_counts_too(stand: Stand) -> None:
    sick = stand.deployments(STREAM.model)[0]
    stand.world.faults.set(sick, Fault("throttle", after_frames=12))
    while not calls_of(stand)[sick]:
        STREAM.ask(stand, "[[sim: words 400]]")
    stand.world.requests.clear()

    assert not any(STREAM.ask(stand, "[[sim: words 400]]").error for _ in range(9))
    assert sick not in calls_of(stand)


def test_a_deployment_that_failed_three_times_comes_last(stand: Stand) -> None:
    sick = stand.deployments(CHAT.model)[0]
    stand.world.faults.set(sick, Fault("status", status=500))
    for _ in range(40):
        assert CHAT.ask(stand, SAID).status == 200

    assert calls_of(stand)[sick] == 3
    [resting] = [one for one in status(stand) if one.verdict.state is not State.READY]
    assert (resting.deployment.id, resting.verdict.state) == (sick, State.FAILING)
    assert 0 < resting.verdict.seconds <= 10


def test_it_is_asked_when_all_others_fail(stand: Stand) -> None:
    sick = stand.deployments(CHAT.model)[0]
    stand.world.faults.set(sick, Fault("status", status=500))
    for _ in range(12):
        CHAT.ask(stand, SAID)
    stand.world.requests.clear()
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=500, times=3))
    stand.world.faults.set(sick)

    heard = CHAT.ask(stand, SAID)

    assert heard.status == 200
    asked = [seen.deployment for seen in stand.world.requests.inference()]
    assert (len(asked), asked[-1]) == (4, sick)


def test_refused_credentials_set_the_whole_sub_account_aside(stand: Stand) -> None:
    near = [one.deployment.id for one in status(stand) if one.deployment.sub_account == "near"]
    for item in near:
        stand.world.faults.set(item, Fault("status", status=401))
    heard = [CHAT.ask(stand, SAID) for _ in range(9)]

    assert {one.status for one in heard} == {200}
    assert sum(calls_of(stand)[item] for item in near) == 2  # one deployment, with the old token and a new one
    reasons = {one.verdict.reason for one in status(stand) if one.deployment.id in near}
    assert reasons == {"SAP refused the credentials"}


def status(stand: Stand) -> list[DeploymentStatus]:
    return list(stand.engine.dispatch.status(stand.engine.router.table.models[CHAT.model].deployments))
