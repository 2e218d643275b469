"""What all command lines share: bad usage in one line, failures in one line, exit codes. Knows no command."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from proxy_core.errors import ConfigurationError

__all__ = ["BAD_USAGE", "FAILED", "CommandFailedError", "Parser", "run_program"]

FAILED = 1
BAD_USAGE = 2
"""Also for a configuration that cannot work."""


class CommandFailedError(Exception):
    """The work could not be done. `str()` is one line for people."""


class Parser(argparse.ArgumentParser):
    """Tells bad usage in one line. Every program has `-d`; `exit_codes` close its help."""

    def __init__(self, program: str, description: str, exit_codes: str) -> None:
        super().__init__(
            prog=program,
            description=description,
            epilog=f"Exit codes: {exit_codes}",
            allow_abbrev=False,
            formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=32, width=100),
        )
        self.add_argument("-d", "--debug", action="store_true", help="say more, also where an error comes from")

    def add_config_argument(self) -> None:
        self.add_argument(
            "-c",
            "--config",
            type=Path,
            metavar="FILE",
            help="the config file (default: config.json here, then in the user's config folder)",
        )

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}. See {self.prog} --help.\n")


def run_program(program: str, body: Callable[[], int], *, debug: bool, interrupted: int) -> int:
    """Run `body` and return the exit code: its own, `interrupted` after Ctrl-C, 1 for a failure, 2 for a bad
    configuration. A failure is one line on standard error, with `debug` below a traceback."""
    _write_what_the_terminal_can()
    try:
        return body()
    except ConfigurationError as error:
        return _fail(program, error, str(error), BAD_USAGE, debug)
    except CommandFailedError as error:
        return _fail(program, error, str(error), FAILED, debug)
    except KeyboardInterrupt:
        return interrupted
    except BrokenPipeError:
        _forget_output()
        return FAILED
    except Exception as error:  # the program's top level
        return _fail(program, error, _describe_bug(error), FAILED, debug)


def _fail(program: str, error: Exception, line: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    print(f"{program}: {line}", file=sys.stderr)
    return code


def _describe_bug(error: Exception) -> str:
    """The error's own words may hold a secret, so only its kind and its place are told."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name} line {place.lineno}"
    return f"Stopped by a bug of its own, {type(error).__name__} in {where}. Run it with -d to see more."


def _write_what_the_terminal_can() -> None:
    """A character that the terminal's encoding lacks becomes a question mark instead of an error."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _forget_output() -> None:
    """The reader of the output has gone. Without this Python would complain again at its exit."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)
