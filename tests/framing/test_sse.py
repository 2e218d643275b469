from hypothesis import given
from hypothesis import strategies as st

from proxy_core.framing.sse import SseReader


def read(*pieces: bytes) -> list[bytes]:
    reader = SseReader()
    payloads = [payload for piece in pieces for payload in reader.feed(piece)]
    return payloads + reader.close()


def test_each_frame_gives_its_data() -> None:
    assert read(b'data: {"a":1}\n\ndata: [DONE]\n\n') == [b'{"a":1}', b"[DONE]"]


def test_a_frame_is_given_as_soon_as_its_blank_line_is_there() -> None:
    reader = SseReader()

    assert reader.feed(b"data: one\n") == []
    assert reader.feed(b"\nda") == [b"one"]
    assert reader.feed(b"ta: two\n\n") == [b"two"]


def test_carriage_returns_end_lines_too() -> None:
    assert read(b"data: a\r\n\r\ndata: b\r\r") == [b"a", b"b"]


def test_a_line_end_may_be_cut_in_half() -> None:
    assert read(b"data: a\r", b"\n\r", b"\ndata: b\r", b"\n\r\n") == [b"a", b"b"]


def test_comments_and_event_names_are_left_out() -> None:
    assert read(b": ping\n\nevent: x\nid: 7\ndata: a\n\n:\n\n") == [b"a"]


def test_several_data_lines_are_joined() -> None:
    assert read(b"data: a\ndata: b\n\n") == [b"a\nb"]


def test_the_space_after_the_colon_may_be_missing() -> None:
    assert read(b'data:{"a":1}\n\n') == [b'{"a":1}']


def test_further_spaces_belong_to_the_data() -> None:
    assert read(b"data:  a \n\n") == [b" a "]


def test_json_without_a_prefix_is_data() -> None:
    assert read(b'{"a":1}\n{"b":2}\n\ndata: c\n\n') == [b'{"a":1}', b'{"b":2}', b"c"]


def test_empty_frames_give_nothing() -> None:
    assert read(b"\n\n\n\ndata: \n\ndata:\n\n\n\n\n") == []


def test_a_last_frame_without_a_blank_line_is_given_at_the_end() -> None:
    reader = SseReader()

    assert reader.feed(b"data: a\n\ndata: b\n") == [b"a"]
    assert reader.close() == [b"b"]
    assert reader.close() == []


payloads = st.lists(
    st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), min_size=1), max_size=8
)


@given(payloads, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["data: ", ": c{n}data: "]), st.data())
def test_any_cut_gives_the_same_payloads(texts: list[str], end: str, prefix: str, data: st.DataObject) -> None:
    prefix = prefix.replace("{n}", end)
    stream = "".join(f"{prefix}{text}{end}{end}" for text in texts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert read(*pieces) == [text.encode() for text in texts]


@given(st.binary(), st.integers(1, 5))
def test_any_bytes_are_read_the_same_in_small_pieces(stream: bytes, size: int) -> None:
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]

    assert read(*pieces) == read(stream)


def test_many_frames_in_one_read() -> None:
    frame = 'data: {"n":"äöü"}\n\n'.encode()

    assert len(SseReader().feed(frame * 1000)) == 1000
