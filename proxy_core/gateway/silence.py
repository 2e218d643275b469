"""How long the client has heard nothing. No I/O."""

from collections.abc import Callable

__all__ = ["Silence"]


class Silence:
    """Begins when it is made. `clock` counts seconds."""

    __slots__ = ("_clock", "_limit", "_since")

    def __init__(self, limit: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._since: float | None = clock()

    def end(self) -> None:
        """The client hears something now. Costs nothing: the clock is asked at the next silent moment only."""
        self._since = None

    def lasts_too_long(self) -> bool:
        """True once the limit is reached, and then not again until it is reached anew."""
        now = self._clock()
        if self._since is None:
            self._since = now
        if now - self._since < self._limit:
            return False
        self._since = now
        return True
