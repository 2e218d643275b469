"""Waiting for the head of an answer where no client must be told meanwhile that somebody is still at work."""

from proxy_core.gateway.ports import PendingResponse, UpstreamResponse

__all__ = ["await_head"]

_POLL_SECONDS = 60.0
"""Nothing happens between two polls: the transport itself sees a client that goes away and a timeout."""


def await_head(pending: PendingResponse) -> UpstreamResponse:
    """The answer; a request that nobody waits for any more is given up. Raises `UpstreamError` and `Cancelled`."""
    try:
        while (response := pending.poll(_POLL_SECONDS)) is None:
            pass
    except BaseException:
        pending.close()
        raise
    return response
