"""`sap-ai-inspect`: what runs in the configured sub-accounts, under which names this proxy serves it, and how it
fares in the proxy that runs.

Reads only. Asks SAP AI Core itself, never the cache, so that it shows the present.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.deployment_cache import DeploymentCache
from proxy_core.aicore.deployments import list_deployments
from proxy_core.cli.find_proxy import proxy_of
from proxy_core.cli.local_proxy import CallFailedError, NotReachableError
from proxy_core.cli.program import FAILED, Parser, run_program
from proxy_core.cli.status_lines import render_status
from proxy_core.errors import ConfigurationError, ProxyError
from proxy_core.routing.accounts import ResolvedAccounts, build_transport, resolve_accounts
from proxy_core.routing.models import ModelTable
from proxy_core.routing.pins import can_serve
from proxy_core.routing.publishing import build_model_table
from proxy_core.settings.keyring_store import keyring_on_demand
from proxy_core.settings.load import Loaded, Overrides, load_settings
from proxy_core.settings.model import Settings, SubAccountSettings

__all__ = ["build_parser", "main", "render_deployments"]

_HEADINGS = ("DEPLOYMENT", "STATUS", "SCENARIO", "CONFIGURED AS", "MODEL", "VERSION", "ALIASES", "URL")
_NONE = "-"


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run the command; 0 when all sub-accounts could be read, 1 when one could not, 2 for a bad configuration."""
    options = build_parser().parse_args(argv)
    found = os.environ if environ is None else environ
    run = _inspect_demo if options.demo else _inspect_configured
    return run_program("sap-ai-inspect", lambda: run(options, found), debug=options.debug, interrupted=FAILED)


def render_deployments(account: SubAccountSettings, found: Sequence[Deployment], table: ModelTable) -> str:
    """One sub-account as a table, columns padded to their widest text."""
    title = f"Sub-account {account.name} (resource group {account.resource_group})"
    if not found:
        return f"{title}\n  no deployments"
    rows = [_HEADINGS, *(_row(account, item, table) for item in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([title, *(f"  {line}" for line in lines)])


def build_parser() -> Parser:
    """The command line of `sap-ai-inspect`."""
    parser = Parser(
        "sap-ai-inspect",
        "List the deployments of the configured sub-accounts of SAP AI Core, and the names they are served under. "
        "When the proxy runs, also tell which of them rest, why and for how long.",
        "0 all read, 1 a sub-account could not be read, 2 bad usage or configuration.",
    )
    parser.add_config_argument()
    parser.add_argument("-p", "--port", type=int, help="the port of the running proxy (default: as configured)")
    parser.add_argument(
        "--refresh-cache", action="store_true", help="also forget the cached deployments, so the proxy asks anew"
    )
    parser.add_argument("--demo", action="store_true", help="list the simulated sub-accounts of the demo")
    return parser


def _inspect_demo(options: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    """Which demo runs elsewhere is known by its port alone."""
    from proxy_core.cli.demo import running_demo  # the simulator makes every start slower

    with running_demo(Overrides(port=options.port)) as loaded:
        code = _inspect(loaded, {})
        if options.port is not None:
            _print_status(loaded.settings)
        return code


def _inspect_configured(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    loaded = load_settings(
        options.config,
        environ=environ,
        overrides=Overrides(port=options.port),
        secrets=keyring_on_demand(environ),
    )
    if options.refresh_cache:
        DeploymentCache(loaded.settings.cache_dir).forget()
    code = _inspect(loaded, environ)
    _print_status(loaded.settings)
    return code


def _inspect(loaded: Loaded, environ: Mapping[str, str]) -> int:
    _warn(loaded.warnings)
    with closing(build_transport(loaded.settings)) as transport:
        accounts = resolve_accounts(loaded.settings, transport, environ)
        _warn(accounts.warnings)
        return _print_accounts(accounts)


def _print_accounts(accounts: ResolvedAccounts) -> int:
    failures: list[str] = []
    found: dict[str, tuple[Deployment, ...]] = {}
    for name, account in accounts.sub_accounts.items():
        try:
            found[name] = list_deployments(account)
        except ProxyError as error:
            failures.append(f"Sub-account '{name}' could not be read: {error}")
    table = build_model_table(
        accounts.settings, {name: _running(listed) for name, listed in found.items()}, can_serve
    )
    listed = [item for item in accounts.settings.sub_accounts if item.name in found]
    if listed:
        print("\n\n".join(render_deployments(item, found[item.name], table) for item in listed))
    _warn(table.warnings)
    for line in failures:
        print(f"sap-ai-inspect: {line}", file=sys.stderr)
    return 1 if failures else 0


def _print_status(settings: Settings) -> None:
    """What rests in the running proxy. When none runs there is nothing to tell."""
    try:
        proxy = proxy_of(settings)
        if proxy is None:
            return
        lines = render_status(proxy.status())
    except NotReachableError:
        return
    except (CallFailedError, ConfigurationError) as error:
        _warn([f"The running proxy does not tell how its deployments fare: {error}"])
        return
    print("\n".join(["", f"Proxy at {proxy.url}", *(f"  {line}" for line in lines)]))


def _warn(lines: Sequence[str]) -> None:
    for line in lines:
        print(f"warning: {line}", file=sys.stderr)


def _running(deployments: Sequence[Deployment]) -> list[Deployment]:
    return [deployment for deployment in deployments if deployment.status == "RUNNING" and deployment.url]


def _row(account: SubAccountSettings, deployment: Deployment, table: ModelTable) -> tuple[str, ...]:
    by_id = [name for name, ids in account.deployment_ids.items() if deployment.id in ids]
    by_url = [name for name, urls in account.deployment_models.items() if deployment.url in urls]
    configured = dict.fromkeys([*by_id, *by_url])
    models = table.models.values()
    aliases = [model.name for model in models if model.origin == "alias" and deployment in model.deployments]
    return (
        deployment.id,
        deployment.status,
        deployment.scenario_id or _NONE,
        ", ".join(configured) or _NONE,
        deployment.model or _NONE,
        deployment.model_version or _NONE,
        ", ".join(aliases) or _NONE,
        deployment.url or _NONE,
    )
