"""The commands that wait for the controller's worker, in order. The last one closes the queue."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from tray_app.snapshot import Snapshot

__all__ = ["Command", "CommandQueue"]


@dataclass(frozen=True, slots=True)
class Command:
    """`done` gets the snapshot after the `action`. Nothing is taken after one that is the `last`."""

    action: Callable[[], None]
    done: Future[Snapshot] | None = None
    last: bool = False


class CommandQueue:
    """Safe for many threads."""

    def __init__(self) -> None:
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()

    def put(self, command: Command) -> bool:
        """False when it comes after the last one, and is not taken."""
        with self._lock:
            if self._closed:
                return False
            self._closed = command.last
            self._commands.put(command)
            return True

    def next(self, seconds: float) -> Command | None:
        """None when no command comes within so many seconds."""
        try:
            return self._commands.get(timeout=seconds)
        except queue.Empty:
            return None
