"""AWS event streams: bytes in, messages out."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.framing.aws_eventstream import EventStreamError, EventStreamMessage, EventStreamReader

SAMPLE_HEADERS = {":message-type": "event", ":event-type": "chunk"}


def header(name: str, kind: int, value: bytes) -> bytes:
    return bytes([len(name)]) + name.encode() + bytes([kind]) + value


def text_header(name: str, value: str) -> bytes:
    return header(name, 7, struct.pack(">H", len(value.encode())) + value.encode())


def framed(headers: bytes, payload: bytes) -> bytes:
    prelude = struct.pack(">II", len(headers) + len(payload) + 16, len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def sample(payload: bytes = b'{"bytes":"e30="}') -> bytes:
    return framed(b"".join(text_header(*item) for item in SAMPLE_HEADERS.items()), payload)


def test_message_is_read() -> None:
    assert EventStreamReader().feed(sample(b"hi")) == [EventStreamMessage(SAMPLE_HEADERS, b"hi")]


def test_bytes_may_be_cut_anywhere() -> None:
    data = sample(b"one") + sample(b"") + sample(b"three")

    for cut in range(len(data) + 1):
        reader = EventStreamReader()
        messages = reader.feed(data[:cut]) + reader.feed(data[cut:])
        reader.close()

        assert [message.payload for message in messages] == [b"one", b"", b"three"]


@given(st.lists(st.binary(max_size=200), max_size=5), st.integers(1, 50))
def test_any_payloads_in_any_pieces(payloads: list[bytes], size: int) -> None:
    data = b"".join(sample(payload) for payload in payloads)
    reader = EventStreamReader()

    found = [m.payload for start in range(0, len(data), size) for m in reader.feed(data[start : start + size])]

    assert found == payloads


def test_headers_of_other_types_are_passed_over() -> None:
    headers = (
        header("yes", 0, b"")
        + header("byte", 2, b"\1")
        + header("long", 5, b"\0" * 8)
        + header("blob", 6, b"\0\2ab")
        + header("uuid", 9, b"\0" * 16)
        + text_header("name", "größe")
    )

    assert EventStreamReader().feed(framed(headers, b""))[0].headers == {"name": "größe"}


@pytest.mark.parametrize("position", [0, 5, 9, 14, 60, -1])
def test_damaged_byte_is_noticed(position: int) -> None:
    data = bytearray(sample())
    data[position] ^= 1

    with pytest.raises(EventStreamError):
        EventStreamReader().feed(bytes(data))


@pytest.mark.parametrize(
    "headers",
    [header("odd", 42, b""), b"\x05ab", header("short", 7, b"\0\x09ab"), header("latin", 7, b"\0\1\xff")],
)
def test_broken_headers_are_noticed(headers: bytes) -> None:
    with pytest.raises(EventStreamError):
        EventStreamReader().feed(framed(headers, b""))


def test_impossible_length_is_noticed_without_waiting_for_it() -> None:
    prelude = struct.pack(">II", 0x7FFFFFFF, 0)

    with pytest.raises(EventStreamError, match="impossible length"):
        EventStreamReader().feed(prelude + struct.pack(">I", zlib.crc32(prelude)))


def test_text_is_not_taken_for_an_event_stream() -> None:
    with pytest.raises(EventStreamError):
        EventStreamReader().feed(b'data: {"type":"ping"}\n\n')


def test_end_within_a_message_is_noticed() -> None:
    reader = EventStreamReader()
    reader.feed(sample()[:-1])

    with pytest.raises(EventStreamError, match="within a message"):
        reader.close()
