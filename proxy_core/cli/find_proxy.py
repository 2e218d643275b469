"""Where the proxy of this user runs, and with which key: from the command line, the config file, the environment.

Reads; makes no key and starts nothing.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from proxy_core.cli.demo_marks import DEMO_KEY
from proxy_core.cli.local_proxy import LocalProxy
from proxy_core.cli.program import Parser
from proxy_core.errors import ConfigurationError
from proxy_core.settings.api_keys import find_api_keys
from proxy_core.settings.keyring_store import keyring_on_demand
from proxy_core.settings.load import Overrides, load_settings
from proxy_core.settings.model import Settings
from proxy_core.settings.secret import Secret

__all__ = ["KEY_VARIABLE", "URL_VARIABLE", "add_proxy_arguments", "find_proxy", "proxy_of"]

URL_VARIABLE = "SAP_AI_PROXY_URL"
KEY_VARIABLE = "SAP_AI_PROXY_KEY"
_REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


def add_proxy_arguments(parser: Parser) -> None:
    """The options that say where the proxy runs."""
    parser.add_config_argument()
    parser.add_argument("-p", "--port", type=int, help="its port on this computer (default: as configured)")
    parser.add_argument("--url", help=f"its whole URL (default: as configured, else {URL_VARIABLE})")
    parser.add_argument("--key", help=f"its API key (default: as configured, else {KEY_VARIABLE}, else the demo's)")


def find_proxy(options: argparse.Namespace, environ: Mapping[str, str]) -> LocalProxy:
    """The proxy that the options and the config file describe; a demo that runs there is known by itself.

    Raises `ConfigurationError`, and `NotReachableError` when the key is not given and nothing answers.
    """
    if options.url and options.key:
        return LocalProxy(_checked(options.url), Secret(options.key))
    settings = load_settings(
        options.config,
        environ=environ,
        overrides=Overrides(port=options.port),
        secrets=keyring_on_demand(environ),
    ).settings
    url = _checked(options.url or _named_by_environment(options, settings, environ) or _url(settings))
    proxy = LocalProxy(url, None, settings.tls.cert if settings.tls else None)
    return replace(proxy, key=Secret(options.key) if options.key else _key(proxy, settings, environ))


def proxy_of(settings: Settings) -> LocalProxy | None:
    """The proxy that these settings describe; None when it has no key yet, so that it never ran. Raises
    `ConfigurationError`."""
    keys = find_api_keys(settings)
    certificate = settings.tls.cert if settings.tls else None
    return LocalProxy(_url(settings), keys.keys[0], certificate) if keys else None


def _named_by_environment(
    options: argparse.Namespace, settings: Settings, environ: Mapping[str, str]
) -> str | None:
    told = settings.config_path is not None or options.port is not None
    return None if told else environ.get(URL_VARIABLE)


def _key(proxy: LocalProxy, settings: Settings, environ: Mapping[str, str]) -> Secret:
    if proxy.is_demo():
        return Secret(DEMO_KEY)
    if settings.api_keys:
        return settings.api_keys[0]
    if named := environ.get(KEY_VARIABLE):
        return Secret(named)
    if generated := find_api_keys(settings):
        return generated.keys[0]
    raise ConfigurationError(
        f"The key of the proxy at {proxy.url} is not known here. Give it by --key or {KEY_VARIABLE}, "
        "or name the proxy's config file by -c."
    )


def _url(settings: Settings) -> str:
    host = _REACHABLE.get(settings.host, settings.host)
    scheme = "https" if settings.tls else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError("The proxy's URL must look like http://127.0.0.1:3001.")
    return url.rstrip("/")
