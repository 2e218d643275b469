"""Objects cut out of a stream of JSON."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.upstream_families.gemini.json_values import JsonObjectReader

TEXTS = st.text(alphabet='ab{}[]",\\ é\n')
VALUES = st.recursive(
    TEXTS | st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
OBJECTS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=4)


@given(OBJECTS, st.booleans(), st.integers(1, 7))
def test_every_object_comes_out_however_the_bytes_are_cut(
    objects: list[dict[str, Any]], ascii_only: bool, step: int
) -> None:
    data = json.dumps(objects, ensure_ascii=ascii_only, indent=1).encode()
    reader = JsonObjectReader()

    found = [item for start in range(0, len(data), step) for item in reader.feed(data[start : start + step])]

    assert [json.loads(item) for item in found + reader.close()] == objects


def test_an_object_that_does_not_end_is_not_given() -> None:
    reader = JsonObjectReader()

    assert reader.feed(b'[{"a":1},{"b":') == [b'{"a":1}']
    assert reader.close() == []
