"""Did the computer sleep, or was its clock set? The wall clock runs away from the monotonic one then. No thread.

On Linux and macOS the monotonic clock stands still during sleep. Where it does not, a tick that comes far too late
tells the same.
"""

import time
from collections.abc import Callable

__all__ = ["ClockWatch"]

_JUMP_SECONDS = 10.0


class ClockWatch:
    """Ask `jumped` every few seconds; `late_seconds` is how late one may come while the computer is awake."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
        late_seconds: float = 60.0,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._late = late_seconds
        self._last = (wall(), steady())

    def jumped(self) -> bool:
        """Whether the clocks disagree since the last question, or it was far too long ago."""
        wall, steady = self._wall(), self._steady()
        passed, ticked = wall - self._last[0], steady - self._last[1]
        self._last = (wall, steady)
        return abs(passed - ticked) > _JUMP_SECONDS or ticked > self._late
