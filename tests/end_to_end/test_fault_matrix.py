"""Every fault in every dialect, whole and streamed, of one, two or all of four deployments: what the client sees,
and how often SAP is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from proxy_core.settings.model import LimitSettings
from proxy_core.simulator.faults import ANY_DEPLOYMENT, TOKEN_ENDPOINT, Fault
from tests.end_to_end.asking import Heard
from tests.end_to_end.four_dialects import (
    EMBEDDINGS,
    SAID,
    WAYS,
    Told,
    Way,
    calls_of,
    ended_well,
    error_of,
    four_deployments,
    text_of,
)
from tests.end_to_end.stand import Stand, running_stand

every_way = pytest.mark.parametrize("way", [*WAYS, EMBEDDINGS], ids=str)
DEPLOYMENTS = 4

TIMEOUT = Told(504, "server_error", "timeout_error", "DEADLINE_EXCEEDED")
LIMITED = Told(429, "rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED")
FAILED = Told(500, "server_error", "api_error", "INTERNAL")
BAD_GATEWAY = replace(FAILED, status=502)
OVERLOADED = Told(503, "server_error", "overloaded_error", "UNAVAILABLE")
LOST = Told(502, "server_error", "api_error", "UNAVAILABLE")
DENIED = Told(403, "permission_error", "permission_error", "PERMISSION_DENIED")
GONE = Told(404, "invalid_request_error", "not_found_error", "NOT_FOUND")
REFUSED = Told(401, "authentication_error", "authentication_error", "UNAUTHENTICATED")
NO_TOKEN = replace(REFUSED, status=502)

RETRY_DELAY = (
    '{"error": {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED", "details": '
    '[{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "9s"}]}}'
)
NONE, BY_THE_MINUTE = range(0), range(1, 61)


@dataclass(frozen=True)
class Row:
    """`waits` holds what `retry-after` may be when all are faulty, and is empty where there is none. `calls` is how
    often a faulty deployment is asked."""

    fault: Fault
    told: Told
    waits: range = NONE
    calls: int = 1
    streamed_only: bool = False


def exactly(seconds: int) -> range:
    return range(seconds, seconds + 1)


def status(number: int, body: str = "text", **more: str) -> Fault:
    return Fault("status", status=number, body=body, **more)  # type: ignore[arg-type]  # texts only


ROWS = {
    "408": Row(status(408), TIMEOUT),
    "429-retry-after": Row(status(429, retry_after="7"), LIMITED, exactly(7)),
    "429-retry-after-beyond-measure": Row(status(429, retry_after="3600"), LIMITED, exactly(600)),
    "429-x-retry-after-in-the-body": Row(status(429, "orchestration_list"), LIMITED, exactly(30)),
    "429-in-words": Row(status(429, "azure"), LIMITED, exactly(26)),
    "429-retryDelay": Row(status(429, text=RETRY_DELAY), LIMITED, exactly(9)),
    "429-without-a-time": Row(status(429, "too_many"), LIMITED, BY_THE_MINUTE),
    "500": Row(status(500, "family"), FAILED),
    "502": Row(status(502), BAD_GATEWAY),
    "503": Row(status(503), OVERLOADED, exactly(5)),
    "504": Row(status(504), TIMEOUT),
    "404": Row(status(404), GONE),
    "410": Row(status(410), GONE),
    "403": Row(status(403), DENIED),
    "401-for-ever": Row(status(401), REFUSED, calls=2),
    "drop-before-content": Row(Fault("drop"), LOST, streamed_only=True),
    "empty-end": Row(Fault("end"), LOST, streamed_only=True),
    "throttled-after-a-200": Row(Fault("throttle"), LIMITED, BY_THE_MINUTE, streamed_only=True),
}
RESET = Row(Fault("reset"), LOST)
EXTENTS = {"one": 1, "two": 2, "all": DEPLOYMENTS}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("matrix"), world=four_deployments()) as stand:
        yield stand


@pytest.fixture
def stand(running: Stand) -> Stand:
    """Healthy, with an empty log."""
    running.reset()
    return running


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Nothing runs in the background any more."""
    limits = LimitSettings(learn=False)
    with running_stand(tmp_path_factory.mktemp("reset"), world=four_deployments(), limits=limits) as stand:
        yield stand


@pytest.fixture
def unconnected(unread: Stand) -> Stand:
    """Without a kept connection: there a reset may mean that it was closed long ago, and the call is sent anew."""
    unread.world.faults.set(ANY_DEPLOYMENT, RESET.fault)
    EMBEDDINGS.ask(unread, SAID)
    unread.reset()
    return unread


