"""Which failure is told, and when to come again."""

import pytest

from proxy_core.errors import ErrorKind, ProxyError, UpstreamError
from proxy_core.gateway.failover import failure_to_tell, tries_elsewhere, wait_of


def failure(kind: ErrorKind, retry_after: float | None = None) -> UpstreamError:
    return UpstreamError(kind, status=500, kind=kind, retry_after=retry_after)


@pytest.mark.parametrize("kind", [ErrorKind.INVALID_REQUEST, ErrorKind.CONTEXT_LENGTH, ErrorKind.CONTENT_FILTER])
def test_a_mistake_in_the_request_is_not_tried_elsewhere_and_told_first(kind: ErrorKind) -> None:
    mistake = failure(kind)

    assert not tries_elsewhere(mistake)
    assert failure_to_tell([failure(ErrorKind.RATE_LIMIT, 1.0), mistake]) is mistake


@pytest.mark.parametrize(
    ("hopeful", "hopeless"),
    [
        (ErrorKind.RATE_LIMIT, ErrorKind.SERVER),
        (ErrorKind.OVERLOADED, ErrorKind.PERMISSION),
        (ErrorKind.CONNECTION, ErrorKind.MODEL_NOT_FOUND),
        (ErrorKind.SERVER, ErrorKind.UPSTREAM_AUTHENTICATION),
    ],
)
def test_what_passes_by_itself_is_told_first(hopeful: ErrorKind, hopeless: ErrorKind) -> None:
    first, second = failure(hopeful), failure(hopeless)

    assert failure_to_tell([second, first]) is first
    assert failure_to_tell([first, second]) is first


def test_of_several_limits_the_one_that_ends_soonest_is_told() -> None:
    soon = failure(ErrorKind.RATE_LIMIT, 3.0)

    assert failure_to_tell([failure(ErrorKind.RATE_LIMIT, 30.0), soon, failure(ErrorKind.RATE_LIMIT, 60.0)]) is soon


def test_of_equal_failures_the_first_is_told() -> None:
    first = failure(ErrorKind.SERVER)

    assert failure_to_tell([first, failure(ErrorKind.SERVER)]) is first


def test_a_limit_without_a_time_ends_with_the_minute() -> None:
    assert wait_of(failure(ErrorKind.RATE_LIMIT), 1_700_000_000.0) == 40.0


@pytest.mark.parametrize("kind", set(ErrorKind) - {ErrorKind.RATE_LIMIT, ErrorKind.OVERLOADED})
def test_no_wait_is_told_where_waiting_is_of_no_use(kind: ErrorKind) -> None:
    assert wait_of(ProxyError("x", status=500, kind=kind), 1_700_000_000.0) is None
