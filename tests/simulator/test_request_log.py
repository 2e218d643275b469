"""What the simulator remembers of the requests it got."""

from proxy_core.simulator.request_log import RequestLog, SeenRequest


def seen(raw: bytes) -> SeenRequest:
    return SeenRequest("POST", "/x", {}, {}, raw)


def remembered(log: RequestLog) -> list[bytes]:
    return [request.raw for request in log]


def test_the_oldest_goes_first() -> None:
    log = RequestLog(most=2)

    for raw in (b"1", b"2", b"3"):
        log.add(seen(raw))

    assert remembered(log) == [b"2", b"3"]


def test_large_bodies_do_not_pile_up() -> None:
    log = RequestLog(most_bytes=10)

    for raw in (b"1" * 6, b"2" * 6, b"3" * 3):
        log.add(seen(raw))

    assert remembered(log) == [b"2" * 6, b"3" * 3]


def test_the_last_request_is_remembered_whatever_its_size() -> None:
    log = RequestLog(most_bytes=10)

    log.add(seen(b"1" * 20))

    assert remembered(log) == [b"1" * 20]


def test_a_cleared_log_has_room_again() -> None:
    log = RequestLog(most_bytes=10)
    log.add(seen(b"1" * 9))
    log.clear()

    log.add(seen(b"2" * 5))
    log.add(seen(b"3" * 5))

    assert remembered(log) == [b"2" * 5, b"3" * 5]
