import json
import stat
from pathlib import Path

import pytest

from proxy_core.settings.encrypted_store import ENCRYPTED_FILE_NAME, EncryptedFileStore
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStoreError

PHRASE = Secret("correct horse")
KEY = "service-key/a"
LONG = Secret("demo-secret-ü\U0001f600" * 900)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / ENCRYPTED_FILE_NAME


def test_secret_comes_back_with_the_passphrase(path: Path) -> None:
    EncryptedFileStore(path, PHRASE).set(KEY, LONG)

    assert EncryptedFileStore(path, PHRASE).get(KEY) == LONG


def test_file_is_private_and_holds_neither_names_nor_secrets(path: Path) -> None:
    EncryptedFileStore(path, PHRASE).set(KEY, LONG)

    text = path.read_text()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(word in text for word in ("service-key", "demo-secret", "horse"))


def test_nothing_is_written_before_the_first_secret(path: Path) -> None:
    EncryptedFileStore(path, PHRASE).delete(KEY)

    assert not path.exists()


def test_wrong_passphrase_is_told_and_changes_nothing(path: Path) -> None:
    EncryptedFileStore(path, PHRASE).set(KEY, LONG)
    before = path.read_bytes()

    with pytest.raises(SecretStoreError, match="passphrase does not open"):
        EncryptedFileStore(path, Secret("wrong"))

    assert path.read_bytes() == before


def test_short_passphrase_is_refused_for_a_new_file(path: Path) -> None:
    with pytest.raises(SecretStoreError, match="8 characters or more"):
        EncryptedFileStore(path, Secret("short"))


def test_deleted_secret_is_gone_and_the_others_stay(path: Path) -> None:
    store = EncryptedFileStore(path, PHRASE)
    store.set(KEY, LONG)
    store.set("api-key/1", Secret("one"))

    store.delete(KEY)
    store.delete(KEY)

    again = EncryptedFileStore(path, PHRASE)
    assert (again.get(KEY), again.get("api-key/1")) == (None, Secret("one"))


def test_each_writing_is_encrypted_anew(path: Path) -> None:
    store = EncryptedFileStore(path, PHRASE)
    store.set(KEY, LONG)
    first = json.loads(path.read_text())
    store.set(KEY, LONG)

    assert first["nonce"] != json.loads(path.read_text())["nonce"]


def test_failed_writing_keeps_the_secret_as_it_was(path: Path) -> None:
    store = EncryptedFileStore(path, PHRASE)
    store.set(KEY, LONG)
    path.unlink()
    path.mkdir()

    with pytest.raises(SecretStoreError, match="cannot be written"):
        store.set(KEY, Secret("new"))

    assert store.get(KEY) == LONG


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"data": "AAAA"}, "passphrase does not open"),
        ({"data": 5}, "is damaged"),
        ({"nonce": "AAAA"}, "is damaged"),
        ({"version": 2}, "is damaged"),
        ({"scrypt": {"n": 2**30, "r": 8, "p": 1, "salt": "AAAA"}}, "is damaged"),
        ({"scrypt": {"n": 3, "r": 8, "p": 1, "salt": "AAAA"}}, "is damaged"),
        ({"scrypt": {"n": 2, "r": 8, "p": 1, "salt": "AAAA"}}, "passphrase does not open"),
    ],
)
def test_changed_file_is_told(path: Path, change: dict[str, object], line: str) -> None:
    EncryptedFileStore(path, PHRASE).set(KEY, LONG)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    with pytest.raises(SecretStoreError, match=line):
        EncryptedFileStore(path, PHRASE)


@pytest.mark.parametrize("text", ["", "[]", "{}", "garbage"])
def test_file_of_another_kind_is_told(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)

    with pytest.raises(SecretStoreError, match="is damaged"):
        EncryptedFileStore(path, PHRASE)
