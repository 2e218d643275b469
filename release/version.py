"""The version: show it, raise it. It stands in `proxy_core/version.py` alone.

`python -m release.version show` prints it, `… bump patch` (or `minor`, `major`) writes the next one and prints it.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "proxy_core" / "version.py"
_LINE = re.compile(r'^VERSION = "(\d+)\.(\d+)\.(\d+)"$', re.MULTILINE)
PARTS = ("major", "minor", "patch")


class VersionError(Exception):
    """The version does not stand where it should."""


def read_version(place: Path = PLACE) -> str:
    return ".".join(_find(place.read_text(encoding="utf-8")).groups())


def bump_version(part: str, place: Path = PLACE) -> str:
    """Raise `part` by one and set those behind it to zero; gives the new version."""
    text = place.read_text(encoding="utf-8")
    found = _find(text)
    numbers = [int(number) for number in found.groups()]
    index = PARTS.index(part)
    numbers[index:] = [numbers[index] + 1, *([0] * (len(PARTS) - index - 1))]
    version = ".".join(map(str, numbers))
    place.write_text(text[: found.start()] + f'VERSION = "{version}"' + text[found.end() :], encoding="utf-8")
    return version


def _find(text: str) -> re.Match[str]:
    found = _LINE.search(text)
    if found is None:
        raise VersionError(f'{PLACE.name} has no line VERSION = "1.2.3".')
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="release.version", description="Show or raise the version.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show")
    commands.add_parser("bump").add_argument("part", choices=PARTS)
    options = parser.parse_args(argv)
    print(read_version() if options.command == "show" else bump_version(options.part))
    return 0


if __name__ == "__main__":
    sys.exit(main())
