"""`sap-ai-proxy doctor`: examines this computer, the way to SAP, the sub-accounts and the tools' settings."""

import argparse
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from proxy_core.cli.local_proxy import CallFailedError, LocalProxy
from proxy_core.cli.program import FAILED, Parser, run_program
from proxy_core.doctor.examination import Patient, examine
from proxy_core.doctor.model_calls import QUESTION, ModelCallError, ModelCalls
from proxy_core.doctor.report import describe_outcome, encode_report, has_failed, render_finding, render_head
from proxy_core.engine import Engine
from proxy_core.errors import Cancelled, ConfigurationError
from proxy_core.json_text import dump_json
from proxy_core.settings.api_keys import ApiKeys, find_api_keys, generate_api_key
from proxy_core.settings.directories import resolve_directories
from proxy_core.settings.keyring_store import keyring_on_demand
from proxy_core.settings.load import Overrides, load_settings
from proxy_core.settings.model import Settings

__all__ = ["build_parser", "run_doctor"]


def run_doctor(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command; 0 when nothing failed, 1 when something did, 2 for bad usage."""
    options = build_parser().parse_args(argv)
    run = _examine_demo if options.demo else _examine_configured
    return run_program(
        "sap-ai-proxy doctor", lambda: run(options, environ), debug=options.debug, interrupted=FAILED
    )


def build_parser() -> Parser:
    """The command line of `sap-ai-proxy doctor`."""
    parser = Parser(
        "sap-ai-proxy doctor",
        "Find out why something does not work, and what to do. The report holds no keys: it can be passed on.",
        "0 nothing failed, 1 something did, 2 bad usage.",
    )
    parser.add_config_argument()
    parser.add_argument("-p", "--port", type=int, help="the port of the proxy (default: as configured)")
    parser.add_argument(
        "--call", action="store_true", help="also ask every model one short question; costs a little"
    )
    parser.add_argument("--demo", action="store_true", help="examine the simulated SAP AI Core of the demo")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _examine_configured(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return _examine(_load(options, environ), options)


def _examine_demo(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from proxy_core.cli.demo import running_demo  # the simulator makes every start slower

    with running_demo(Overrides(port=options.port)) as loaded:
        settings = loaded.settings
        return _examine(Patient(settings, environ, _home(environ), settings.api_keys), options)


def _examine(patient: Patient, options: argparse.Namespace) -> int:
    calls = (lambda: _own_calls(patient.settings, patient.environ)) if options.call else None
    findings = []
    if not options.json:
        print(render_head() + "\n")
    for finding in examine(patient, calls):
        findings.append(finding)
        if not options.json:
            print(render_finding(finding), flush=True)
    if options.json:
        sys.stdout.write(dump_json(encode_report(findings)).decode() + "\n")
    else:
        print("\n" + describe_outcome(findings))
    return FAILED if has_failed(findings) else 0


def _load(options: argparse.Namespace, environ: Mapping[str, str]) -> Patient:
    """Settings that cannot be read are a finding; what does not need them is examined all the same."""
    home = _home(environ)
    try:
        settings = load_settings(
            options.config,
            environ=environ,
            overrides=Overrides(port=options.port),
            secrets=keyring_on_demand(environ),
        ).settings
        keys = find_api_keys(settings)
    except ConfigurationError as error:
        folders = resolve_directories(environ)
        usual = Settings(config_dir=folders.config, state_dir=folders.state, cache_dir=folders.cache)
        return Patient(usual, environ, home, problem=str(error))
    return Patient(settings, environ, home, keys.keys if keys else ())


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())


@contextmanager
def _own_calls(settings: Settings, environ: Mapping[str, str]) -> Iterator[ModelCalls]:
    """Through a proxy of our own on a free port, so that none needs to run and no key is needed."""
    key = generate_api_key()
    log = logging.getLogger("proxy_core.doctor")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    try:
        engine = Engine(replace(settings, host="127.0.0.1", port=0, tls=None), ApiKeys((key,)), environ, log)
        with engine:
            proxy = LocalProxy(engine.base_url, key)
            yield ModelCalls(tuple(engine.router.table.models), lambda name: _ask(proxy, name))
    except (ConfigurationError, Cancelled) as error:
        raise ModelCallError(str(error)) from error


def _ask(proxy: LocalProxy, model: str) -> str:
    try:
        return proxy.ask(model, [{"role": "user", "content": QUESTION}])
    except CallFailedError as error:
        raise ModelCallError(str(error)) from error
