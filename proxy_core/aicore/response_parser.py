"""Response bytes to head and body. No I/O. The only importer of httptools.

httptools reads the grammar; here stands what it leaves open: interim answers, bodies that end with the
connection, bodies that are cut off, compressed bodies.
"""

import zlib
from collections.abc import Callable

import httptools

__all__ = ["ResponseParser", "ResponseProblem"]

_HEAD_LIMIT = 256 * 1024
"""Bytes; a head beyond this is no head."""
_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class ResponseProblem(Exception):  # noqa: N818 - it is mapped to an error where the host is known
    """The bytes are not a whole HTTP answer. `cut_off` is true when they merely end too early."""

    def __init__(self, reason: str, *, cut_off: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cut_off = cut_off


class ResponseParser:
    """Reads one response. `status` and `headers` (lower-case names) count once `head_complete` is true."""

    __slots__ = (
        "_head_size",
        "_inflate",
        "_parser",
        "_parts",
        "_until_close",
        "_wanted",
        "complete",
        "head_complete",
        "headers",
        "on_body",
        "reusable",
        "status",
    )

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.head_complete = False
        self.complete = False
        self.reusable = False
        """The connection may carry another request; meaningful when complete."""
        self._head_size = 0
        self._until_close = False
        self._inflate: Callable[[bytes], bytes] | None = None
        self._parts: list[bytes] = []
        self.on_body = self._parts.append
        self._wanted: int | None = None
        self._parser: httptools.HttpResponseParser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> bytes:
        """All body bytes that `data` holds, freed of chunk frames. Not to be called once `complete`.

        Raises `ResponseProblem`.
        """
        if not self.head_complete:
            self._measure_head(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise ResponseProblem("it switched to another protocol") from None
        except httptools.HttpParserError as error:
            if not self.complete:
                raise ResponseProblem(str(error) or type(error).__name__) from error
            self.reusable = False
        if self.complete:
            del self._parser  # it holds this object, and only the garbage collector would part them
        return self._take_body()

    def feed_end(self) -> None:
        """The peer closed. Raises `ResponseProblem` unless that is where the answer ends."""
        if not self.head_complete or not (self.complete or self._until_close):
            raise ResponseProblem("the answer is cut off", cut_off=True)
        self._finish(reusable=False)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head_complete:
            return  # a trailer
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1").strip()
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            self.headers.clear()
            return
        self.head_complete = True
        self.reusable = self._parser.should_keep_alive()
        chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        self._until_close = not chunked and "content-length" not in self.headers and self.status not in (204, 304)
        if bits := _WINDOW_BITS.get(self.headers.get("content-encoding", "").lower()):
            self._inflate = zlib.decompressobj(bits).decompress

    def on_message_begin(self) -> None:
        if self.complete:
            self.reusable = False  # an answer that nobody asked for
            self._wanted = len(self._parts)

    def on_message_complete(self) -> None:
        if self.head_complete:
            self._finish(reusable=self.reusable)

    def _finish(self, *, reusable: bool) -> None:
        self.complete = True
        self.reusable = reusable

    def _measure_head(self, data: bytes) -> None:
        self._head_size += len(data)
        if self._head_size > _HEAD_LIMIT and b"\r\n\r\n" not in data:
            raise ResponseProblem("its head is too large")

    def _take_body(self) -> bytes:
        parts = self._parts
        if self._wanted is not None:
            del parts[self._wanted :]
        if not parts:
            return b""
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        return body if self._inflate is None else self._inflated(self._inflate, body)

    def _inflated(self, inflate: Callable[[bytes], bytes], body: bytes) -> bytes:
        try:
            return inflate(body)
        except zlib.error as error:
            raise ResponseProblem("its compressed body is damaged") from error
