"""`sap-ai-proxy`: the proxy without a desktop. Reads the command line, says what runs, and waits."""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from proxy_core.cli.demo_marks import DEMO_HEADER, DEMO_KEY
from proxy_core.cli.log_setup import set_up_logging
from proxy_core.cli.program import FAILED, Parser, run_program
from proxy_core.engine import Engine, EngineOptions
from proxy_core.settings.api_keys import ApiKeys, keep_api_keys, resolve_api_keys
from proxy_core.settings.keyring_store import keyring_on_demand
from proxy_core.settings.load import Loaded, Overrides, load_settings
from proxy_core.version import version_line

__all__ = ["build_parser", "main"]

_LEVELS = ("debug", "info", "warning", "error")
_WATCH_SECONDS = 1.0
_DOCTOR = "doctor"
"""The one word that is a command of its own: `sap-ai-proxy doctor --help`."""


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run until a signal ends it. 0 for a clean end, 1 for a failure at work, 2 for bad usage or configuration."""
    found = os.environ if environ is None else environ
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == [_DOCTOR]:
        from proxy_core.cli.doctor import run_doctor  # the server's start does not wait for it

        return run_doctor(words[1:], found)
    options = build_parser().parse_args(words)
    if options.version:
        print(version_line())
        return 0
    if options.self_test:
        from proxy_core.cli.self_test import run_self_test  # the simulator makes every start slower

        return run_self_test(found, print)
    run = _run_demo if options.demo else _run_configured
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job starts with it ignored
        signal.signal(number, signal.default_int_handler)
    return run_program("sap-ai-proxy", lambda: run(options, found), debug=options.debug, interrupted=0)


def build_parser() -> Parser:
    """The command line of `sap-ai-proxy`."""
    parser = Parser(
        "sap-ai-proxy",
        "Serve the models of SAP AI Core to any OpenAI or Anthropic client on this computer. "
        f"When something does not work, `sap-ai-proxy {_DOCTOR}` finds out why.",
        "0 stopped by a signal, 1 failed at work, 2 bad usage or configuration.",
    )
    parser.add_config_argument()
    parser.add_argument("-p", "--port", type=int, help="the port to listen on (default: 3001, for HTTPS 8443)")
    parser.add_argument("--host", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--demo", action="store_true", help="use a simulated SAP AI Core; no account needed")
    parser.add_argument("--refresh-cache", action="store_true", help="forget the cached deployments, ask SAP anew")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate (PEM) for HTTPS")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="private key (PEM) for HTTPS")
    parser.add_argument(
        "--log-level", choices=_LEVELS, metavar="LEVEL", help=f"{', '.join(_LEVELS)} (default: info)"
    )
    parser.add_argument(
        "--update-check", action="store_true", help="look once a day whether there is a newer release, and say so"
    )
    parser.add_argument(
        "--self-test", action="store_true", help="check this installation, one line a check, and exit"
    )
    parser.add_argument("-v", "--version", action="store_true", help="print program, version and commit, and exit")
    return parser


def _overrides(options: argparse.Namespace) -> Overrides:
    return Overrides(
        port=options.port,
        host=options.host,
        log_level="debug" if options.debug else options.log_level,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
    )


def _run_demo(options: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from proxy_core.cli.demo import demo_banner, running_demo  # the simulator makes every start slower

    if options.config:
        print("sap-ai-proxy: --demo brings its own configuration; the config file is not read.", file=sys.stderr)
    with running_demo(_overrides(options)) as loaded:
        engine_options = EngineOptions(extra_headers={DEMO_HEADER: "true"})
        api_keys = replace(resolve_api_keys(loaded.settings), where=f"The demo's key is `{DEMO_KEY}`.")
        return _serve(
            loaded, api_keys, {}, engine_options, lambda engine: demo_banner(engine.base_url, _models(engine))
        )


def _run_configured(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    loaded = load_settings(
        options.config, environ=environ, overrides=_overrides(options), secrets=keyring_on_demand(environ)
    )
    api_keys = resolve_api_keys(loaded.settings)
    engine_options = EngineOptions(refresh_cache=options.refresh_cache)
    return _serve(
        loaded,
        api_keys,
        environ,
        engine_options,
        lambda engine: _announcement(engine, api_keys),
        log_folder=loaded.settings.state_dir,
        update_check=options.update_check,
    )


def _serve(
    loaded: Loaded,
    api_keys: ApiKeys,
    environ: Mapping[str, str],
    options: EngineOptions,
    announcement: Callable[[Engine], str],
    *,
    log_folder: Path | None = None,
    update_check: bool = False,
) -> int:
    log = set_up_logging(loaded.settings.log_level, log_folder)
    for warning in loaded.warnings:
        log.warning("%s", warning)
    with Engine(loaded.settings, api_keys, environ, log, options) as engine:
        keep_api_keys(api_keys)
        print(announcement(engine), flush=True)
        if update_check and log_folder is not None:
            _look_for_updates(log_folder, log)
        return _wait(engine)


def _look_for_updates(folder: Path, log: logging.Logger) -> None:
    from proxy_core.cli.update_check import open_update_check  # only for those who want it

    if (check := open_update_check(folder, log)) is not None:
        check.keep_checking(
            lambda version, link: log.warning("Version %s is there: %s", version, link), threading.Event()
        )


def _announcement(engine: Engine, api_keys: ApiKeys) -> str:
    lines = [f"AI Core Proxy listens on {engine.base_url} with {_models(engine)} model names. Ctrl-C stops it."]
    if api_keys.is_new:
        lines += [
            f"API key, made now and shown once: {api_keys.keys[0].reveal()}",
            f"It is kept in {api_keys.generated_in}.",
        ]
    return "\n".join(lines)


def _models(engine: Engine) -> int:
    return len(engine.router.table.models)


def _wait(engine: Engine) -> int:
    """Until SIGINT or SIGTERM, or until the server dies by itself."""
    try:
        while engine.failure is None:
            time.sleep(_WATCH_SECONDS)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the stop is under way and takes a few seconds at most
        return 0
    print("sap-ai-proxy: The server stopped by an error of its own. The log tells more.", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
