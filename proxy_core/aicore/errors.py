"""Refusals by SAP's token endpoint and the lm API, in plain words with what to do. SAP's own words stay."""

from collections.abc import Mapping

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["expired_certificate", "lm_error", "token_error", "unreadable_answer"]

_PERMANENT = frozenset({400, 401, 403, 404})
"""Asking again is of no use: https://docs.cloudfoundry.org/api/uaa/ and what SAP's own SDK does."""

_ADVICE = {
    400: "Check that the service key belongs to this landscape.",
    401: "Check the service key: token and landscape do not fit together.",
    403: "Check the resource group, and that the service key may use it.",
    404: "Check serviceurls.AI_API_URL in the service key, and the resource group.",
}


def token_error(status: int, headers: Mapping[str, str], body: bytes, where: str) -> UpstreamError:
    """The token endpoint refused the service key at `where`, or failed."""
    told = decode_error(status, headers, body)
    if status not in _PERMANENT:
        passes = status in (408, 429) or status >= 500  # says nothing about the service key
        return UpstreamError(
            f"SAP gave no token: {told.message}",
            status=told.status if passes and told.kind is not ErrorKind.SERVER else 502,
            kind=told.kind if passes else ErrorKind.UPSTREAM_AUTHENTICATION,
            code=told.code,
            retry_after=told.retry_after,
            upstream_status=status,
            request_id=told.request_id,
        )
    return UpstreamError(
        f"SAP refused the service key {where}: {told.message.rstrip('.')}. "
        "Create a new service key for SAP AI Core in the BTP cockpit and configure that one.",
        status=502,
        kind=ErrorKind.UPSTREAM_AUTHENTICATION,
        code=told.code,
        upstream_status=status,
        request_id=told.request_id,
    )


def expired_certificate(error: UpstreamError, where: str) -> UpstreamError:
    """Mutual TLS failed. A refused certificate shows as an alert, or as no more than a broken connection.
    X.509 keys live seven days unless more was asked for."""
    return UpstreamError(
        f"SAP gave no token for the X.509 service key {where}. {error.message} "
        "X.509 service keys expire, after 7 days by default: create a new one if yours is older.",
        status=502,
        kind=ErrorKind.UPSTREAM_AUTHENTICATION,
        code=error.code,
    )


def unreadable_answer(what: str) -> UpstreamError:
    """An answer of status 200 that is not what it should be, such as a login page of some gateway."""
    return UpstreamError(
        f"{what} did not answer in the expected form. Check the URLs in the service key and the proxy setting.",
        status=502,
        kind=ErrorKind.SERVER,
    )


def lm_error(status: int, headers: Mapping[str, str], body: bytes, sub_account: str) -> UpstreamError:
    """The lm API refused a call for `sub_account`."""
    error = decode_error(status, headers, body)
    message = f"SAP AI Core refused to list for sub-account {sub_account}: {error.message.rstrip('.')}."
    error.message = f"{message} {_ADVICE[status]}" if status in _ADVICE else message
    error.args = (error.message,)
    if error.kind is ErrorKind.MODEL_NOT_FOUND:
        error.kind = ErrorKind.NOT_FOUND
    return error
