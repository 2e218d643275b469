"""Writes the tables of `docs/configuration.md`: keys, environment variables, flags. Leaves the words around them.

`python -m release.configuration_reference` tells whether the page is current, with `--write` makes it so.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from proxy_core.cli import chat, demo_request, doctor, inspect, serve
from proxy_core.settings.keys import SECTIONS, Key
from release.environment_variables import VARIABLES
from release.version import ROOT
from tray_app import __main__ as tray

__all__ = ["PAGE", "PARSERS", "encode_page", "main"]

PAGE = ROOT / "docs" / "configuration.md"
PARSERS: tuple[Callable[[], argparse.ArgumentParser], ...] = (
    serve.build_parser,
    doctor.build_parser,
    tray.build_parser,
    inspect.build_parser,
    chat.build_parser,
    demo_request.build_parser,
)


def encode_page(page: str) -> str:
    """`page` with the tables between its marks `<!-- NAME -->` and `<!-- end of NAME -->` made anew.

    Raises `ValueError` for a page without the marks of a table.
    """
    for name, build in _TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        if begin not in page or end not in page:
            raise ValueError(f"{PAGE.name} lacks the marks {begin.strip()} and {end}.")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{build()}\n\n{end}{rest.partition(end)[2]}"
    return page


def _keys() -> str:
    head = ("key", "takes", "default", "meaning", "of old")
    parts = (f"### {title}\n\n{_table(head, map(_row, keys))}" for title, keys in SECTIONS.items())
    return "\n\n".join(parts)


def _row(key: Key) -> Sequence[str]:
    limits = "" if key.low is None else f", {key.low} to {key.high}"
    older = f" Older spelling: `{key.older}`." if key.older else ""
    shown = isinstance(key.example, dict | list) and key.takes != "object"
    example = f" Example: {_json(key.example)}." if shown else ""
    default = "" if key.default is None else _json(key.default)
    return (
        f"`{key.path}`",
        key.takes + limits,
        default,
        key.meaning + example + older,
        "yes" if key.original else "",
    )


def _variables() -> str:
    parts = (
        f"### {title}\n\n" + _table(("variable", "meaning"), ((f"`{name}`", text) for name, text in rows))
        for title, rows in VARIABLES.items()
    )
    return "\n\n".join(parts)


def _flags() -> str:
    return "\n\n".join(map(_program, PARSERS))


def _program(build: Callable[[], argparse.ArgumentParser]) -> str:
    parser = build()
    options = [action for action in parser._actions if action.dest != "help"]  # noqa: SLF001 - told nowhere else
    head = f"### {parser.prog}\n\n{parser.description}\n\n"
    return f"{head}{_table(('flag', 'meaning'), map(_flag, options))}\n\n{parser.epilog}"


def _flag(action: argparse.Action) -> Sequence[str]:
    takes = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(f"`{option}{takes}`" for option in action.option_strings), action.help or ""


_TABLES: Mapping[str, Callable[[], str]] = {"keys": _keys, "variables": _variables, "flags": _flags}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _json(value: Any) -> str:
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    return f"`{json.dumps(plain, ensure_ascii=False)}`"


def main(argv: list[str] | None = None, page: Path = PAGE) -> int:
    """0 when the page is current or was written, 1 when it is not current."""
    parser = argparse.ArgumentParser(prog="release.configuration_reference", description="Check or write the page.")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(argv)
    old = page.read_text(encoding="utf-8")
    new = encode_page(old)
    if new == old:
        return 0
    if not options.write:
        print(
            f"{page.name} is not current. Run python -m release.configuration_reference --write.", file=sys.stderr
        )
        return 1
    page.write_text(new, encoding="utf-8", newline="\n")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
