"""`sap-ai-proxy-tray`: reads the command line, finds the profile and runs the program with the tray icon."""

import argparse
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from proxy_core.cli.demo_marks import DEMO_HEADER
from proxy_core.cli.log_setup import set_up_logging
from proxy_core.cli.program import FAILED, Parser, run_program
from proxy_core.engine import EngineOptions
from proxy_core.errors import ConfigurationError
from proxy_core.settings.directories import Directories, resolve_directories
from proxy_core.settings.import_config import import_config
from proxy_core.settings.keyring_store import open_keyring_store
from proxy_core.settings.load import Overrides
from proxy_core.settings.profile import Profile
from proxy_core.settings.secret_store import MemorySecretStore, SecretStore
from proxy_core.version import version_line
from tray_app.alert import show_alert
from tray_app.autostart import open_autostart
from tray_app.crash import CrashLog
from tray_app.language import detect_language
from tray_app.opening import clean_own_environment
from tray_app.profile_source import FileSource, KeySource, ProfileSource, Surroundings
from tray_app.program import LOG_FILE, TrayProgram
from tray_app.single_instance import SingleInstance
from tray_app.snapshot import Snapshot, State
from tray_app.texts import Texts, choose_texts

__all__ = ["build_parser", "main"]

_PROGRAM = "sap-ai-proxy-tray"
_LOCKS = {False: "tray.lock", True: "tray-demo.lock"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the user quits. 0 for a clean end or a second start, 1 for a failure, 2 for bad usage."""
    options = _parse_arguments(argv)
    if options.version:
        _say(version_line())
        return 0
    clean_own_environment()
    if options.self_test:
        from tray_app.self_test import run_self_test

        return run_self_test(os.environ, _say)
    return run_program(_PROGRAM, lambda: _run_and_tell(options, os.environ), debug=options.debug, interrupted=0)


def build_parser() -> Parser:
    """The command line of `sap-ai-proxy-tray`."""
    parser = Parser(
        _PROGRAM,
        "Serve the models of SAP AI Core to any OpenAI or Anthropic client, from an icon in the tray.",
        "0 ended or runs already, 1 failed, 2 bad usage.",
    )
    parser.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="use this config file and leave it as it is"
    )
    parser.add_argument("-p", "--port", type=int, help="the port to listen on; with --demo or -c only")
    parser.add_argument("--demo", action="store_true", help="use a simulated SAP AI Core; no account needed")
    parser.add_argument(
        "--self-test", action="store_true", help="check this installation, one line a check, and exit"
    )
    parser.add_argument("-v", "--version", action="store_true", help="print program, version and commit, and exit")
    return parser


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = build_parser()
    options = parser.parse_args(argv)
    if options.port is not None and not (options.demo or options.config):
        parser.error("--port goes with --demo or -c; else set the port on the settings page")
    if options.demo and options.config:
        parser.error("--demo brings its own configuration; leave -c out")
    return options


def _run_and_tell(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """A failure is also shown on the desktop: whoever started the program by a click sees no terminal."""
    texts = choose_texts(detect_language(environ))
    try:
        return _run(options, environ, texts)
    except ConfigurationError as error:
        _alert(texts.program, str(error), environ)
        raise
    except Exception as error:
        logging.getLogger("tray_app").critical("The program crashed", exc_info=error)
        _alert(texts.program, texts.crashed, environ)
        raise


def _alert(title: str, text: str, environ: Mapping[str, str]) -> None:
    if sys.stderr is None or not sys.stderr.isatty():
        show_alert(title, text, environ)


def _run(options: argparse.Namespace, environ: Mapping[str, str], texts: Texts) -> int:
    directories = resolve_directories(environ)
    with ExitStack() as stack:
        instance = SingleInstance(directories.config / _LOCKS[options.demo], logging.getLogger("tray_app"))
        stack.callback(instance.close)
        if not _is_first(instance, directories.config, texts):
            shown = instance.show_first()
            _say(texts.already_running if shown else texts.first_is_silent)
            return 0 if shown else FAILED
        home = stack.enter_context(_demo_home(options)) if options.demo else _own_home(directories, environ)
        log = set_up_logging("debug" if options.debug else "info", home.directories.state, LOG_FILE)
        crashes = CrashLog(log, home.directories.state)
        crashes.start()
        stack.callback(crashes.stop)
        program = _build_program(
            options, home, Surroundings(environ, home.environ, open_autostart(environ), texts, log)
        )
        stack.callback(program.close)
        if options.demo:
            program.controller.add_listener(_DemoBanner())
        program.run(instance)
    return 0


def _is_first(instance: SingleInstance, folder: Path, texts: Texts) -> bool:
    try:
        return instance.acquire()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(texts.folder_unusable.format(folder=folder, reason=reason)) from error


@dataclass(frozen=True, slots=True)
class _Home:
    """Where this run keeps its settings; `environ` gives credentials and folders."""

    directories: Directories
    environ: Mapping[str, str]
    open_store: Callable[[], SecretStore]


def _own_home(directories: Directories, environ: Mapping[str, str]) -> _Home:
    return _Home(directories, environ, lambda: open_keyring_store(environ))


@contextmanager
def _demo_home(options: argparse.Namespace) -> Iterator[_Home]:
    """A profile for the simulator, in memory and in a folder that is removed at the end."""
    from proxy_core.cli.demo import demo_config  # the simulator makes every start slower

    store = MemorySecretStore()
    with (
        demo_config() as document,
        tempfile.TemporaryDirectory(prefix="ai-core-proxy-demo-", ignore_cleanup_errors=True) as folder,
    ):
        environ = {"AI_CORE_PROXY_HOME": folder}
        directories = resolve_directories(environ)
        port = {} if options.port is None else {"port": options.port}
        import_config(Profile(directories.config, store, environ), json.dumps({**document, **port}))
        yield _Home(directories, environ, lambda: store)


class _DemoBanner:
    """Says once in the terminal what runs and how to try it, as the demo without a tray does."""

    def __init__(self) -> None:
        self._said = False

    def __call__(self, snapshot: Snapshot) -> None:
        from proxy_core.cli.demo import demo_banner

        if snapshot.state is State.RUNNING and not self._said:
            self._said = True
            _say(demo_banner(snapshot.base_url, len(snapshot.models)))


def _build_program(options: argparse.Namespace, home: _Home, around: Surroundings) -> TrayProgram:
    if options.config:
        around = replace(around, overrides=Overrides(port=options.port))
        source: KeySource = FileSource(options.config.expanduser().absolute(), home.open_store, around)
    else:
        headers = {DEMO_HEADER: "true"} if options.demo else {}
        around = replace(around, engine_options=EngineOptions(extra_headers=headers))
        source = ProfileSource(home.directories.config, home.open_store, around)
    return TrayProgram(
        source,
        around,
        config_dir=home.directories.config,
        log_folder=home.directories.state,
        arguments=_arguments_at_login(options),
        demo=options.demo,
    )


def _arguments_at_login(options: argparse.Namespace) -> list[str]:
    arguments = ["--demo"] if options.demo else []
    if options.config:
        arguments += ["-c", str(options.config.expanduser().absolute())]
    if options.port is not None:
        arguments += ["-p", str(options.port)]
    return arguments


def _say(text: str) -> None:
    """A program without a terminal (Windows) has nowhere to print."""
    if sys.stdout is not None:
        print(text, flush=True)  # noqa: T201 - the command line's answer


if __name__ == "__main__":
    sys.exit(main())
