"""`python -m release.checksums FOLDER` writes `SHA256SUMS` over a release's files, as `sha256sum -c` reads it."""

import hashlib
import sys
from pathlib import Path

FILE = "SHA256SUMS"


def write_checksums(folder: Path) -> Path:
    """One line a file, by name; folders are no part of a release."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != FILE)
    lines = [f"{sha256(folder / name)}  {name}\n" for name in names]
    (folder / FILE).write_text("".join(lines), encoding="utf-8", newline="\n")
    return folder / FILE


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_checksums(text: str) -> dict[str, str]:
    """The checksums by file name."""
    return {name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())}


def main() -> int:
    print(write_checksums(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
