"""Which failures another deployment may mend, which of several failures to tell, and when to come again."""

from collections.abc import Sequence

from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.routing.health import LONGEST_COOLDOWN

__all__ = ["failure_to_tell", "tries_elsewhere", "wait_of"]

_ELSEWHERE = (
    ErrorKind.RATE_LIMIT,
    ErrorKind.OVERLOADED,
    ErrorKind.TIMEOUT,
    ErrorKind.CONNECTION,
    ErrorKind.SERVER,
    ErrorKind.UPSTREAM_AUTHENTICATION,
    ErrorKind.PERMISSION,
    ErrorKind.MODEL_NOT_FOUND,
    ErrorKind.NOT_FOUND,
)
"""The most hopeful first: what passes by itself is told before what somebody has to mend."""
_OVERLOAD_SECONDS = 5.0


def tries_elsewhere(error: ProxyError) -> bool:
    """True when the fault lies with the deployment or its sub-account, not with the request; also when the request
    refers to what another deployment may keep."""
    return error.kind in _ELSEWHERE or error.code == "previous_response_not_found"


def failure_to_tell(failures: Sequence[ProxyError]) -> ProxyError:
    """The failure that the client hears of when no deployment answered: what is wrong with the request itself, else
    the most hopeful one, and of several limits the one that ends soonest."""
    return min(failures, key=_rank)


def wait_of(error: ProxyError, now: float) -> float | None:
    """Seconds until the client may come again: as the error says, but ten minutes at most, else until SAP counts
    its limits anew, which it does every minute. `now` is Unix time. None where waiting is of no use."""
    if error.retry_after is not None:
        return min(error.retry_after, LONGEST_COOLDOWN)
    match error.kind:
        case ErrorKind.RATE_LIMIT:
            return 60.0 - now % 60.0
        case ErrorKind.OVERLOADED:
            return _OVERLOAD_SECONDS
        case _:
            return None


def _rank(error: ProxyError) -> tuple[int, float]:
    if error.kind not in _ELSEWHERE:
        return -1, 0.0
    return _ELSEWHERE.index(error.kind), error.retry_after or 0.0