def assert_told(way: Way, heard: Heard, told: Told, waits: range) -> None:
    assert (heard.status, error_of(way, heard)) == (told.status_in(way.dialect), told.type_in(way.dialect))
    assert heard.headers["content-type"] == "application/json"
    if waits:
        assert int(heard.headers["retry-after"]) in waits
    else:
        assert "retry-after" not in heard.headers


def assert_good(way: Way, heard: Heard) -> None:
    wanted = "vectors" if way is EMBEDDINGS else "all is well"
    assert (heard.status, error_of(way, heard), text_of(heard)) == (200, None, wanted)


def assert_row(stand: Stand, way: Way, row: Row, faulty: int) -> None:
    """The first `faulty` deployments that are asked have the fault."""
    everywhere = faulty == DEPLOYMENTS
    stand.world.faults.set(ANY_DEPLOYMENT, replace(row.fault, times=None if everywhere else faulty * row.calls))

    heard = way.ask(stand, SAID)

    if everywhere:
        assert_told(way, heard, row.told, row.waits)
    else:
        assert_good(way, heard)
    healthy = [] if everywhere else [1]
    assert sorted(calls_of(stand).values()) == [*healthy, *[row.calls] * faulty]
    assert len({seen.raw for seen in stand.world.requests.inference()}) == 1  # each gets the request as it was


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize(
    ("way", "name"),
    [
        (way, name)
        for way in (*WAYS, EMBEDDINGS)
        for name, row in ROWS.items()
        if way.stream or not row.streamed_only
    ],
    ids=str,
)
def test_fault_before_content(stand: Stand, way: Way, name: str, extent: str) -> None:
    assert_row(stand, way, ROWS[name], EXTENTS[extent])


@pytest.mark.parametrize("extent", EXTENTS)
@every_way
def test_reset_before_an_answer(unconnected: Stand, way: Way, extent: str) -> None:
    assert_row(unconnected, way, RESET, EXTENTS[extent])


TOKEN_ROWS = {
    "down": Row(status(503, text="UAA is being repaired"), OVERLOADED, exactly(5)),
    "failing": Row(status(500, text="UAA has a bad day"), BAD_GATEWAY),
    "cut": Row(Fault("reset"), LOST),
    "refused": Row(status(401, text='{"error": "invalid_client"}'), NO_TOKEN),
}


@pytest.mark.parametrize("name", TOKEN_ROWS)
@every_way
def test_no_token_for_any_sub_account(stand: Stand, way: Way, name: str) -> None:
    """No deployment is asked with a token that SAP has refused."""
    row = TOKEN_ROWS[name]
    stand.world.tokens.revoke_all()
    stand.world.faults.set(TOKEN_ENDPOINT, row.fault)

    heard = way.ask(stand, SAID)

    assert_told(way, heard, row.told, row.waits)
    assert not calls_of(stand)


@pytest.mark.parametrize("name", TOKEN_ROWS)
@every_way
def test_no_token_at_the_first_try(stand: Stand, way: Way, name: str) -> None:
    stand.world.tokens.revoke_all()
    stand.world.faults.set(TOKEN_ENDPOINT, replace(TOKEN_ROWS[name].fault, times=1))

    heard = way.ask(stand, SAID)

    assert_good(way, heard)
    assert sorted(calls_of(stand).values()) == [1]


LONG = "[[sim: words 400]]"
# A reset takes away what its reader has not read yet, so there is a moment for that before it.
BREAKS = {
    "reset": (
        (Fault("stall", where="middle", after_frames=12, seconds=0.05), Fault("reset", after_frames=14)),
        LOST,
    ),
    "drop": ((Fault("drop", after_frames=12),), LOST),
    "end": ((Fault("end", after_frames=12),), LOST),
    "throttle": ((Fault("throttle", after_frames=12),), LIMITED),
}


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("way", [way for way in WAYS if way.stream], ids=str)
def test_fault_after_content_ends_the_stream_with_an_error(stand: Stand, way: Way, name: str) -> None:
    faults, told = BREAKS[name]
    stand.world.faults.set(ANY_DEPLOYMENT, *faults)

    heard = way.ask(stand, LONG)

    assert heard.status == 200
    assert len(text_of(heard)) > 5
    assert error_of(way, heard) == told.type_in(way.dialect)
    assert not ended_well(heard)
    assert sorted(calls_of(stand).values()) == [1]


@pytest.mark.parametrize("number", [400, 409, 413, 422])
@every_way
def test_the_clients_own_mistake_is_asked_once(stand: Stand, way: Way, number: int) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, status(number, text="so it is"))

    heard = way.ask(stand, SAID)

    assert heard.status == {422: 400}.get(number, number)
    assert heard.error["message"] == "so it is"
    assert "retry-after" not in heard.headers
    assert sorted(calls_of(stand).values()) == [1]
