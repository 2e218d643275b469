"""One figure straight and through the proxy in turns, in the same run; the best round counts."""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from bench.load import Job
from bench.proxy import Proxy
from bench.requests import WAYS
from bench.upstream import Upstream

__all__ = ["FULL", "QUICK", "Effort", "Pair", "Rounds"]

_CUT_MARKS = 0.02
"""Share of events that may be missed because a chunk of the transfer coding ends inside their text."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure. `events` are those of one stream at full speed."""

    rounds: int
    requests: int
    events: int
    paced_seconds: float
    idle_seconds: float
    starts: int


FULL = Effort(rounds=5, requests=1500, events=200_000, paced_seconds=6.0, idle_seconds=10.0, starts=5)
QUICK = Effort(rounds=2, requests=300, events=60_000, paced_seconds=4.0, idle_seconds=2.0, starts=2)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same figure straight and through the proxy."""

    direct: float
    proxy: float

    @property
    def added(self) -> float:
        return self.proxy - self.direct


class Rounds:
    """Runs jobs of the load client straight and against one running proxy."""

    def __init__(self, upstream: Upstream, proxy: Proxy, effort: Effort) -> None:
        self._upstream = upstream
        self._events = 0
        self.proxy = proxy
        self.effort = effort

    def set_streams(self, events: int, interval_us: int = 0) -> None:
        """What the streams that begin from now on send; interval 0 is full speed."""
        self._events = events
        self._upstream.set_streams(events, interval_us)

    def pairs(
        self,
        ways: Sequence[str],
        kind: str,
        figure: str,
        *,
        clients: int = 1,
        requests: int = 1,
        size: int = 0,
    ) -> list[Pair]:
        """One pair for each way: a rate at its highest, a time at its lowest."""
        return [
            self.figures(way, kind, (figure,), clients=clients, requests=requests, size=size)[0] for way in ways
        ]

    def figures(
        self, way: str, kind: str, figures: Sequence[str], *, clients: int = 1, requests: int = 1, size: int = 0
    ) -> list[Pair]:
        """One pair for each of `figures` of the same runs."""
        turns = [
            (
                self.direct(way, kind, clients, requests, size),
                self.proxied(way, kind, clients, requests, size),
            )
            for _ in range(self.effort.rounds)
        ]
        return [
            Pair(_best(name, (direct[name] for direct, _ in turns)), _best(name, (ours[name] for _, ours in turns)))
            for name in figures
        ]

    def direct(self, way: str, kind: str, clients: int, requests: int = 1, size: int = 0) -> dict[str, float]:
        request = WAYS[way].direct(stream=kind != "plain", size=size)
        ca_file = str(self._upstream.ca_file) if self._upstream.ca_file else None
        return self._run(Job(kind, self._upstream.port, request, clients, requests, ca_file))

    def proxied(self, way: str, kind: str, clients: int, requests: int = 1, size: int = 0) -> dict[str, float]:
        request = WAYS[way].to_proxy(stream=kind != "plain", size=size)
        return self._run(Job(kind, self.proxy.port, request, clients, requests))

    def _run(self, job: Job) -> dict[str, float]:
        command = [sys.executable, "-m", "bench.load"]
        done = subprocess.run(command, input=json.dumps(asdict(job)).encode(), capture_output=True, check=False)
        if done.returncode:
            words = done.stderr.decode(errors="replace").strip()[-1000:]
            raise RuntimeError(f"The load client failed ({job.kind}): {words}")
        result: dict[str, float] = json.loads(done.stdout)
        expected = self._events * job.clients
        if "events" in result and result["events"] < expected * (1 - _CUT_MARKS):
            raise RuntimeError(f"Of {expected:,} events only {result['events']:,.0f} arrived ({job.kind}).")
        return result


def _best(figure: str, values: Iterable[float]) -> float:
    return max(values) if figure == "rate" else min(values)
