"""Printed Python data against Python's own reader of it."""

import ast
import contextlib
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy_core.framing.python_literal import LiteralTextError, load_literal

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    PLAIN | TEXT | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner) | st.tuples(inner, inner),
    max_leaves=20,
)
PIECES = st.sampled_from(
    [*"{}[]():,'\"\\ \nbx0123.-+eE_'", "True", "None", "False", "'a'", "b'a'", "1", "\\n", "\\x41", "u", "'a': 1"]
)


@settings(deadline=None)
@given(VALUES)
def test_whatever_python_prints_is_read_back(value: Any) -> None:
    assert load_literal(repr({"value": value}).encode()) == {"value": value}


@settings(deadline=None)
@given(st.lists(PIECES).map("".join))
def test_what_is_read_means_the_same_to_python(text: str) -> None:
    """JSON is read too, which Python's reader takes for something else only where words differ."""
    try:
        value = load_literal(b"{'v': " + text.encode() + b"}")
    except LiteralTextError:
        return

    assert value == ast.literal_eval("{'v': " + text + "}")


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(LiteralTextError):
        load_literal(data)


def test_an_apostrophe_changes_the_quotes() -> None:
    assert load_literal(b"""{'text': "It's", 'other': 'a "quote"'}""") == {"text": "It's", "other": 'a "quote"'}


def test_words_and_bytes() -> None:
    line = rb"{'a': True, 'b': None, 'c': b'\x00\xffx', 'd': (1, -2.5e-3), 'e': ()}"

    assert load_literal(line) == {"a": True, "b": None, "c": b"\x00\xffx", "d": (1, -0.0025), "e": ()}


def test_json_is_read_as_json() -> None:
    assert load_literal(b'{"a": true, "b": null, "c": "\\u00e9"}') == {"a": True, "b": None, "c": "é"}


def test_infinity_is_a_number() -> None:
    assert math.isinf(load_literal(b"{'a': -inf}")["a"])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{'a'}",
        b"{'a': 1",
        b"{'a': 1} x",
        b"{'a': __import__('os')}",
        b"{'a': 1 + 1}",
        b"{'a': (1)}",
        b"{'a': 'b' 'c'}",
        b"{'a': f'b'}",
        b"{'a': '\\q'}",
        b"{'a': '\\U00110000'}",
        b"{['a']: 1}",
        b"{'a': '\xff'}",
        b"{'a': " + b"[" * 200 + b"]" * 200 + b"}",
    ],
)
def test_what_is_no_plain_data_is_refused(text: bytes) -> None:
    with pytest.raises(LiteralTextError):
        load_literal(text)
