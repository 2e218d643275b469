import stat
from pathlib import Path

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.settings.api_keys import ApiKeys, find_api_keys, keep_api_keys, resolve_api_keys
from proxy_core.settings.model import Settings
from proxy_core.settings.secret import Secret


def settings_in(folder: Path, *keys: str) -> Settings:
    config = folder / "config"
    return Settings(
        config_dir=config, state_dir=folder, cache_dir=folder, api_keys=tuple(Secret(key) for key in keys)
    )


def test_configured_keys_are_used(tmp_path: Path) -> None:
    found = resolve_api_keys(settings_in(tmp_path, "one", "two"))

    assert [key.reveal() for key in found.keys] == ["one", "two"]
    assert (found.generated_in, found.is_new) == (None, False)
    assert list(tmp_path.iterdir()) == []


def make_key(folder: Path) -> ApiKeys:
    """A key as a first start makes and keeps it."""
    made = resolve_api_keys(settings_in(folder))
    keep_api_keys(made)
    return made


def test_key_of_256_bits_is_made_when_none_is_configured(tmp_path: Path) -> None:
    found = resolve_api_keys(settings_in(tmp_path))

    assert found.is_new
    assert len(found.keys[0].reveal()) >= 43


def test_nothing_is_written_until_the_key_is_kept(tmp_path: Path) -> None:
    resolve_api_keys(settings_in(tmp_path))

    assert list(tmp_path.iterdir()) == []
    assert find_api_keys(settings_in(tmp_path)) is None


def test_kept_key_is_read_again(tmp_path: Path) -> None:
    made = make_key(tmp_path)

    again = resolve_api_keys(settings_in(tmp_path))

    assert (again.keys, again.is_new) == (made.keys, False)


def test_kept_key_is_for_this_user_only(tmp_path: Path) -> None:
    path = make_key(tmp_path).generated_in

    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_unusable_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file stands in the way")

    with pytest.raises(ConfigurationError, match="secret_authentication_tokens"):
        make_key(tmp_path)
