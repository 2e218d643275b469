import stat
from pathlib import Path

import pytest

from proxy_core.settings.json_file import read_json_object, write_private_json, write_private_text


def test_written_json_is_read_again(tmp_path: Path) -> None:
    write_private_json(tmp_path / "new" / "a.json", {"text": "ä"})

    assert read_json_object(tmp_path / "new" / "a.json", "The file") == {"text": "ä"}


def test_written_file_is_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o644)

    write_private_text(path, "new")

    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)


def test_failed_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()

    with pytest.raises(OSError, match=r"a\.txt"):
        write_private_text(tmp_path / "a.txt", "new")

    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
