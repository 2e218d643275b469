"""The form's fields and the document's keys."""

from typing import Any

import pytest

from tray_app.form import field_of_path, read_form, write_form


def test_an_empty_document_gives_the_defaults() -> None:
    assert read_form({}) == {
        "port": 3001,
        "host": "127.0.0.1",
        "include": [],
        "exclude": [],
        "aliases": {},
        "notifications": True,
        "update_check": False,
    }


def test_both_spellings_of_the_filters_are_shown_and_one_is_written() -> None:
    document = {"model_filters": {"include_filters": ["a"], "include": ["b"], "exclude_filters": ["c"], "mine": 1}}

    assert read_form(document)["include"] == ["b", "a"]
    assert write_form(document, {"include": ["x"]}) == {
        "model_filters": {"exclude_filters": ["c"], "mine": 1, "include": ["x"]}
    }


def test_what_becomes_empty_is_removed() -> None:
    document = {"model_filters": {"include": ["a"]}, "model_aliases": {"a": "b"}}

    assert write_form(document, {"include": [], "aliases": {}}) == {"model_filters": None, "model_aliases": None}


@pytest.mark.parametrize("broken", [None, 5, [], "text"])
def test_a_broken_document_can_still_be_shown(broken: Any) -> None:
    assert read_form({"model_filters": broken, "model_aliases": broken})["include"] == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("port", "port"),
        ("model_filters.include[0]", "include"),
        ("model_filters.exclude_filters[1]", "exclude"),
        ("model_aliases.mine", "aliases"),
        ("subAccounts.eu", None),
        ("", None),
    ],
)
def test_an_errors_place_names_the_field(path: str, field: str | None) -> None:
    assert field_of_path(path) == field
