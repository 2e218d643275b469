"""Which changes are worth a notification. Decides and words them; showing is another's work.

Only what a user would want to know without asking: it fails, it is back again, an account fails. Answers to the
user's own clicks come from the actions and pass here only to be counted and switched off.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from tray_app.menu import describe_problem
from tray_app.snapshot import AccountState, Problem, Snapshot, State
from tray_app.texts import Texts

__all__ = ["Notifier"]

Show = Callable[[str, str], None]
"""Takes title and text; must not raise."""

_MOST = 6
_WINDOW_SECONDS = 60.0
_SAME_SECONDS = 10.0
"""Seconds in which the same text is not shown again."""


class Notifier:
    """Listens to the controller. At most six notifications a minute; `clock` counts seconds."""

    def __init__(self, texts: Texts, show: Show, clock: Callable[[], float] = time.monotonic) -> None:
        self._texts = texts
        self._show = show
        self._clock = clock
        self._shown: deque[tuple[float, str]] = deque(maxlen=_MOST)
        self._lock = threading.Lock()
        self._last: Snapshot | None = None
        self._failed = False

    def __call__(self, snapshot: Snapshot) -> None:
        """The next snapshot."""
        before, self._last = self._last, snapshot
        for text in self._news(before, snapshot):
            self.tell(text)

    def tell(self, text: str) -> None:
        """Show a text unless notifications are off or there were too many."""
        if self._last is not None and not self._last.notifications:
            return
        if self._may_show(text):
            self._show(self._texts.program, text)

    def insist(self, text: str) -> None:
        """Show a text in any case: a click did not do what it should."""
        self._show(self._texts.program, text)

    def _news(self, before: Snapshot | None, snapshot: Snapshot) -> list[str]:
        if snapshot.state is State.FAILED and snapshot.problem:
            known = before is not None and before.state is State.FAILED and before.problem == snapshot.problem
            self._failed = True
            return [] if known else [self._describe_failure(snapshot.problem)]
        if snapshot.state is State.STOPPED:
            self._failed = False
            return []
        if snapshot.state is not State.RUNNING:
            return []
        failing = {account.name for account in before.failing_accounts} if before else set()
        news = [self._describe_account(one) for one in snapshot.failing_accounts if one.name not in failing]
        recovered = bool(failing) and not snapshot.failing_accounts
        if self._failed or recovered:
            self._failed = False
            news.append(self._texts.back_again)
        return news

    def _describe_failure(self, problem: Problem) -> str:
        parts = [describe_problem(problem, self._texts) + ".", self._texts.advice[problem.kind]]
        if problem.free_port is not None:
            parts.append(self._texts.free_port.format(port=problem.free_port))
        return " ".join(parts)

    def _describe_account(self, account: AccountState) -> str:
        return self._texts.account_failed.format(name=account.name, problem=account.problem)

    def _may_show(self, text: str) -> bool:
        now = self._clock()
        with self._lock:
            if any(shown == text and now - since < _SAME_SECONDS for since, shown in self._shown):
                return False
            if len(self._shown) == _MOST and now - self._shown[0][0] < _WINDOW_SECONDS:
                return False
            self._shown.append((now, text))
            return True
