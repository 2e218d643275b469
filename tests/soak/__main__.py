"""`make soak`: 32 clients for twenty minutes against a SAP on a bad day."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.soak.soak import run_soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1, help="another one gives other troubles")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))  # left behind: its log tells more of a problem
    report = run_soak(folder, seconds=options.minutes * 60, clients=options.clients, seed=options.seed, say=_say)
    _say(str(report))
    for problem in report.problems:
        _say(f"PROBLEM: {problem}")
    return 1 if report.problems else 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
