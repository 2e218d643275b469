"""Threads on demand."""

import logging
import threading

import pytest

from proxy_core.server.worker_pool import WorkerPool
from tests.server.toys import wait_until

LOG = logging.getLogger("tests.server")


class Job:
    """Tells when it runs and waits to be let go."""

    def __init__(self, bug: Exception | None = None) -> None:
        self.running = threading.Event()
        self.release = threading.Event()
        self.cancelled = False
        self._bug = bug

    def service(self) -> None:
        self.running.set()
        self.release.wait(5)
        if self._bug:
            raise self._bug

    def cancel(self) -> None:
        self.cancelled = True


def test_a_thread_starts_only_when_all_are_busy() -> None:
    pool = WorkerPool(8, LOG)
    for _ in range(5):
        job = Job()
        job.release.set()
        pool.add_task(job)
        assert wait_until(lambda: pool._unfinished == 0)

    assert len(pool._threads) == 1
    assert pool.shutdown() == 0


def test_waiting_tasks_are_cancelled_by_the_shutdown() -> None:
    pool = WorkerPool(1, LOG)
    running, waiting = Job(), Job()
    pool.add_task(running)
    assert running.running.wait(5)
    pool.add_task(waiting)
    stuck = pool.shutdown(timeout=0.05)
    running.release.set()
    assert wait_until(lambda: not pool._threads[0].is_alive())

    assert stuck == 1
    assert waiting.cancelled
    assert not waiting.running.is_set()


def test_a_task_that_does_not_end_is_counted() -> None:
    pool = WorkerPool(2, LOG)
    job = Job()
    pool.add_task(job)
    assert job.running.wait(5)

    assert pool.shutdown(timeout=0.05) == 1
    job.release.set()
    assert wait_until(lambda: not pool._threads[0].is_alive())


def test_a_bug_in_a_task_is_logged_and_costs_no_thread(caplog: pytest.LogCaptureFixture) -> None:
    pool = WorkerPool(1, LOG)
    broken, good = Job(ValueError("a bug")), Job()
    for job in (broken, good):
        job.release.set()
        pool.add_task(job)

    assert good.running.wait(5)
    assert pool.shutdown() == 0
    assert "a bug" in caplog.text
