"""Clients that go away, many streams at once, and the stop of the proxy, over real sockets."""

import gc
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import pytest
import trustme

from proxy_core.engine import EngineOptions
from proxy_core.settings.model import TlsSettings
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.asking import EVERY_WAY, STREAMED_WAYS, Way, ask_all, first_bytes, heard_from, open_stream
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.toy_deployment import FINISH, HEAD, ROLE, ToyDeployment, toy_deployment, word

TOY = "gpt-4o-mini"
TOY_WAYS = [Way(dialect, TOY, stream) for dialect in ("chat", "messages") for stream in (False, True)]
TOY_STREAMS = [way for way in TOY_WAYS if way.stream]
LONG = "[[sim: words 400]]"


@contextmanager
def stand_before(toy: ToyDeployment, home: Path, **changes: Any) -> Iterator[Stand]:
    """A stand with a model that is the deployment written by hand."""
    with running_stand(home, pins={TOY: toy.url}, **changes) as stand:
        yield stand


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def silent_streams(stack: ExitStack, stand: Stand, count: int, ways: Sequence[Way] = STREAMED_WAYS) -> list[socket]:
    """Streams that have begun and then fall silent."""
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("stall", where="middle", after_frames=5, seconds=60.0))
    streams = [stack.enter_context(open_stream(stand, ways[n % len(ways)], LONG)) for n in range(count)]
    for stream in streams:
        assert first_bytes(stream, b"the").startswith(b"HTTP/1.1 200")
    return streams


SILENT_BEFORE_HEAD: tuple[bytes | float | None, ...] = ()
SILENT_AFTER_HEAD = (HEAD,)
SILENT_IN_THE_MIDDLE = (HEAD, ROLE, word("one"))
NEVER_SILENT = (HEAD, ROLE, *[step for number in range(500) for step in (word(f"{number} "), 0.02)])


@pytest.mark.parametrize("way", TOY_WAYS, ids=str)
@pytest.mark.parametrize(
    "script",
    [SILENT_BEFORE_HEAD, SILENT_AFTER_HEAD, SILENT_IN_THE_MIDDLE, NEVER_SILENT],
    ids=["before-the-head", "after-the-head", "in-the-middle", "never-silent"],
)
def test_sap_is_hung_up_when_the_client_goes_away(
    tmp_path: Path, way: Way, script: tuple[bytes | float | None, ...]
) -> None:
    with toy_deployment(*script) as toy, stand_before(toy, tmp_path, max_streams=1) as stand:
        with open_stream(stand, way, "hello"):
            toy.wait_for_requests(1)
            time.sleep(0.1)
        gone = time.monotonic()

        assert toy.wait_until_hung_up(1) - gone < 1.0
        until(lambda: Way("chat", "gpt-4o", False).ask(stand, "hello").status == 200, 1.0)  # the place is free


def test_a_stream_that_sends_nothing_for_the_user_gives_signs_of_life(tmp_path: Path) -> None:
    noise = [step for _ in range(8) for step in (b"6\r\n: hm\n\n\r\n", 0.1)]
    script = (HEAD, ROLE, *noise, word("one"), *noise, word(" two"), FINISH, b"0\r\n\r\n", None)
    options = EngineOptions(keep_alive_seconds=0.3)
    with toy_deployment(*script) as toy, stand_before(toy, tmp_path, options=options) as stand:
        chat, messages = ask_all(stand, TOY_STREAMS, "hello").values()

    assert [chat.text, messages.text] == ["one two"] * 2
    assert chat.body.count(b": keep-alive\n\n") >= 2
    assert messages.body.count(b"event: ping\n") >= 2


@pytest.mark.parametrize("way", TOY_STREAMS, ids=str)
def test_an_answer_that_was_complete_stays_so_when_the_connection_is_lost_after_it(
    tmp_path: Path, way: Way
) -> None:
    with toy_deployment(HEAD, ROLE, word("one"), FINISH, 0.1, None) as toy, stand_before(toy, tmp_path) as stand:
        heard = way.ask(stand, "hello")

    assert heard.text == "one"
    assert heard.ended_well
    assert heard.error is None


@pytest.mark.parametrize(("limit", "count", "next_one"), [(64, 64, 503), (256, 200, 200)])
def test_many_streams_leave_the_small_questions_quick(
    tmp_path: Path, limit: int, count: int, next_one: int
) -> None:
    with running_stand(tmp_path, max_streams=limit) as stand, ExitStack() as stack:
        silent_streams(stack, stand, count)
        began = time.monotonic()
        small = [stand.request("GET", path).status for path in ("/health", "/v1/models", "/v1/models/gpt-4o")]
        took = time.monotonic() - began
        stand.world.faults.clear()

        assert Way("chat", "gpt-4o", True).ask(stand, "hello").status == next_one
        assert small == [200, 200, 200]
        assert took < 0.5


