"""`python -m bench`: the proxy beside a direct connection in one table, the packaged program in another."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import measure
from bench.packaged import find_bundle, measure_packaged, read_version
from bench.rounds import FULL, QUICK, Effort
from bench.table import Row, as_markdown, as_text
from bench.upstream import run_upstream


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0, 1 when something did not start or answer, 2 for bad usage."""
    options = _options(arguments)
    for name, measure_rows in _TABLES.items():
        if options.packaged and name != "packaged":
            continue
        rows: list[Row] = []
        try:
            conditions = measure_rows(rows, options.quick)
        except (RuntimeError, OSError) as error:
            print(as_text(rows))
            print(error, file=sys.stderr)
            return 1
        print("\n".join([*([as_text(rows)] if rows else []), conditions]))
        if options.write and rows:
            _write(options.write, name, f"{as_markdown(rows)}\n{conditions}\n")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, with rougher figures")
    parser.add_argument("--packaged", action="store_true", help="only the program that `make build` made")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this Markdown file")
    return parser.parse_args(arguments)


def _measure_proxy(rows: list[Row], quick: bool) -> str:
    """Fill `rows` as they are measured; returns under which conditions."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        with run_upstream(directory) as upstream:
            say = _progress if sys.stderr.isatty() else _silent
            for row in measure(directory, upstream, _effort(quick), say):
                rows.append(row)  # noqa: PERF402 - what is measured stays when a later step fails
            return _conditions(f"Python {platform.python_version()}", upstream.kind, quick)


def _measure_packaged(rows: list[Row], quick: bool) -> str:
    """Likewise for the program that was built, if one was."""
    bundle = find_bundle()
    if bundle is None:
        return "The packaged program was not measured: there is none. `make build` makes it."
    version = read_version(bundle)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        with run_upstream(directory) as upstream:
            for row in measure_packaged(bundle, directory, upstream, _effort(quick), _complain):
                rows.append(row)  # noqa: PERF402 - as above
            return _conditions(version, upstream.kind, quick)


_TABLES: Mapping[str, Callable[[list[Row], bool], str]] = {"bench": _measure_proxy, "packaged": _measure_packaged}
"""What fills each table, by the name in the marks around it."""


def _effort(quick: bool) -> Effort:
    return QUICK if quick else FULL


def _progress(step: str) -> None:
    print(f"{step} …", file=sys.stderr)


def _silent(_step: str) -> None:
    """Nobody watches."""


def _complain(words: str) -> None:
    print(words, file=sys.stderr)


def _conditions(program: str, upstream: str, quick: bool) -> str:
    now = datetime.now(UTC)
    length = "quick run" if quick else "full run"
    return (
        f"{length}, {now:%Y-%m-%d}, {program} on {platform.system()}, "
        f"{os.cpu_count()} cores, upstream in {upstream}. Times are best of the rounds."
    )


def _write(path: Path, name: str, text: str) -> None:
    """Replace what stands between the two marks of this name; the rest of the file stays. Raises `RuntimeError`
    when they are not there."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise RuntimeError(f"{path} has no place for this table: {begin.strip()} and {end.strip()}.")
    path.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
