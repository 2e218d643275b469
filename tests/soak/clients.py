"""Clients that ask without a pause, keep their connections for a while, and sometimes leave in the middle."""

import contextlib
import http.client
import json
import random
import threading
from collections import Counter

from tests.soak.conversation import Question, WrongAnswerError, judge, random_question

__all__ = ["Crowd"]

_LEAVES = 0.05
_NEW_CONNECTION = 0.1
_LONGEST_SECONDS = 120.0


class Crowd:
    """`outcomes` counts how the requests ended, `wrong` holds what must never happen."""

    def __init__(self, port: int, key: str, size: int, seed: int) -> None:
        self.outcomes: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._port = port
        self._key = key
        self._open = threading.Event()
        self._over = False
        self._busy = threading.Semaphore(size)
        self._size = size
        self._threads = [
            threading.Thread(target=self._live, args=(random.Random(seed + number),), daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def go_on(self) -> None:
        self._open.set()

    def pause(self) -> None:
        """Returns when every request under way is over."""
        self._open.clear()
        for _ in range(self._size):
            self._busy.acquire()
        self._busy.release(self._size)

    def end(self) -> None:
        self.pause()
        self._over = True
        self._open.set()
        for thread in self._threads:
            thread.join(10)

    def _live(self, chance: random.Random) -> None:
        connection = self._connect()
        while True:
            self._open.wait()
            with self._busy:
                if self._over:
                    break
                if chance.random() < _NEW_CONNECTION:
                    connection.close()
                connection = self._ask(connection, random_question(chance), leaves=chance.random() < _LEAVES)
        connection.close()

    def _ask(
        self, connection: http.client.HTTPConnection, question: Question, *, leaves: bool
    ) -> http.client.HTTPConnection:
        try:
            outcome = self._outcome(connection, question, leaves=leaves)
        except (OSError, http.client.HTTPException, WrongAnswerError, ValueError, KeyError) as error:
            self.wrong.append(f"{type(error).__name__}: {error} ({question.dialect}, {question.model})")
            outcome = "wrong"
        self.outcomes[outcome] += 1
        if outcome in ("left", "wrong"):
            connection.close()
            return self._connect()
        return connection

    def _outcome(self, connection: http.client.HTTPConnection, question: Question, *, leaves: bool) -> str:
        headers = {"x-api-key": self._key, "content-type": "application/json"}
        connection.request("POST", question.path, json.dumps(question.body), headers)
        if leaves:
            with contextlib.suppress(TimeoutError):
                connection.sock.settimeout(0.05)
                connection.sock.recv(100)
            return "left"
        response = connection.getresponse()
        return judge(question, response.status, response.read())

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=_LONGEST_SECONDS)