@pytest.mark.parametrize("way", EVERY_WAY[:2] + EVERY_WAY[-2:], ids=str)
def test_one_stream_too_many_is_told_to_come_again(tmp_path: Path, way: Way) -> None:
    with running_stand(tmp_path, max_streams=6) as stand, ExitStack() as stack:
        silent_streams(stack, stand, 6)
        heard = way.ask(stand, "hello")

    assert heard.status == (529 if way.dialect == "messages" else 503)
    assert heard.error["type"] == way.kind_of("server_error", "overloaded_error")
    assert heard.headers["retry-after"] == "1"
    assert "max_streams" in heard.error["message"]


def test_places_are_given_back_when_streams_are_cut(tmp_path: Path) -> None:
    with running_stand(tmp_path, max_streams=6) as stand:
        for _ in range(2):
            with ExitStack() as stack:
                silent_streams(stack, stand, 6)
            time.sleep(0.8)


def test_the_stop_ends_every_stream_with_an_error_in_time(tmp_path: Path) -> None:
    options = EngineOptions(keep_alive_seconds=0.2)
    with (
        toy_deployment(*NEVER_SILENT) as busy,
        running_stand(tmp_path, pins={TOY: busy.url}, options=options) as stand,
        ExitStack() as stack,
    ):
        streams = silent_streams(stack, stand, 12)
        ways = [STREAMED_WAYS[number % 6] for number in range(12)]
        stand.world.faults.set(ANY_DEPLOYMENT, Fault("stall", where="headers", seconds=60.0))
        waiting = [stack.enter_context(open_stream(stand, way, LONG)) for way in STREAMED_WAYS]
        running = [stack.enter_context(open_stream(stand, way, LONG)) for way in TOY_STREAMS]
        time.sleep(0.6)
        began = time.monotonic()
        stand.engine.stop()
        took = time.monotonic() - began
        begun = [first_bytes(stream, b"never") for stream in streams]
        heard = [heard_from(stream) for stream in (*waiting, *running)]

    assert took < 5.0
    for way, data in zip(ways, begun, strict=True):
        assert b"The proxy stopped while it answered." in data
        assert (b"event: error" in data) == (way.dialect == "messages")
        assert data.endswith(b"0\r\n\r\n")
    for way, answer in zip((*STREAMED_WAYS, *TOY_STREAMS), heard, strict=True):
        assert answer.error["message"] == "The proxy stopped while it answered."
        assert answer.error["type"] == way.kind_of("server_error", "overloaded_error")
        assert not answer.ended_well


def test_over_tls_sap_is_hung_up_and_the_stop_is_told_too(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    tls = TlsSettings(tmp_path / "cert.pem", tmp_path / "key.pem")
    way = TOY_STREAMS[0]
    with toy_deployment(*SILENT_IN_THE_MIDDLE) as toy, stand_before(toy, tmp_path, tls=tls) as stand:
        with open_stream(stand, way, "hello", trust) as stream:
            assert b"one" in first_bytes(stream, b"one")
        gone = time.monotonic()
        assert toy.wait_until_hung_up(1) - gone < 1.0
        with open_stream(stand, way, "hello", trust) as stream:
            assert b"one" in first_bytes(stream, b"one")
            stand.engine.stop()
            ending = first_bytes(stream, b"never")

    assert b"The proxy stopped while it answered." in ending
    assert ending.endswith(b"0\r\n\r\n")


def test_a_stop_while_the_token_endpoint_is_silent_is_in_time(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand, ExitStack() as stack:
        stand.world.tokens.revoke_all()
        stand.world.faults.set("token", Fault("stall", where="headers", seconds=60.0))
        waiting = [stack.enter_context(open_stream(stand, way, LONG)) for way in STREAMED_WAYS]
        time.sleep(0.3)
        began = time.monotonic()
        stand.engine.stop()
        took = time.monotonic() - began
        heard = [heard_from(stream) for stream in waiting]

    assert took < 2.0
    assert {answer.status for answer in heard} <= {503, 529}


def test_starts_and_stops_leave_nothing_behind(tmp_path: Path) -> None:
    def open_things() -> tuple[set[threading.Thread], int]:
        return set(threading.enumerate()), len(os.listdir("/proc/self/fd"))

    def once(streams: int = 3) -> None:
        with running_stand(tmp_path) as stand, ExitStack() as stack:
            silent_streams(stack, stand, streams)
            assert stand.request("GET", "/health").status == 200
            stand.engine.stop()

    once()
    gc.collect()
    threads, files = open_things()
    for number in range(20):
        once(streams=3 if number % 5 == 0 else 0)

    gc.collect()
    assert open_things() == (threads, files)
