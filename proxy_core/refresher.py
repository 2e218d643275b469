"""The thread that looks at SAP again and again: for the deployments and for the quotas.

It decides when; what is read and where it goes is others' work.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from proxy_core.errors import Cancelled
from proxy_core.routing.router import Router
from proxy_core.server.free_memory import release_free_blocks

__all__ = ["Refresher"]

_TIDY_SECONDS = 10.0
"""Between two times that free memory goes back to the system."""
_UNREAD_SECONDS = 30.0
"""Between two looks while SAP could never be reached: clients are told to come again then."""
_NETWORK_COMES_SECONDS = 60.0
"""After a sleep the network may come back this late."""
_WOKEN_LOOK_SECONDS = 5.0
"""Between two looks until then, as long as something cannot be read."""


class Refresher:
    """Looks every `usual_seconds`, sooner while something cannot be read, and at once when `wanted` is set.
    `learn_limits` asks SAP for its quotas, here, so that no start and no request waits for them. `save_counts`
    comes before each look. It ends with the next wait after both `stopping` and `wanted` are set."""

    def __init__(
        self,
        router: Router,
        *,
        learn_limits: Callable[[], None],
        save_counts: Callable[[], None],
        usual_seconds: float,
        wanted: threading.Event,
        stopping: threading.Event,
        log: logging.Logger,
    ) -> None:
        self._router = router
        self._learn_limits = learn_limits
        self._save_counts = save_counts
        self._usual_seconds = usual_seconds
        self._wanted = wanted
        self._stopping = stopping
        self._log = log
        self._awaits_network_until = 0.0
        self._thread = threading.Thread(target=self._keep_looking, name="proxy-refresh", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the end, no longer than so many seconds. May be called without a start."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def wake(self) -> None:
        """After a sleep: look at once, and often while the network is not back."""
        self._awaits_network_until = time.monotonic() + _NETWORK_COMES_SECONDS
        self._wanted.set()

    def _keep_looking(self) -> None:
        self._try(self._learn_limits)
        while not self._stopping.is_set():
            self._wait()
            if self._stopping.is_set():
                return
            self._save_counts()
            self._try(partial(self._router.refresh, now=True))
            self._try(self._learn_limits)

    def _wait(self) -> None:
        due = time.monotonic() + self._seconds_to_next_look()
        while (left := due - time.monotonic()) > 0:
            release_free_blocks()
            if self._wanted.wait(min(left, _TIDY_SECONDS)):
                break
        self._wanted.clear()

    def _seconds_to_next_look(self) -> float:
        usual = self._usual_seconds
        if self._router.failures and time.monotonic() < self._awaits_network_until:
            return min(usual, _WOKEN_LOOK_SECONDS)
        return min(usual, _UNREAD_SECONDS) if self._router.awaits_first_list else usual

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Cancelled:
            self._log.debug("A look at SAP was given up")
        except Exception:  # a thread's top level: the next round may do better
            self._log.exception("The deployments could not be refreshed")
