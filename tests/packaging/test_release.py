"""The scripts of a release: version, changelog, checksums, manifests, bill of materials."""

import datetime
import hashlib
import json
from pathlib import Path

import pytest

from proxy_core.version import VERSION
from release.bill_of_materials import build_bill
from release.changelog import ChangelogError, close_section, read_section
from release.checksums import read_checksums, write_checksums
from release.manifests import FILES, ManifestError, build_manifests
from release.version import ROOT, bump_version, read_version

CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- A thing.\n\n## 1.0.0 - 2025-01-01\n\n- Old.\n"
DAY = datetime.date(2026, 2, 3)


def test_version_is_read_from_its_one_place() -> None:
    assert read_version() == VERSION


def test_version_stands_nowhere_else() -> None:
    """Else a release would have to change two files."""
    places = [ROOT / "pyproject.toml", ROOT / "setup.py", ROOT / "Dockerfile", *(ROOT / "build_specs").glob("*.*")]

    assert [path.name for path in places if VERSION in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(("part", "expected"), [("patch", "1.2.4"), ("minor", "1.3.0"), ("major", "2.0.0")])
def test_bump_sets_what_stands_behind_to_zero(part: str, expected: str, tmp_path: Path) -> None:
    place = tmp_path / "version.py"
    place.write_text('"""Doc."""\n\nVERSION = "1.2.3"\n')

    assert bump_version(part, place) == expected
    assert place.read_text() == f'"""Doc."""\n\nVERSION = "{expected}"\n'


def test_closed_changelog_has_a_new_open_section() -> None:
    text = close_section(CHANGELOG, "1.1.0", DAY)

    assert read_section(text, "## Unreleased") == ""
    assert read_section(text, "## 1.1.0 ") == "### Added\n\n- A thing."
    assert "## 1.1.0 - 2026-02-03" in text


def test_changelog_is_not_closed_twice_for_one_version() -> None:
    with pytest.raises(ChangelogError, match="Raise the version"):
        close_section(CHANGELOG, "1.0.0", DAY)


def test_release_without_a_word_in_the_changelog_is_refused() -> None:
    with pytest.raises(ChangelogError, match="empty"):
        close_section(close_section(CHANGELOG, "1.1.0", DAY), "1.2.0", DAY)


def test_checksums_come_back_as_written(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_bytes(b"a")
    (tmp_path / "folder").mkdir()

    found = read_checksums(write_checksums(tmp_path).read_text())

    assert found == {"a.deb": hashlib.sha256(b"a").hexdigest()}


def test_manifests_name_version_repository_and_checksums() -> None:
    checksums = {name.format(version="1.2.3"): f"{number:064x}" for number, name in enumerate(FILES.values())}

    manifests = build_manifests(checksums, "1.2.3", "owner/name")

    assert set(manifests) >= {"homebrew/ai-core-proxy.rb", "aur/PKGBUILD", "aur/.SRCINFO"}
    assert len([name for name in manifests if name.startswith("winget/")]) == 3
    assert 'version "1.2.3"' in manifests["homebrew/ai-core-proxy.rb"]
    assert f"{3:064x}" in manifests["aur/PKGBUILD"]
    assert "owner/name" in manifests["winget/AICoreProxy.AICoreProxy.installer.yaml"]
    assert not [name for name, text in manifests.items() if "$version" in text or "$sha" in text]


def test_release_that_lacks_a_package_gets_no_manifests() -> None:
    with pytest.raises(ManifestError, match="does not list"):
        build_manifests({}, "1.2.3", "owner/name")


def test_bill_of_materials_lists_each_library_of_the_lock_once() -> None:
    lock = (ROOT / "requirements" / "package.txt").read_text(encoding="utf-8")

    bill = json.loads(json.dumps(build_bill(lock, VERSION)))

    names = [component["name"] for component in bill["components"]]
    assert len(names) == len(set(names))
    assert {"flask", "waitress", "pyinstaller", "keyring"} <= set(names)
    assert all(component["hashes"] for component in bill["components"])
