"""Manifests for Homebrew, winget and the AUR, from a release's files and their `SHA256SUMS`.

`python -m release.manifests FILES OUT --repository owner/name`. The results are handed in at those places by
hand; nothing here sends anything.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template

from release.checksums import FILE, read_checksums
from release.version import ROOT, read_version

TEMPLATES = ROOT / "release" / "templates"
FILES: Mapping[str, str] = {
    "sha_dmg_arm64": "ai-core-proxy-{version}-macos-arm64.dmg",
    "sha_dmg_x86_64": "ai-core-proxy-{version}-macos-x86_64.dmg",
    "sha_setup": "ai-core-proxy-{version}-windows-setup.exe",
    "sha_tar_x86_64": "ai-core-proxy-{version}-linux-x86_64.tar.xz",
    "sha_tar_aarch64": "ai-core-proxy-{version}-linux-aarch64.tar.xz",
}
"""The file of a release behind each checksum of the templates."""

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


class ManifestError(Exception):
    """The release lacks something; `str()` says what."""


def build_manifests(checksums: Mapping[str, str], version: str, repository: str) -> dict[str, str]:
    """The text of each manifest, by its path. Raises `ManifestError` for a file that the release lacks."""
    if not _REPOSITORY.fullmatch(repository):
        raise ManifestError(f"The repository is written owner/name, not {repository!r}.")
    values = {"version": version, "repository": repository, **_find_checksums(checksums, version)}
    values["SHA_SETUP"] = values["sha_setup"].upper()  # as winget writes them
    return {
        path.relative_to(TEMPLATES).as_posix(): Template(path.read_text(encoding="utf-8")).substitute(values)
        for path in sorted(TEMPLATES.rglob("*"))
        if path.is_file()
    }


def _find_checksums(checksums: Mapping[str, str], version: str) -> dict[str, str]:
    names = {key: name.format(version=version) for key, name in FILES.items()}
    missing = sorted(name for name in names.values() if name not in checksums)
    if missing:
        raise ManifestError(f"{FILE} does not list {', '.join(missing)}.")
    return {key: checksums[name] for key, name in names.items()}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="release.manifests", description="Write manifests for package managers.")
    parser.add_argument("files", type=Path, help=f"the folder with the release's files and {FILE}")
    parser.add_argument("out", type=Path)
    parser.add_argument("--repository", required=True, metavar="OWNER/NAME")
    options = parser.parse_args(argv)
    try:
        checksums = read_checksums((options.files / FILE).read_text(encoding="utf-8"))
        manifests = build_manifests(checksums, read_version(), options.repository)
    except ManifestError as error:
        print(error, file=sys.stderr)
        return 1
    for name, text in manifests.items():
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
