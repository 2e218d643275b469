"""Refusals of files that a model cannot take: in words that name the place in the client's own request."""

from proxy_core.errors import ClientError
from proxy_core.neutral.messages import FilePart

__all__ = ["unfit_file"]


def unfit_file(part: FilePart, reason: str) -> ClientError:
    """`reason` is a sentence that begins with a capital letter."""
    if part.path is None:
        return ClientError(reason)
    return ClientError(f"{part.path}: {reason[:1].lower()}{reason[1:]}", param=part.path)
