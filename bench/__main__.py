"""`python -m bench`: the proxy beside a direct connection, in one table."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import measure
from bench.rounds import FULL, QUICK
from bench.table import Row, as_markdown, as_text
from bench.upstream import run_upstream

_BEGIN, _END = "<!-- bench: begin -->\n", "<!-- bench: end -->\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0, 1 when something did not start or answer, 2 for bad usage."""
    options = _options(arguments)
    rows: list[Row] = []
    try:
        upstream = _measure(rows, quick=options.quick)
    except (RuntimeError, OSError) as error:
        print(as_text(rows))
        print(error, file=sys.stderr)
        return 1
    conditions = _conditions(upstream, quick=options.quick)
    print(as_text(rows))
    print(conditions)
    if options.write:
        _write(options.write, f"{as_markdown(rows)}\n{conditions}\n")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, with rougher figures")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this Markdown file")
    return parser.parse_args(arguments)


def _measure(rows: list[Row], *, quick: bool) -> str:
    """Fill `rows` as they are measured; returns which upstream answered."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        with run_upstream(directory) as upstream:
            effort = QUICK if quick else FULL
            say = _progress if sys.stderr.isatty() else _silent
            for row in measure(directory, upstream, effort, say):
                rows.append(row)  # noqa: PERF402 - what is measured stays when a later step fails
            return upstream.kind


def _progress(step: str) -> None:
    print(f"{step} …", file=sys.stderr)


def _silent(_step: str) -> None:
    """Nobody watches."""


def _conditions(upstream: str, *, quick: bool) -> str:
    now = datetime.now(UTC)
    length = "quick run" if quick else "full run"
    return (
        f"{length}, {now:%Y-%m-%d}, Python {platform.python_version()} on {platform.system()}, "
        f"{os.cpu_count()} cores, upstream in {upstream}. Times are best of the rounds."
    )


def _write(path: Path, text: str) -> None:
    """Replace what stands between the two marks; the rest of the file stays."""
    before, _, rest = path.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    path.write_text(f"{before}{_BEGIN}{text}{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
