import json

import pytest

from proxy_core.errors import ConfigurationError
from tests.settings.config_folder import SERVICE_KEY
from tests.settings.profile_folder import ProfileFolder

DAMAGED = '{"port": 40'


def test_damaged_file_is_replaced_by_its_backup_for_the_time_being(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    place.profile.change({"port": 4000})
    place.write(DAMAGED)

    loaded = place.restart().settings()

    assert loaded.settings.port == 4000
    assert [account.name for account in loaded.settings.sub_accounts] == ["a"]
    assert "is not valid JSON" in loaded.warnings[0]
    assert "its last good copy is used" in loaded.warnings[0]
    assert (place.path / "config.json").read_text() == DAMAGED


def test_next_change_sets_the_damaged_file_aside(place: ProfileFolder) -> None:
    place.profile.change({"port": 4000})
    for port in (4001, 4002):
        place.write(DAMAGED)
        place.profile.change({"port": port})

    assert place.read() == {"port": 4002}
    assert place.names() == ["config.json", "config.json.bak", "config.json.damaged", "config.json.damaged-2"]
    assert (place.path / "config.json.damaged").read_text() == DAMAGED
    assert place.profile.settings().warnings == ()


@pytest.mark.parametrize("backup", [None, "", "[]"])
def test_damaged_file_without_a_good_backup_stops_everything(place: ProfileFolder, backup: str | None) -> None:
    place.write(DAMAGED)
    if backup is not None:
        (place.path / "config.json.bak").write_text(backup)
    before = place.everything()

    for call in (place.profile.settings, place.profile.ensure_api_key, lambda: place.profile.change({"port": 1})):
        with pytest.raises(ConfigurationError, match=r"config\.json is not valid JSON"):
            call()

    assert place.everything() == before


def test_fresh_beginning_keeps_the_damaged_file(place: ProfileFolder) -> None:
    place.write(DAMAGED)

    kept = place.profile.start_anew()
    place.profile.change({"port": 4000})

    assert kept is not None
    assert kept.read_text() == DAMAGED
    assert place.read() == {"port": 4000}


def test_backup_is_the_last_document_that_loaded(place: ProfileFolder) -> None:
    place.write({"port": 4000})
    place.profile.settings()
    place.write({"port": "abc"})

    with pytest.raises(ConfigurationError, match="port must be"):
        place.profile.settings()

    place.profile.restore_backup()
    assert place.profile.settings().settings.port == 4000
    assert json.loads((place.path / "config.json.damaged").read_text()) == {"port": "abc"}


def test_backup_refers_to_no_secret_that_is_gone(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    key_id, _ = place.profile.ensure_api_key()
    place.profile.rotate_api_key(key_id)
    place.profile.remove_account("a")
    place.write(DAMAGED)

    loaded = place.profile.settings()

    assert len(loaded.warnings) == 1
    assert len(loaded.settings.api_keys) == 1


def test_deleted_file_means_a_fresh_start(place: ProfileFolder) -> None:
    place.profile.change({"port": 4000})
    (place.path / "config.json").unlink()

    assert place.profile.document() == {}


def test_missing_backup_is_told(place: ProfileFolder) -> None:
    place.write({"port": 4000})

    with pytest.raises(ConfigurationError, match=r"The backup .*config\.json\.bak does not exist"):
        place.profile.restore_backup()

    assert place.read() == {"port": 4000}
