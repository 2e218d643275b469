"""The changelog at a release: its open section gets version and day, and a release's notes are read from it.

`python -m release.changelog close` and `python -m release.changelog notes [VERSION]`.
"""

import argparse
import datetime
import re
import sys

from release.version import ROOT, read_version

PLACE = ROOT / "CHANGELOG.md"
OPEN = "## Unreleased"
_HEADING = re.compile(r"^## ", re.MULTILINE)


class ChangelogError(Exception):
    """The changelog lacks what is asked of it; `str()` says what to do."""


def close_section(text: str, version: str, day: datetime.date) -> str:
    """The text with a new, empty open section above the one of `version`."""
    if f"## {version} " in text:
        raise ChangelogError(f"The changelog has a section for {version} already. Raise the version first.")
    if not read_section(text, OPEN):
        raise ChangelogError("The section 'Unreleased' of the changelog is empty. Write what changed for users.")
    return text.replace(OPEN, f"{OPEN}\n\n## {version} - {day.isoformat()}", 1)


def read_section(text: str, heading: str) -> str:
    """What stands below the first heading that begins so, without the heading."""
    start = text.find(heading)
    if start < 0:
        raise ChangelogError(f"The changelog has no section '{heading.removeprefix('## ')}'.")
    body = text[text.index("\n", start) + 1 :]
    end = _HEADING.search(body)
    return body[: end.start() if end else None].strip()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="release.changelog", description="Close a section, or print one.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("close")
    commands.add_parser("notes").add_argument("version", nargs="?", default=read_version())
    options = parser.parse_args(argv)
    text = PLACE.read_text(encoding="utf-8")
    try:
        if options.command == "notes":
            print(read_section(text, f"## {options.version} "))
        else:
            today = datetime.datetime.now(datetime.UTC).date()
            PLACE.write_text(close_section(text, read_version(), today), encoding="utf-8")
    except ChangelogError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
