"""Answers whose JSON has another shape than any that is known: SAP's failure, never a crash."""

import logging
import traceback

from proxy_core.errors import ErrorKind, UpstreamError

__all__ = ["MISSHAPEN", "misshapen_answer"]

MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading such an answer runs into."""


def misshapen_answer(
    error: Exception, model: str, request_id: str, sap_request_id: str | None, log: logging.Logger
) -> UpstreamError:
    """The failure to tell. The log gets the place in the code, and nothing of the answer."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    log.error(
        "%s an answer of %s has a shape that is not known: %s in %s, line %s",
        request_id, model, type(error).__name__, place.name, place.lineno,
    )  # fmt: skip
    return UpstreamError(
        f"SAP AI Core's answer cannot be read: {model} sent it in a shape that is not known.",
        status=502,
        kind=ErrorKind.SERVER,
        upstream_status=200,
        request_id=sap_request_id,
    )
