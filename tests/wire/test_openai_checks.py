"""Checks of a client's JSON and the paths that they name."""

from typing import Any

import pytest

from proxy_core.errors import ClientError
from proxy_core.wire.openai.body_checks import check_chat_fields, check_responses_fields
from proxy_core.wire.openai.checks import Check, flag, list_of, number, object_of, schema_root, text, whole, word


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (text, ""),
        (flag, False),
        (word("auto", "none"), "none"),
        (number(0, 2), 2),
        (number(0, 2), 0.5),
        (whole(1, 9), 9),
        (whole(), -3.0),
        (list_of(text), []),
        (object_of({"a": text}), {"a": None, "b": 7}),
        (schema_root, {"type": "object", "properties": {}}),
    ],
)
def test_what_is_right_passes(check: Check, value: Any) -> None:
    check(value, "field")


@pytest.mark.parametrize(
    ("check", "value", "path", "told"),
    [
        (text, 7, "field", "`field` must be a string, not a number."),
        (flag, "yes", "field", "`field` must be true or false, not a string."),
        (word("auto", "none"), [], "field", "`field` must be one of auto, none."),
        (number(0, 2), True, "field", "`field` must be a number, not a boolean."),
        (number(0, 2), 2.5, "field", "`field` must be a number from 0 to 2."),
        (whole(1), 0, "field", "`field` must be at least 1."),
        (whole(1, 9), 10, "field", "`field` must be at most 9."),
        (whole(1), 1.5, "field", "`field` must be a whole number."),
        (list_of(text), ["a", 7], "field[1]", "`field[1]` must be a string, not a number."),
        (object_of({"a": text}, "a"), {}, "field.a", "`field.a` must be a string."),
        (object_of({"a": list_of(text)}), {"a": [7]}, "field.a[0]", "`field.a[0]` must be a string, not a number."),
        (schema_root, {"properties": None}, "field.properties", "`field.properties` must be an object."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_path(check: Check, value: Any, path: str, told: str) -> None:
    with pytest.raises(ClientError) as caught:
        check(value, "field")
    assert (caught.value.param, caught.value.message) == (path, told)


@pytest.mark.parametrize("check", [check_chat_fields, check_responses_fields])
def test_fields_that_nobody_knows_are_not_judged(check: Any) -> None:
    check({"model": 7, "of_another_vendor": [], "temperature": None})
