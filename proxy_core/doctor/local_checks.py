"""What can be wrong on this computer: the port, the address, the variables of the network. Asks nobody outside."""

import http.client
import os
import socket
import ssl
from collections.abc import Iterator, Mapping

from proxy_core.aicore.http_request import is_loopback
from proxy_core.aicore.proxies import check_proxy, place_of
from proxy_core.doctor.finding import Finding, split_advice
from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonError, load_json
from proxy_core.server.listening import bind_socket
from proxy_core.settings.model import Settings

__all__ = ["check_network", "check_port"]

_PROBE_SECONDS = 3.0
_OWN_NAMES = ("127.0.0.1", "localhost")
_EXEMPTION = "127.0.0.1,localhost,::1"
_USED_FOR_SAP = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
"""The first of them counts."""
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_ROOT_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where OpenSSL looks instead of its own places."""


def check_port(settings: Settings) -> Iterator[Finding]:
    """Who listens where clients are to call, and from where it can be called."""
    yield _check_listener(settings)
    if not is_loopback(settings.host):
        yield Finding(
            "port",
            "warning",
            f"The proxy listens on {settings.host}, so other computers can reach it with a key.",
            "Set host to 127.0.0.1 unless you want that.",
            code="host_open",
            facts={"host": settings.host},
        )
    found = _addresses_of_localhost()
    if settings.host == "127.0.0.1" and "127.0.0.1" not in found:
        listed = ", ".join(found) or "nothing"
        yield Finding(
            "port",
            "warning",
            f"The name localhost leads to {listed} here, not to 127.0.0.1.",
            "Write 127.0.0.1 instead of localhost in the settings of your tools.",
            code="localhost_odd",
            facts={"found": listed},
        )


def _check_listener(settings: Settings) -> Finding:
    address = f"{settings.host}:{settings.port}"
    facts = {"address": address}
    if _is_this_proxy(settings):
        return Finding("port", "ok", f"AI Core Proxy answers on {address}.", code="port_ours", facts=facts)
    try:
        bind_socket(settings.host, settings.port).close()
    except ConfigurationError as error:
        text, advice = split_advice(str(error))
        return Finding("port", "failed", text, advice, code="port_taken", facts={**facts, "detail": text})
    text = f"{address} is free; the proxy does not run there now."
    return Finding("port", "ok", text, code="port_free", facts=facts)


def _is_this_proxy(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    try:
        connection = _connection(host, settings)
    except OSError:  # a certificate of the settings that cannot be used
        return False
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status == 200 and load_json(answer.read()) == {"status": "ok"}
    except (OSError, http.client.HTTPException, JsonError):
        return False
    finally:
        connection.close()


def _connection(host: str, settings: Settings) -> http.client.HTTPConnection:
    """With HTTPS only the proxy's own certificate is trusted, whatever name it carries."""
    if settings.tls is None:
        return http.client.HTTPConnection(host, settings.port, timeout=_PROBE_SECONDS)
    context = ssl.create_default_context(cafile=str(settings.tls.cert))
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return http.client.HTTPSConnection(host, settings.port, timeout=_PROBE_SECONDS, context=context)


def _addresses_of_localhost() -> list[str]:
    try:
        found = socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(entry[4][0]) for entry in found})


def check_network(environ: Mapping[str, str], configured: str | None) -> Iterator[Finding]:
    """The proxy on the way to SAP, and whether programs here would ask it for this computer too. `configured` is
    the `proxy` of the settings."""
    named = {name: environ[name] for name in _PROXY_VARIABLES if environ.get(name)}
    used = next((name for name in _USED_FOR_SAP if environ.get(name)), "")
    yield _check_proxy("proxy", configured) if configured else _check_proxy(used, environ.get(used, ""))
    if named and (open_names := _names_not_exempt(environ)):
        listed = " and ".join(open_names)
        yield Finding(
            "network",
            "warning",
            f"{' and '.join(named)} is set, and NO_PROXY does not exempt {listed}: your tools would ask the "
            "company's proxy for this computer.",
            f"Set NO_PROXY={_EXEMPTION} where your tools start.",
            code="loopback_not_exempt",
            facts={"variables": ", ".join(named), "names": ", ".join(open_names), "value": _EXEMPTION},
        )
    for name in _ROOT_VARIABLES:
        if (path := environ.get(name)) and not os.path.exists(path):
            yield Finding(
                "network",
                "failed",
                f"{name} names {path}, which does not exist, so no server is trusted.",
                f"Correct {name} or remove it.",
                code="roots_missing",
                facts={"name": name, "path": path},
            )


def _check_proxy(name: str, url: str) -> Finding:
    if not name:
        text = "No HTTP proxy for SAP is named by the settings or by variables."
        return Finding("network", "ok", text, code="proxy_none")
    try:
        place = place_of(check_proxy(url))
    except ConfigurationError as error:
        text = f"{name} names a proxy that cannot be used."
        return Finding("network", "failed", text, str(error), name, "proxy_wrong", {"name": name})
    text = f"{name} names the proxy {place} for the way to SAP."
    return Finding("network", "ok", text, "", name, "proxy_found", {"name": name, "proxy": place})


def _names_not_exempt(environ: Mapping[str, str]) -> list[str]:
    exempt = {part.strip().lstrip(".").lower() for part in _no_proxy(environ).split(",")}
    return [] if "*" in exempt else [name for name in _OWN_NAMES if name not in exempt]


def _no_proxy(environ: Mapping[str, str]) -> str:
    return environ.get("no_proxy") or environ.get("NO_PROXY") or ""
