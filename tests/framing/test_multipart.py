"""Forms to their fields."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.framing.multipart import FormField, MultipartError, read_form

TYPE = "multipart/form-data; boundary=xyz"


def field(disposition: str, content: bytes, more: str = "") -> bytes:
    return f"--xyz\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n".encode() + content + b"\r\n"


def read(*fields: bytes, content_type: str = TYPE) -> list[tuple[str, str | None, bytes]]:
    body = b"".join(fields) + b"--xyz--\r\n"
    return [(found.name, found.filename, bytes(found.content)) for found in read_form(body, content_type)]


def test_fields_and_files_are_read() -> None:
    assert read(
        field('name="model"', b"whisper"),
        field('name="file"; filename="a b.wav"', b"\x00\r\n--x\r\n\xff", "Content-Type: audio/wav\r\n"),
    ) == [("model", None, b"whisper"), ("file", "a b.wav", b"\x00\r\n--x\r\n\xff")]


@pytest.mark.parametrize(
    "content_type", [TYPE, 'multipart/form-data; charset=utf-8; boundary="xyz"', "Multipart/Form-Data;boundary=xyz"]
)
def test_the_boundary_is_found(content_type: str) -> None:
    assert read(field('name="a"', b"1"), content_type=content_type) == [("a", None, b"1")]


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ("name=a; filename=b.wav", "a", "b.wav"),
        ('filename="b.wav"; name="a"', "a", "b.wav"),
        ('name="a"; filename=""', "a", ""),
        ('name="grün"; filename="ü.wav"', "grün", "ü.wav"),
        ('name="a"; filename="b.wav"; filename*=UTF-8\'\'c.wav', "a", "b.wav"),
    ],
)
def test_names_are_read(disposition: str, name: str, filename: str) -> None:
    assert read(field(disposition, b"x")) == [(name, filename, b"x")]


def test_an_empty_field_is_empty() -> None:
    assert read(field('name="a"', b"")) == [("a", None, b"")]


def test_what_stands_before_the_first_boundary_is_ignored() -> None:
    body = b"preamble\r\n" + field('name="a"', b"1") + b"--xyz--"

    assert [found.text for found in read_form(body, TYPE)] == ["1"]


def test_text_that_is_no_utf_8_is_read_all_the_same() -> None:
    assert FormField("a", None, memoryview(b"gr\xfcn")).text == "gr\ufffdn"


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"--xyz--", "application/json", "not multipart/form-data"),
        (b"--xyz--", "multipart/form-data", "not multipart/form-data"),
        (b"--abc--", TYPE, "does not occur"),
        (b"", TYPE, "does not occur"),
        (b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut', TYPE, "cut off"),
        (b"--xyz\r\nno head\r\n--xyz--", TYPE, "cut off"),
        (b"--xyz\r\nContent-Type: text/plain\r\n\r\nx\r\n--xyz--", TYPE, "no Content-Disposition"),
        (b"--xyz\r\nContent-Disposition: form-data; filename=a\r\n\r\nx\r\n--xyz--", TYPE, "no name"),
        (field('name="a"', b"1") * 101 + b"--xyz--", TYPE, "more than 100"),
    ],
)
def test_what_is_no_form_is_told(body: bytes, content_type: str, words: str) -> None:
    with pytest.raises(MultipartError, match=words):
        read_form(body, content_type)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_an_error(body: bytes) -> None:
    with contextlib.suppress(MultipartError):
        read_form(b"--xyz" + body, TYPE)
