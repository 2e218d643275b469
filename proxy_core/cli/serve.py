"""`sap-ai-proxy`: the proxy without a desktop. Reads the command line, says what runs, and waits."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from proxy_core.cli.log_setup import set_up_logging
from proxy_core.engine import Engine, EngineOptions
from proxy_core.errors import ConfigurationError
from proxy_core.settings.api_keys import ApiKeys, resolve_api_keys
from proxy_core.settings.load import Loaded, Overrides, load_settings
from proxy_core.settings.model import Settings
from proxy_core.settings.reader import is_loopback
from proxy_core.version import version_line

__all__ = ["main"]

_LEVELS = ("debug", "info", "warning", "error")
_WATCH_SECONDS = 1.0


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run until a signal ends it. 0 for a clean end, 1 for a failure at work, 2 for bad usage or configuration."""
    options = _parse_arguments(argv)
    if options.version:
        print(version_line())
        return 0
    try:
        return _run(options, os.environ if environ is None else environ)
    except ConfigurationError as error:
        if options.debug:
            raise
        print(f"sap-ai-proxy: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sap-ai-proxy",
        description="SAP AI Core's models for any OpenAI or Anthropic client, on this computer.",
    )
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="the config file (default: config.json)")
    parser.add_argument("-p", "--port", type=int, help="the port to listen on (default: 3001)")
    parser.add_argument("--host", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("-d", "--debug", action="store_true", help="log everything but prompts and secrets")
    parser.add_argument("--log-level", choices=_LEVELS, help="what to log (default: info)")
    parser.add_argument(
        "--refresh-cache", action="store_true", help="ask SAP for the deployments, whatever is cached"
    )
    parser.add_argument(
        "--demo", action="store_true", help="run against a simulated SAP AI Core; no account needed"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate (PEM) for HTTPS")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="private key (PEM) for HTTPS")
    parser.add_argument("-v", "--version", action="store_true", help="say which version this is")
    return parser.parse_args(argv)


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    overrides = Overrides(
        port=options.port,
        host=options.host,
        log_level="debug" if options.debug else options.log_level,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
    )
    if options.demo:
        from proxy_core.cli.demo import run_demo  # the simulator costs start time and memory

        return run_demo(overrides, _wait)
    loaded = load_settings(options.config, environ=environ, overrides=overrides)
    return _run_configured(loaded, environ, EngineOptions(refresh_cache=options.refresh_cache))


def _run_configured(loaded: Loaded, environ: Mapping[str, str], engine_options: EngineOptions) -> int:
    settings = loaded.settings
    log = set_up_logging(settings.log_level, settings.state_dir)
    for warning in loaded.warnings:
        log.warning("%s", warning)
    api_keys = resolve_api_keys(settings)
    with Engine(settings, api_keys, environ, log, engine_options) as engine:
        _announce(engine, settings, api_keys, log)
        return _wait(engine)


def _announce(engine: Engine, settings: Settings, api_keys: ApiKeys, log: logging.Logger) -> None:
    models = len(engine.router.table.models)
    print(f"AI Core Proxy listens on {engine.base_url} with {models} model names.", flush=True)
    if api_keys.is_new and api_keys.generated_in:
        print(f"API key, made now and shown once: {api_keys.keys[0].reveal()}", flush=True)
        print(f"It is kept in {api_keys.generated_in}.", flush=True)
    if not is_loopback(settings.host):
        log.warning("The proxy can be reached from other computers (host %s).", settings.host)


def _wait(engine: Engine) -> int:
    """Until SIGINT or SIGTERM, or until the server dies by itself."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    while not ended.wait(_WATCH_SECONDS):
        if engine.failure is not None:
            print("sap-ai-proxy: The server stopped by an error of its own. The log tells more.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
