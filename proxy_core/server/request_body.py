"""The bytes of a request body, inflated where the client compressed them, within a limit."""

import zlib

from proxy_core.errors import ClientError, ErrorKind

__all__ = ["inflate_body", "too_large"]

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_PLAIN = frozenset({"", "identity"})
_GZIP = frozenset({"gzip", "x-gzip"})


def inflate_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a `Content-Encoding`. `limit` is in bytes and holds for the result, so that a small body cannot fill
    the memory. Raises `ClientError` 413, 415 or 400."""
    encoding = encoding.strip().lower()
    if encoding in _PLAIN:
        return body
    if encoding not in _GZIP:
        raise ClientError("Content-Encoding must be `gzip`, or be left out.", status=415)
    try:
        return _gunzip(body, limit)
    except zlib.error:
        raise ClientError("The request body is not valid gzip data.") from None


def _gunzip(body: bytes, limit: int) -> bytes:
    pieces = bytearray()
    while body:
        stream = zlib.decompressobj(_GZIP_WINDOW)
        pieces += stream.decompress(body, limit + 1 - len(pieces))
        if len(pieces) > limit:
            raise too_large(limit)
        if not stream.eof:
            raise ClientError("The gzip data of the request body ends too early.")
        body = stream.unused_data
    return bytes(pieces)


def too_large(limit: int) -> ClientError:
    """The error for a body beyond `limit` bytes."""
    return ClientError(
        f"The request body is larger than {limit:,} bytes. Send less, or raise `body_limit_mb` in the "
        "configuration.",
        status=413,
        kind=ErrorKind.TOO_LARGE,
    )
