"""What some of orchestration's errors mean that the service tells with a 400 whatever they are. No I/O."""

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.wire.orchestration import NO_STREAMING, UNKNOWN_MODEL

__all__ = ["told_apart"]


def told_apart(error: UpstreamError) -> UpstreamError:
    """The same error, changed in place: a model that may not stream is to be asked for the whole answer, and one
    that this deployment does not serve may be served by another."""
    if NO_STREAMING.search(error.message):
        error.code = "OperationNotSupported"
    elif error.upstream_status == 400 and UNKNOWN_MODEL.search(error.message):
        error.status, error.kind, error.code = 404, ErrorKind.MODEL_NOT_FOUND, "model_not_found"
    return error
