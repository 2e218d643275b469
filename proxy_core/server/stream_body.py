"""The body of a streamed answer as WSGI wants it: closed once, whoever ends it, and its slot given back."""

from collections.abc import Callable, Iterator

__all__ = ["StreamBody"]


class StreamBody:
    """Passes the pieces of `source` on. `failed` hears of an exception, which then goes on to the server, so that
    the connection breaks and the client does not take the answer for complete. `done` is called once at the end."""

    __slots__ = ("_done", "_failed", "_open", "_source")

    def __init__(
        self, source: Iterator[bytes], *, failed: Callable[[Exception], None], done: Callable[[], None]
    ) -> None:
        self._source = source
        self._failed = failed
        self._done = done
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._source)
        except StopIteration:
            raise
        except Exception as error:  # the top of this request in its thread
            self._failed(error)
            raise

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            close = getattr(self._source, "close", None)
            if close is not None:
                close()
        finally:
            self._done()
