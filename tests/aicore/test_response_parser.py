import gzip
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.aicore.response_parser import ResponseParser, ResponseProblem
from tests.scripted_server import CHUNKED_HEAD, answer, chunk


def read(*pieces: bytes) -> tuple[ResponseParser, bytes]:
    parser = ResponseParser()
    return parser, b"".join(parser.feed(piece) for piece in pieces if piece)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.lists(st.integers(0, 400), max_size=8))
def test_chunked_body_cut_anywhere_gives_the_same_bytes(chunks: list[bytes], cuts: list[int]) -> None:
    data = CHUNKED_HEAD + b"".join(map(chunk, chunks)) + b"0\r\n\r\n"
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]

    parser, body = read(*(data[a:b] for a, b in itertools.pairwise(places)))

    assert body == b"".join(chunks)
    assert parser.complete
    assert parser.reusable


def test_every_single_cut_gives_the_same_answer() -> None:
    data = (
        CHUNKED_HEAD + chunk(b"data: caf\xc3\xa9\n\n") + chunk(b"data: [DONE]\n\n") + b"0\r\nx-trailer: 1\r\n\r\n"
    )
    whole, body = read(data)

    for cut in range(len(data) + 1):
        parser, again = read(data[:cut], data[cut:])
        assert (again, parser.headers, parser.complete) == (body, whole.headers, True)


@pytest.mark.parametrize("kept", range(len(CHUNKED_HEAD + chunk(b"abc") + b"0\r\n\r\n")))
def test_chunked_answer_that_is_cut_off_never_ends_cleanly(kept: int) -> None:
    parser, _ = read((CHUNKED_HEAD + chunk(b"abc") + b"0\r\n\r\n")[:kept])

    with pytest.raises(ResponseProblem) as problem:
        parser.feed_end()

    assert problem.value.cut_off


def test_body_shorter_than_its_length_never_ends_cleanly() -> None:
    parser, _ = read(answer(b"12345")[:-1])

    with pytest.raises(ResponseProblem):
        parser.feed_end()


def test_body_without_any_length_ends_with_the_connection() -> None:
    parser, body = read(b"HTTP/1.1 200 OK\r\n\r\nabc")
    parser.feed_end()

    assert (body, parser.complete, parser.reusable) == (b"abc", True, False)


def test_header_names_are_lower_case_and_repeats_are_joined() -> None:
    parser, _ = read(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:2\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n")

    assert parser.headers == {"x-a": "1, 2", "x-empty": "", "content-length": "0"}


def test_trailer_is_no_header() -> None:
    parser, _ = read(CHUNKED_HEAD + b"0\r\nstatus: 500\r\n\r\n")

    assert "status" not in parser.headers


def test_interim_answer_is_passed_over() -> None:
    parser, body = read(b"HTTP/1.1 100 Continue\r\nx-a: 1\r\n\r\n" + answer(b"hi"))

    assert (parser.status, body, "x-a" in parser.headers) == (200, b"hi", False)


def test_connection_close_is_not_reusable() -> None:
    parser, _ = read(answer(connection="close"))

    assert parser.complete
    assert not parser.reusable


def test_bytes_after_the_answer_belong_to_nobody_and_spoil_the_connection() -> None:
    parser, body = read(answer(b"one") + answer(b"two", status=500))

    assert (parser.status, body, parser.reusable) == (200, b"one", False)


def test_no_content_ends_at_once() -> None:
    parser, _ = read(b"HTTP/1.1 204 No Content\r\n\r\n")

    assert parser.complete


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n",
        CHUNKED_HEAD + b"zz\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 300_000,
    ],
)
def test_improper_http_is_refused(data: bytes) -> None:
    with pytest.raises(ResponseProblem):
        read(data)


def test_compressed_body_is_unpacked_though_nobody_asked_for_it() -> None:
    _, body = read(answer(gzip.compress(b"hello"), content_encoding="gzip"))

    assert body == b"hello"


def test_damaged_compressed_body_is_refused() -> None:
    with pytest.raises(ResponseProblem):
        read(answer(b"not gzip", content_encoding="gzip"))
