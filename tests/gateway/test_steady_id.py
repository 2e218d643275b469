"""The id of a streamed response over several deployments."""

from collections.abc import Generator

from proxy_core.gateway.answer_watch import Home
from proxy_core.gateway.steady_id import SteadyId
from tests.gateway.fakes import deployment

PING = b": keep-alive\n\n"
THERE = deployment("there")


class Answerer:
    home: Home = (THERE, None)


def pieces(*told: bytes) -> Generator[bytes, None, None]:
    yield from told


def created(identity: bytes) -> bytes:
    return b'event: response.created\ndata: {"type":"response.created","response":{"id":"%b"}}\n\n' % identity


def completed(identity: bytes) -> bytes:
    return b'event: response.completed\ndata: {"response":{"id":"%b","output":[]}}\n\n' % identity


def test_a_stream_of_one_deployment_passes_untouched() -> None:
    steady = SteadyId()
    told = (PING, created(b"resp_a"), completed(b"resp_a"))

    assert tuple(steady.stream(pieces(*told), Answerer())) == told
    assert steady.home == (THERE, None)


def test_the_second_deployment_speaks_under_the_id_of_the_first() -> None:
    steady = SteadyId()
    first = list(steady.stream(pieces(created(b"resp_a")), Answerer()))
    second = list(steady.stream(pieces(PING, created(b"resp_b"), completed(b"resp_b")), Answerer()))

    assert first + second == [created(b"resp_a"), PING, created(b"resp_a"), completed(b"resp_a")]
    assert steady.home == (None, None)


def test_a_first_deployment_that_told_no_id_does_not_count() -> None:
    steady = SteadyId()
    first = list(steady.stream(pieces(PING), Answerer()))
    second = list(steady.stream(pieces(created(b"resp_b")), Answerer()))

    assert first + second == [PING, created(b"resp_b")]
    assert steady.home == (THERE, None)


def test_the_last_words_are_about_the_response_that_was_heard() -> None:
    steady = SteadyId()
    list(steady.stream(pieces(created(b"resp_a")), Answerer()))

    assert steady.last_words(b'{"id":"resp_req_1"}', "resp_req_1") == b'{"id":"resp_a"}'


def test_the_last_words_stay_when_nothing_was_heard() -> None:
    assert SteadyId().last_words(b'{"id":"resp_req_1"}', "resp_req_1") == b'{"id":"resp_req_1"}'
