"""Which failures another deployment may mend, and which of several failures to tell."""

from collections.abc import Sequence

from proxy_core.errors import ErrorKind, ProxyError, UpstreamError

__all__ = ["seconds_to_next_minute", "tries_elsewhere", "worst_of"]

_ELSEWHERE = frozenset(
    {
        ErrorKind.RATE_LIMIT,
        ErrorKind.OVERLOADED,
        ErrorKind.CONNECTION,
        ErrorKind.TIMEOUT,
        ErrorKind.SERVER,
        ErrorKind.MODEL_NOT_FOUND,
        ErrorKind.NOT_FOUND,
        ErrorKind.UPSTREAM_AUTHENTICATION,
        ErrorKind.PERMISSION,
    }
)


def tries_elsewhere(error: ProxyError) -> bool:
    """True when the fault lies with the deployment or its sub-account, not with the request."""
    return error.kind in _ELSEWHERE


def worst_of(failures: Sequence[UpstreamError]) -> UpstreamError:
    """The failure to tell the client when all deployments failed: a limit that ends soonest, since it says
    when to come again, else the first."""
    limits = [error for error in failures if error.kind is ErrorKind.RATE_LIMIT]
    if limits:
        return min(limits, key=lambda error: error.retry_after if error.retry_after is not None else 60.0)
    return failures[0]


def seconds_to_next_minute(now: float) -> float:
    """When SAP's limit per minute begins anew, for a refusal that does not say it. `now` is Unix time."""
    return 60.0 - now % 60.0
