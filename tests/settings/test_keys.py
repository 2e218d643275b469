"""The table of keys is what the loader does: its keys, defaults and limits, and no other key is read."""

import copy
from typing import Any

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.settings.directories import Directories
from proxy_core.settings.keys import KEYS, SECTIONS, Key, known_members
from proxy_core.settings.load import TRAY_KEYS, Loaded, load_document
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import MemorySecretStore
from proxy_core.settings.sub_accounts import FLAT_KEYS
from proxy_core.wire.orchestration import MODULES
from tests.settings.config_folder import SERVICE_KEY, ConfigFolder

WRONG_BY_TYPE: dict[str, list[Any]] = {
    "true or false": ["false", 1],
    "whole number": ["3", 1.5, True],
    "text": ["", 7],
    "path": ["missing.pem", 7],
    "URL": ["proxy.example.com"],
    "list of regular expressions": [["("]],
    "seconds, more than 0": [0, -1, "10"],
    "seconds, 0 or more": [-1, "10"],
    "`debug`, `info`, `warning` or `error`": ["loud"],
    "object: ids by model name": [{"gpt-5": ["https://a.example.com/d1"]}],
    "object: URLs by model name": [{"gpt-5": ["d1"]}],
}
"""Beside a list in a list, which no key takes."""

WRONG = [(key, value) for key in KEYS for value in ([[]], *WRONG_BY_TYPE.get(key.takes, ()))]
OF_THE_ENGINE = [key for key in KEYS if key.path not in TRAY_KEYS]
WITH_DEFAULT = [key for key in KEYS if key.default is not None]
NUMBERS = [key for key in KEYS if key.takes == "whole number"]


def by_path(value: Any) -> str | None:
    return value.path if isinstance(value, Key) else None


class Spy(dict[str, Any]):
    """A JSON object that notes the path of each key that is looked up in it or below it."""

    def __init__(self, value: dict[str, Any], seen: set[str], path: str = "") -> None:
        def spied(item: Any, place: str) -> Any:
            if isinstance(item, list):
                return [spied(entry, f"{place}[]") for entry in item]
            return Spy(item, seen, f"{place}.") if isinstance(item, dict) else item

        super().__init__({name: spied(item, f"{path}{name}") for name, item in value.items()})
        self._seen, self._path = seen, path

    def get(self, key: str, default: Any = None) -> Any:
        self._seen.add(f"{self._path}{key}")
        return super().get(key, default)


def put(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of `document` with `value` at `path`, in a new entry where it leads into a list."""
    changed = place = copy.deepcopy(document)
    *outer, last = path.split(".")
    for name in outer:
        if name.endswith("[]"):
            entry = {} if last in ("key", "secret") else {"key": "a-long-random-key"}
            place.setdefault(name[:-2], []).append(entry)
            place = entry
        else:
            place = place.setdefault(name, {})
    place[last] = value
    return changed


def around(key: Key) -> dict[str, Any]:
    """The least document in which `key` can stand."""
    if key.path == "subAccounts":
        return {}
    document: dict[str, Any] = {"subAccounts": {"NAME": {"service_key_json": SERVICE_KEY}}}
    return put(document, "tls", {"cert": "other.pem", "key": "other.pem"}) if "tls." in key.path else document


def load(folder: ConfigFolder, document: dict[str, Any]) -> Loaded:
    for name in ("server.pem", "other.pem"):
        folder.write(name, "")
    place = folder.path
    secrets = MemorySecretStore()
    secrets.set("api-key/1", Secret("a-key-of-the-keyring"))
    return load_document(
        document,
        place / "config.json",
        directories=Directories(place, place, place),
        working_dir=place,
        secrets=secrets,
    )


def spelled_older(key: Key) -> str:
    return ".".join([*key.path.split(".")[:-1], key.older or key.path.split(".")[-1]])


def holds_others(key: Key) -> bool:
    return any(other.path.startswith(f"{key.path}.") for other in KEYS)


def looked_up(folder: ConfigFolder, *, older: bool) -> set[str]:
    """Where the loader looks in a document that has all keys, names of the user's own left out."""
    document: dict[str, Any] = {}
    for key in KEYS:
        if not holds_others(key):
            document = put(document, spelled_older(key) if older else key.path, key.example)
    seen: set[str] = set()
    load(folder, Spy(document, seen))
    free = {key.path for key in KEYS if key.takes.startswith("object: ")}
    return {path for path in seen if path.rpartition(".")[0] not in free}


def test_loader_reads_the_keys_of_the_table_and_no_others(folder: ConfigFolder) -> None:
    """A key that is missing here wants an entry in `proxy_core/settings/keys.py`, and one too many none."""
    read = looked_up(folder, older=False) | looked_up(folder, older=True)
    in_the_table = {key.path for key in KEYS} | {spelled_older(key) for key in KEYS}

    assert read - set(FLAT_KEYS) == in_the_table


@pytest.mark.parametrize("key", KEYS, ids=by_path)
def test_example_is_taken_without_a_warning(folder: ConfigFolder, key: Key) -> None:
    for path in {key.path, spelled_older(key)}:
        assert load(folder, put(around(key), path, key.example)).warnings == ()


@pytest.mark.parametrize("key", OF_THE_ENGINE, ids=by_path)
def test_example_makes_a_difference(folder: ConfigFolder, key: Key) -> None:
    without = load(folder, around(key)).settings

    for path in {key.path, spelled_older(key)}:
        assert load(folder, put(around(key), path, key.example)).settings != without


@pytest.mark.parametrize("key", WITH_DEFAULT, ids=by_path)
def test_default_is_what_counts_without_the_key(folder: ConfigFolder, key: Key) -> None:
    with_default = load(folder, put(around(key), key.path, key.default))

    assert with_default.settings == load(folder, around(key)).settings


def test_every_switch_has_a_default() -> None:
    assert [key.path for key in KEYS if key.takes == "true or false" and key.default is None] == []


@pytest.mark.parametrize(("key", "wrong"), WRONG, ids=by_path)
def test_wrong_value_is_refused_by_the_name_of_its_key(folder: ConfigFolder, key: Key, wrong: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, put(around(key), key.path, wrong))

    path = key.path.replace("[]", "[0]")
    assert caught.value.path.startswith(path)
    assert str(caught.value).startswith(f"config.json: {path}")


@pytest.mark.parametrize("key", NUMBERS, ids=by_path)
def test_limits_of_a_number_are_those_of_the_loader(folder: ConfigFolder, key: Key) -> None:
    assert key.low is not None
    assert key.high is not None
    load(folder, put(around(key), key.path, key.low))
    load(folder, put(around(key), key.path, key.high))

    for outside in (key.low - 1, key.high + 1):
        with pytest.raises(ConfigurationError, match=f"must be from {key.low} to {key.high}"):
            load(folder, put(around(key), key.path, outside))


def test_flat_form_has_keys_of_a_sub_account() -> None:
    assert set(FLAT_KEYS) < set(known_members("subAccounts.NAME"))


def test_modules_of_orchestration_are_those_of_the_wire() -> None:
    assert known_members("orchestration.NAME") == MODULES


def test_section_of_the_tray_has_the_keys_that_it_obeys() -> None:
    assert {key.path for key in SECTIONS["Tray application"]} == set(TRAY_KEYS)


def test_every_path_stands_once_and_every_meaning_is_a_sentence() -> None:
    assert len({key.path for key in KEYS}) == len(KEYS)
    assert [key.path for key in KEYS if not key.meaning.endswith(".")] == []
