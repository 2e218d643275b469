"""The page on troubles quotes what the program really says."""

import re
from pathlib import Path

from proxy_core.doctor import finding

REPOSITORY = Path(finding.__file__).parents[2]
PAGE = REPOSITORY / "docs" / "troubleshooting.md"
_ROW = re.compile(r"^\| ([^|]+) \|", re.MULTILINE)
_QUOTED = re.compile(r"`([A-Za-z][^`]* [^`]*)`")
"""Words in code marks; one word alone is a name, not a message."""


def sources() -> str:
    """The program's text with the pieces of split sentences put together, and every inserted value as a dot."""
    text = "".join(path.read_text("utf-8") for path in (REPOSITORY / "proxy_core").rglob("*.py"))
    joined = re.sub(r'"\s*\n\s*f?"', "", text)
    return re.sub(r"\{[^{}]*\}", ".", joined)


def test_every_quoted_message_is_in_the_program() -> None:
    quotes = [quote for row in _ROW.findall(PAGE.read_text("utf-8")) for quote in _QUOTED.findall(row)]
    said = sources()

    assert len(quotes) > 20
    assert [quote for quote in quotes if quote not in said] == []
