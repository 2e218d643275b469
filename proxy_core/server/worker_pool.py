"""The threads that answer requests: started as they are needed, joined at the end.

It takes the place of Waitress's dispatcher, which starts all threads at once, wakes them by a condition
variable written in Python, and cannot be joined.
"""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

__all__ = ["Task", "WorkerPool"]


class Task(Protocol):
    """What Waitress hands over: a connection with a complete request."""

    def service(self) -> None: ...

    def cancel(self) -> None: ...


class WorkerPool:
    """At most `limit` threads. A task waits only when all of them are busy."""

    def __init__(self, limit: int, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._log = log
        self._clock = clock
        self._queue: SimpleQueue[Task | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._unfinished = 0

    def add_task(self, task: Task) -> None:
        """Have a thread serve the task."""
        with self._lock:
            self._unfinished += 1
            starts = len(self._threads) < min(self._unfinished, self._limit)
            if starts:
                self._start_thread()
        self._queue.put(task)

    def shutdown(self, timeout: float = 2.0) -> int:
        """Cancel what waits, let the running tasks end, join the threads. Returns how many threads are still
        running after `timeout` seconds."""
        self._cancel_waiting()
        for _ in self._threads:
            self._queue.put(None)
        deadline = self._clock() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - self._clock()))
        return sum(thread.is_alive() for thread in self._threads)

    def _start_thread(self) -> None:
        name = f"proxy-worker-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (task := self._queue.get()) is not None:
            try:
                task.service()
            except Exception:  # a thread's top level
                self._log.exception("A request ended with a bug in the proxy")
            finally:
                task = None
                with self._lock:
                    self._unfinished -= 1

    def _cancel_waiting(self) -> None:
        while not self._queue.empty():
            task = self._queue.get()
            if task is not None:
                task.cancel()
