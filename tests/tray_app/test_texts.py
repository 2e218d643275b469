"""Both languages are complete."""

import string
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from proxy_core.client_settings import Client
from proxy_core.settings.encrypted_store import EncryptedFileStore
from proxy_core.settings.keyring_store import _BY_BACKEND
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import MemorySecretStore
from tray_app.snapshot import ProblemKind, State
from tray_app.texts import ENGLISH, GERMAN, Texts, choose_texts

SAME_IN_BOTH = {
    "program", "demo", "cline_editor", "clients.claude_code", "clients.codex", "clients.opencode", "clients.cline",
    "clients.cherry_studio", "clients.cursor", "account_failed",
}  # fmt: skip


def texts_of(value: Any, path: str = "") -> dict[str, str]:
    """Every text by its place."""
    if isinstance(value, str):
        return {path: value}
    if is_dataclass(value):
        members: dict[Any, Any] = {field.name: getattr(value, field.name) for field in fields(value)}
    else:
        assert isinstance(value, Mapping)
        members = dict(value)
    found: dict[str, str] = {}
    for name, member in members.items():
        word = name.value if isinstance(name, Enum) else name
        place = word if not path or path == "client_words" else f"{path}.{word}"
        found |= texts_of(member, place)
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    english, german = texts_of(ENGLISH), texts_of(GERMAN)

    assert english.keys() == german.keys()
    assert {name: placeholders(text) for name, text in english.items()} == {
        name: placeholders(text) for name, text in german.items()
    }


def test_german_is_another_language_than_english() -> None:
    english, german = texts_of(ENGLISH), texts_of(GERMAN)

    assert {name for name in english if english[name] == german[name]} <= SAME_IN_BOTH


@pytest.mark.parametrize("texts", [ENGLISH, GERMAN])
def test_no_text_is_missing(texts: Texts) -> None:
    assert all(text.strip() == text != "" for text in texts_of(texts).values())
    assert texts.states.keys() == set(State)
    assert texts.problems.keys() == texts.advice.keys() == set(ProblemKind)
    assert texts.clients.keys() == texts.client_places.keys() == set(Client)


def test_every_store_of_secrets_has_a_name_for_people(tmp_path: Path) -> None:
    labels = {
        MemorySecretStore.label,
        EncryptedFileStore(tmp_path / "secrets", Secret("a long passphrase")).label,
        *(place.label for place in _BY_BACKEND.values()),
    }

    assert ENGLISH.stores.keys() == GERMAN.stores.keys() == labels


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("de", GERMAN),
        ("de_AT.UTF-8", GERMAN),
        ("DE-CH", GERMAN),
        ("en_US", ENGLISH),
        ("fr", ENGLISH),
        ("C", ENGLISH),
    ],
)
def test_the_language_decides(language: str, texts: Texts) -> None:
    assert choose_texts(language) is texts
