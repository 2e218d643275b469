"""Nothing is left behind, however a call ends."""

import contextlib
import gc
import os
import threading

import pytest

from proxy_core.aicore.transport import Timeouts, Transport
from proxy_core.errors import Cancelled, UpstreamError
from tests.scripted_server import CHUNKED_HEAD, End, Pause, Script, ScriptedServer, answer, chunk

EVENT = chunk(b'data: {"a":1}\n\n')


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


def one_call(transport: Transport, url: str, ending: str) -> None:
    response = transport.open("POST", url, {}, b"{}", cancelled=lambda: ending == "cancel")
    if ending != "close":
        response.read_all()
    response.close()


@pytest.mark.parametrize(
    ("script", "ending"),
    [
        ([answer()], "read"),
        ([answer(connection="close"), End.CLOSE], "read"),
        ([CHUNKED_HEAD + EVENT + b"0\r\n\r\n"], "read"),
        ([CHUNKED_HEAD + EVENT, Pause(5)], "close"),
        ([CHUNKED_HEAD + EVENT, Pause(5)], "cancel"),
        ([CHUNKED_HEAD + EVENT, End.RESET], "read"),
        ([CHUNKED_HEAD + b"zz\r\n"], "read"),
        ([End.CLOSE], "read"),
        ([b"nonsense\r\n\r\n"], "read"),
        ([Pause(5)], "timeout"),
    ],
)
def test_no_socket_and_no_thread_is_left(script: Script, ending: str) -> None:
    files, threads = open_files(), threading.active_count()
    transport = Transport(timeouts=Timeouts(first_byte=0.1 if ending == "timeout" else 5))
    with ScriptedServer(script) as server:
        for _ in range(2):
            with contextlib.suppress(UpstreamError, Cancelled):
                one_call(transport, server.url, ending)
        transport.close()

    assert (open_files(), threading.active_count()) == (files, threads)


def test_idle_connections_are_bounded() -> None:
    transport = Transport(timeouts=Timeouts())
    files = open_files()
    with ScriptedServer([Pause(0.3), answer()]) as server:
        threads = [threading.Thread(target=one_call, args=(transport, server.url, "read")) for _ in range(80)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    idle = open_files() - files
    transport.close()

    assert 0 < idle <= 64


def test_finished_calls_leave_nothing_to_the_garbage_collector(transport: Transport) -> None:
    with ScriptedServer([answer()]) as server:
        one_call(transport, server.url, "read")
        gc.collect()
        gc.disable()
        try:
            for _ in range(20):
                one_call(transport, server.url, "read")
            left = gc.collect()
        finally:
            gc.enable()

    assert left < 20
