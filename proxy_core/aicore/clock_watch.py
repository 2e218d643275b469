"""Did the computer sleep, was the program stopped, or was the clock set? Connections and tokens may be dead then.

On Linux and macOS the monotonic clock stands still during sleep, and the wall clock runs away from it. Where it
does not, and for a program that was stopped, a look that comes far too late tells the same. What is to be done then
is the caller's to say.
"""

import logging
import threading
import time
from collections.abc import Callable

__all__ = ["ClockWatch"]

_TICK_SECONDS = 2.0
_JUMP_SECONDS = 5.0
"""Between the two clocks; corrections of a clock by the network's time are far smaller."""
_LATE_SECONDS = 6.0
"""Between two looks. A busy computer delays a tick by less; when it does not, the price is one new token."""


class ClockWatch:
    """Calls `on_jump` once for each jump: from a thread of its own, which looks every two seconds between `start`
    and `stop`, or from `look`, whichever comes first. `on_jump` must be quick."""

    def __init__(
        self,
        on_jump: Callable[[], None],
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_jump = on_jump
        self._wall = wall
        self._steady = steady
        self._last = self._now()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, name="proxy-clock", daemon=True)

    def start(self) -> None:
        self._last = self._now()
        self._thread.start()

    def stop(self) -> None:
        """May be called without a start, and twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """For whoever is about to rely on a connection or a token: when it returns, a jump has been dealt with."""
        now = self._now()
        if self._jumped(now):
            self._tell(now)

    def tick(self) -> None:
        """A look that the next ones are measured against."""
        seen, now = self._last, self._now()
        self._tell(now)
        with self._lock:
            if self._last is seen:
                self._last = now  # not the time of this moment: a stop since then is still to be seen

    def _tell(self, now: tuple[float, float]) -> None:
        with self._lock:
            if self._jumped(now):  # not when another thread told it meanwhile
                self._on_jump()
                self._last = now

    def _jumped(self, now: tuple[float, float]) -> bool:
        (wall, steady), (last_wall, last_steady) = now, self._last
        ticked = steady - last_steady
        return abs(wall - last_wall - ticked) > _JUMP_SECONDS or ticked > _LATE_SECONDS

    def _now(self) -> tuple[float, float]:
        return self._wall(), self._steady()

    def _keep_looking(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                self.tick()
            except Exception:  # the thread's top level: the next tick may do better
                logging.getLogger(__name__).exception("The jump of the clock could not be dealt with")
