"""Which figures there are, with their targets and the best of other proxies for SAP AI Core."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.process import busy_seconds, cpu_seconds, memory_mb
from bench.proxy import run_proxy
from bench.rounds import Effort, Pair, Rounds
from bench.table import Row
from bench.upstream import Upstream, run_python_upstream

__all__ = ["measure"]

_INTERVAL_US = 40_000
"""25 events a second, as a model writes."""
_HELD_LIMIT_MS = 20.0
_GROWTH_REQUESTS = 10_000
_MOST_STREAMS = 256
_TWO = ("native", "translated")
_OTHERS = ("Messages to Claude", "chat to Gemini")
_OTHERS_NAMED = " / ".join(_OTHERS)


def measure(directory: Path, upstream: Upstream, effort: Effort, say: Callable[[str], None]) -> Iterator[Row]:
    """All figures, in the order of the table."""
    yield _start(directory, upstream, effort)
    with run_proxy(directory, upstream) as proxy:
        rounds = Rounds(upstream, proxy, effort)
        for step in (_idle, _growth, _plain, _crowds, _bodies, _first, _full, _paced):
            say(step.__name__.strip("_"))
            yield from step(rounds)
    with run_proxy(directory, upstream, max_streams=_MOST_STREAMS) as proxy:
        say("held")
        yield _held(Rounds(upstream, proxy, effort))
    say("tls")
    yield _tls(directory, effort)


def _start(directory: Path, upstream: Upstream, effort: Effort) -> Row:
    seconds: list[float] = []
    for _ in range(effort.starts):
        with run_proxy(directory, upstream) as proxy:
            seconds.append(proxy.start_seconds)
    return Row("start to first answered `/v1/models`", (min(seconds),), "s", (0.5,), best="0.55")


def _idle(rounds: Rounds) -> Iterator[Row]:
    before = busy_seconds(rounds.proxy.pid)
    time.sleep(rounds.effort.idle_seconds)
    after = busy_seconds(rounds.proxy.pid)
    share = None if before is None or after is None else (after - before) / rounds.effort.idle_seconds * 100
    yield Row("idle CPU", (share,), "% of a core", (0.3,))


def _growth(rounds: Rounds) -> Iterator[Row]:
    idle = memory_mb(rounds.proxy.pid)
    for way in _TWO:
        rounds.proxied(way, "plain", 16, _GROWTH_REQUESTS // 32)
    after = memory_mb(rounds.proxy.pid)
    growth = None if idle is None or after is None else after - idle
    yield Row("memory idle; growth over 10,000 requests", (idle, growth), "MB", (45, 10), best="70; 177")


def _plain(rounds: Rounds) -> Iterator[Row]:
    p50, p99 = rounds.figures("native", "plain", ("p50", "p99"), requests=rounds.effort.requests)
    yield Row("plain, 1 client: p50 added", (p50.added,), "ms", (0.65,), best="1.5", direct=_ms(p50))
    yield Row("plain, 1 client: p99 added", (p99.added,), "ms", direct=_ms(p99))


def _crowds(rounds: Rounds) -> Iterator[Row]:
    for clients, target, best in ((16, (1600.0,), "629"), (64, (), "-")):
        requests = max(20, rounds.effort.requests * 2 // clients)
        rate, p99 = rounds.figures("native", "plain", ("rate", "p99"), clients=clients, requests=requests)
        name = f"plain, {clients} clients"
        yield _rates(f"{name}: requests", [rate], "/s", target, best)
        yield Row(f"{name}: p99 added", (p99.added,), "ms", direct=_ms(p99))
    pairs = rounds.pairs(("translated",), "plain", "rate", clients=16, requests=rounds.effort.requests // 8)
    yield _rates("plain, 16 clients, translated: requests", pairs, "/s")


def _bodies(rounds: Rounds) -> Iterator[Row]:
    for name, size, targets, best in (
        ("128 kB", 128_000, (1.5, 3.0), "2.7"),
        ("1 MB", 1_000_000, (8.0, 25.0), "-"),
    ):
        requests = max(20, rounds.effort.requests * 8_000 // size)
        pairs = rounds.pairs(_TWO, "plain", "p50", requests=requests, size=size)
        yield _times(f"{name} body: p50 added, native / translated", pairs, targets, best)


def _first(rounds: Rounds) -> Iterator[Row]:
    rounds.set_streams(20)
    requests = max(30, rounds.effort.requests // 5)
    name = "time to first event: p50 added"
    pairs = rounds.pairs(_TWO, "first", "p50", requests=requests)
    yield _times(f"{name}, native / translated", pairs, (1.0, 1.2), "1.8 / 1.9")
    yield _times(f"{name}, {_OTHERS_NAMED}", rounds.pairs(_OTHERS, "first", "p50", requests=requests))
    pairs = rounds.pairs(_TWO, "first", "p50", clients=16, requests=requests // 8)
    name = "time to first event, 16 at once: p50, native / translated"
    yield Row(name, tuple(pair.proxy for pair in pairs), "ms", (9, 9), best="11.5", direct=_ms(pairs[0]))


def _full(rounds: Rounds) -> Iterator[Row]:
    rounds.set_streams(rounds.effort.events)
    pairs = rounds.pairs(_TWO, "full", "rate")
    name = "full speed, 1 stream"
    yield _rates(f"{name}: native / translated", pairs, "events/s", (210_000, 100_000), "206,000 / 62,000")
    yield _rates(f"{name}: {_OTHERS_NAMED}", rounds.pairs(_OTHERS, "full", "rate"), "events/s")
    rounds.set_streams(rounds.effort.events // 8)
    pairs = rounds.pairs(_TWO, "full", "rate", clients=32)
    name = "full speed, 32 streams"
    yield _rates(f"{name}: native / translated", pairs, "events/s", (80_000, 60_000), "121,000 / 39,000")


def _paced(rounds: Rounds) -> Iterator[Row]:
    rounds.set_streams(_paced_events(rounds), _INTERVAL_US)
    p50, p99 = rounds.figures("native", "paced", ("p50", "p99"), clients=8)
    yield Row(
        "paced, 8 streams: added delay, p50 / p99",
        (p50.added, p99.added),
        "ms",
        (0.15, 2),
        best="0.19 / 3.3",
        direct=f"{_ms(p50)} / {_ms(p99)}",
    )
    costs = tuple(_cost(rounds, way) for way in _TWO)
    yield Row("CPU per 1M paced tokens, native / translated", costs, "s", (140, 170), best="212 / 294")


def _paced_events(rounds: Rounds) -> int:
    return int(rounds.effort.paced_seconds * 1e6 / _INTERVAL_US)


def _cost(rounds: Rounds, way: str) -> float | None:
    before = cpu_seconds(rounds.proxy.pid)
    result = rounds.proxied(way, "paced", 32)
    after = cpu_seconds(rounds.proxy.pid)
    return None if before is None or after is None else (after - before) / result["events"] * 1e6


def _held(rounds: Rounds) -> Row:
    rounds.set_streams(_paced_events(rounds), _INTERVAL_US)
    held, last = 0.0, 0.0
    for streams in (64, 96, 128, 192, _MOST_STREAMS):
        last = rounds.proxied("native", "paced", streams)["p99"]
        if last >= _HELD_LIMIT_MS:
            break
        held = float(streams)
    name = f"paced streams held with a p99 delay under 20 ms (p99 of the last try: {last:.1f} ms)"
    return Row(name, (held,), "streams", (float(_MOST_STREAMS),), best="112", more=True)


def _tls(directory: Path, effort: Effort) -> Row:
    """Both with the upstream in Python, so that only TLS differs."""
    (plain, plain_cost), (secure, secure_cost) = (_over(directory, effort, tls=tls) for tls in (False, True))
    ratio = secure_cost / plain_cost if plain_cost and secure_cost else None
    name = "the same over a TLS upstream: plain p50 added / CPU per paced token"
    return Row(name, (secure / plain, ratio), "times", (1.3, 1.3))


def _over(directory: Path, effort: Effort, *, tls: bool) -> tuple[float, float | None]:
    with run_python_upstream(directory, tls=tls) as upstream, run_proxy(directory, upstream) as proxy:
        rounds = Rounds(upstream, proxy, effort)
        (p50,) = rounds.figures("native", "plain", ("p50",), requests=effort.requests)
        rounds.set_streams(_paced_events(rounds), _INTERVAL_US)
        return p50.added, _cost(rounds, "native")


def _times(name: str, pairs: Sequence[Pair], targets: tuple[float, ...] = (), best: str = "-") -> Row:
    return Row(name, tuple(pair.added for pair in pairs), "ms", targets, best, " / ".join(map(_ms, pairs)))


def _rates(name: str, pairs: Sequence[Pair], unit: str, targets: tuple[float, ...] = (), best: str = "-") -> Row:
    direct = " / ".join(f"{pair.direct:,.0f}" for pair in pairs)
    return Row(name, tuple(pair.proxy for pair in pairs), unit, targets, best, direct, more=True)


def _ms(pair: Pair) -> str:
    return f"{pair.direct:.2f}"
