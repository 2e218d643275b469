"""JSON text as real clients send it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.json_text import JsonError, dump_json, load_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_written_reads_back(value: object) -> None:
    assert json.loads(dump_json(value)) == value


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert load_json(rb'{"text": "cut \ud83d"}') == {"text": "cut \ufffd"}


def test_a_whole_surrogate_pair_stays() -> None:
    assert load_json(rb'["\ud83d\ude00 and \ud83d"]') == ["\U0001f600 and \ufffd"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"a": 1,\n "b": }', "line 2, column 7"),
        (b"", "line 1, column 1"),
        (b"\xff", "not UTF-8"),
        (b"[NaN]", "NaN is not a JSON value"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_said(text: bytes, words: str) -> None:
    with pytest.raises(JsonError, match=words):
        load_json(text)
