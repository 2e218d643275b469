"""From here to SAP: the way and whom it trusts, the clock, and each sub-account from its token to its catalogue."""

from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from proxy_core.aicore.deployments import discover
from proxy_core.aicore.http_call import call
from proxy_core.aicore.key_check import CheckStep, check_account
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport, TransportError, Way
from proxy_core.aicore.trust import ClientCertificate
from proxy_core.doctor.finding import Check, Finding, split_advice
from proxy_core.errors import ProxyError

__all__ = ["check_sap"]

_CLOCK_NOTE_SECONDS = 60.0
_CLOCK_LIMIT_SECONDS = 300.0
"""Beyond it tokens count as expired, or not yet valid, for many a server."""
_ORCHESTRATION = "orchestration"
_TRUST_CAUSES = frozenset({"untrusted", "expired", "not_yet_valid", "wrong_host", "handshake"})
_CHECK_OF_STEP: Mapping[str, Check] = {
    "token": "token",
    "resource_groups": "resource_groups",
    "deployments": "deployments",
    "catalogue": "catalogue",
}
_SPARE_ADVICE = "Check the network, the VPN and the proxy setting."


def check_sap(
    accounts: Mapping[str, SubAccount], transport: Transport, clock: Callable[[], float]
) -> Iterator[Finding]:
    """Every finding as it is made. `clock` gives Unix seconds. Raises `Cancelled` alone."""
    unreachable: set[str] = set()
    for url, certificate in _urls(accounts).items():
        finding = _check_way(url, certificate, transport)
        if finding.verdict == "failed":
            unreachable.add(_host(url))
        yield finding
    yield _check_clock(accounts, unreachable, clock)
    for account in accounts.values():
        if unreachable.isdisjoint(_host(url) for url in _urls_of(account)):
            yield from _check_account(account)
        else:
            text = "Not tried: there is no way to SAP."
            yield Finding("account", "skipped", text, "", account.name, "account_skipped")


def _urls_of(account: SubAccount) -> tuple[str, str]:
    return account.service_key.token_url, account.service_key.api_url


def _urls(accounts: Mapping[str, SubAccount]) -> dict[str, ClientCertificate | None]:
    """One URL for each host, with the client certificate for it if it takes one."""
    found: dict[str, tuple[str, ClientCertificate | None]] = {}
    for account in accounts.values():
        token_url, api_url = _urls_of(account)
        found.setdefault(_host(token_url), (token_url, account.service_key.client_certificate))
        found.setdefault(_host(api_url), (api_url, None))
    return dict(found.values())


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _check_way(url: str, certificate: ClientCertificate | None, transport: Transport) -> Finding:
    host = _host(url)
    try:
        way = transport.find_way(url, certificate)
    except TransportError as error:
        return _no_way(host, error)
    return _describe_way(host, way)


def _no_way(host: str, error: TransportError) -> Finding:
    text, advice = split_advice(error.message, _SPARE_ADVICE)
    issuer = error.certificate.issuer if error.certificate else ""
    facts = {"host": host, "detail": text, "issuer": issuer or "?"}
    code = f"{'trust' if error.cause in _TRUST_CAUSES else 'way'}_{error.cause}"
    return Finding("trust", "failed", text, advice, host, code, facts)


def _describe_way(host: str, way: Way) -> Finding:
    facts = {"host": host, "proxy": way.proxy or "-"}
    through = f"through the proxy {way.proxy}" if way.proxy else "directly"
    if way.certificate is None:
        text = f"{host} is reached {through}, without TLS."
        return Finding("trust", "ok", text, "", host, "trust_plain", facts)
    issuer, until = way.certificate.issuer, way.certificate.valid_until
    text = f'{host} is reached {through} and trusted; "{issuer}" issued its certificate, valid until {until}.'
    return Finding("trust", "ok", text, "", host, "trust_ok", {**facts, "issuer": issuer, "until": until})


# --- the clock


def _check_clock(accounts: Mapping[str, SubAccount], unreachable: set[str], clock: Callable[[], float]) -> Finding:
    """By the `Date` of an answer, which SAP gives to a call without a token too."""
    for account in accounts.values():
        if _host(account.service_key.api_url) in unreachable:
            continue
        began = clock()
        try:
            answer = call(account.transport, "GET", f"{account.base_url}/lm/deployments", {})
            told = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
        except (ProxyError, ValueError):
            continue
        return _judge_clock((began + clock()) / 2 - told)
    text = "SAP did not tell the time, so the clock could not be compared."
    return Finding("clock", "skipped", text, code="clock_unknown")


def _judge_clock(ahead: float) -> Finding:
    """`ahead` in seconds; negative when this computer is behind."""
    seconds = f"{abs(ahead):.0f}"
    facts = {"seconds": seconds}
    if abs(ahead) <= _CLOCK_NOTE_SECONDS:
        text = f"The clock of this computer is right within {max(1, round(abs(ahead)))} seconds."
        return Finding("clock", "ok", text, code="clock_ok", facts=facts)
    word, code = ("ahead of", "clock_ahead") if ahead > 0 else ("behind", "clock_behind")
    return Finding(
        "clock",
        "failed" if abs(ahead) > _CLOCK_LIMIT_SECONDS else "warning",
        f"The clock of this computer is {seconds} seconds {word} that of SAP.",
        "Let the system set the clock by itself; else tokens and certificates seem expired or not yet valid.",
        code=code,
        facts=facts,
    )


# --- a sub-account


def _check_account(account: SubAccount) -> Iterator[Finding]:
    for step in check_account(account):
        yield _from_step(step, account.name)
        if step.step == "deployments" and step.verdict != "skipped":
            yield _check_orchestration(account)


def _from_step(step: CheckStep, account: str) -> Finding:
    facts = {**step.facts, "account": account}
    return Finding(_CHECK_OF_STEP[step.step], step.verdict, step.text, step.advice, account, step.code, facts)


def _check_orchestration(account: SubAccount) -> Finding:
    facts = {"group": account.resource_group}
    try:
        found = [one for one in discover(account) if one.executable_id == _ORCHESTRATION and not one.model]
    except ProxyError as error:
        text, advice = split_advice(error.message, _SPARE_ADVICE)
        return Finding(
            "orchestration", "warning", text, advice, account.name, "orchestration_unknown", {"detail": text}
        )
    if found:
        text = f"Orchestration runs in the resource group {account.resource_group}."
        return Finding("orchestration", "ok", text, "", account.name, "orchestration_ok", facts)
    return Finding(
        "orchestration",
        "warning",
        f"No orchestration deployment runs in the resource group {account.resource_group}.",
        "It is only needed for models that have no deployment of their own; SAP AI Launchpad can create it.",
        account.name,
        "orchestration_none",
        facts,
    )
