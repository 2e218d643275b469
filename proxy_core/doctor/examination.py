"""The whole examination, check after check, each finding as it is made and fit to be shown to others."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from proxy_core.aicore.environment import ReadFile, read_text_file
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.doctor.client_checks import Here, check_clients
from proxy_core.doctor.client_uses import Desk, find_client_uses
from proxy_core.doctor.finding import Finding, split_advice
from proxy_core.doctor.local_checks import check_network, check_port
from proxy_core.doctor.model_calls import OpenModelCalls, call_models
from proxy_core.doctor.redaction import Redaction
from proxy_core.doctor.sap_checks import check_sap
from proxy_core.errors import ConfigurationError
from proxy_core.routing.accounts import build_transport, resolve_accounts
from proxy_core.settings.model import Settings
from proxy_core.settings.secret import Secret

__all__ = ["Patient", "examine"]

_SECRET_FIELDS = ("clientsecret", "key", "certificate")
_SECRET_VARIABLES = ("AICORE_CLIENT_SECRET", "AICORE_KEY_STR", "AICORE_CERT_STR", "AICORE_SERVICE_KEY")


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined. `api_keys` are the keys of this proxy, none before its first start. `problem` is why the
    settings could not be loaded; `settings` then are the usual ones. `clock` gives Unix seconds."""

    settings: Settings
    environ: Mapping[str, str] = field(repr=False)
    home: Path
    api_keys: tuple[Secret, ...] = ()
    problem: str = ""
    read_file: ReadFile = read_text_file
    clock: Callable[[], float] = time.time


def examine(patient: Patient, calls: OpenModelCalls | None = None) -> Iterator[Finding]:
    """All checks; the models are asked only with `calls`. Takes as long as SAP and the network do. Raises
    `Cancelled` alone."""
    redaction = Redaction(_secrets(patient), patient.home)
    yield from map(redaction.apply, _checks(patient, calls))


def _checks(patient: Patient, calls: OpenModelCalls | None) -> Iterator[Finding]:
    settings = patient.settings
    yield _check_settings(patient)
    yield from check_port(settings)
    yield from check_network(patient.environ, settings.proxy)
    yield from _check_accounts(patient)
    if calls is not None:
        yield from call_models(calls)
    desk = Desk(patient.environ, patient.home, patient.read_file)
    yield from check_clients(find_client_uses(desk), Here(_base_url(settings), patient.api_keys))


def _check_settings(patient: Patient) -> Finding:
    if patient.problem:
        text, advice = split_advice(patient.problem, "Correct the config file.")
        return Finding("settings", "failed", text, advice, code="settings_wrong", facts={"detail": text})
    file = patient.settings.config_path
    if file is None:
        text = "There is no config file; the usual settings and the environment count."
        return Finding("settings", "ok", text, code="settings_none")
    text = f"The settings in {file} can be read."
    return Finding("settings", "ok", text, code="settings_ok", facts={"place": str(file)})


def _check_accounts(patient: Patient) -> Iterator[Finding]:
    if patient.problem:
        return
    try:
        transport = build_transport(patient.settings)
    except ConfigurationError as error:
        yield _account_wrong(str(error))
        return
    with closing(transport):
        accounts: Mapping[str, SubAccount] = {}
        try:
            resolved = resolve_accounts(patient.settings, transport, patient.environ, patient.read_file)
            accounts = resolved.sub_accounts
            for warning in resolved.warnings:
                yield _account_wrong(warning)
        except ConfigurationError as error:
            yield _account_wrong(str(error))
        if accounts:
            yield from check_sap(accounts, transport, patient.clock)


def _account_wrong(message: str) -> Finding:
    text, advice = split_advice(message, "Correct it in the settings.")
    return Finding("account", "failed", text, advice, code="account_wrong", facts={"detail": text})


def _base_url(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared
    scheme = "https" if settings.tls else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _secrets(patient: Patient) -> Iterator[Secret]:
    yield from patient.api_keys
    for account in patient.settings.sub_accounts:
        if account.service_key is not None:
            yield from _secrets_in(account.service_key.value)
    for name in _SECRET_VARIABLES:
        yield Secret(patient.environ.get(name, ""))
    if patient.settings.proxy and (password := urlsplit(patient.settings.proxy).password):
        yield Secret(password)


def _secrets_in(value: object) -> Iterator[Secret]:
    """A service key may be wrapped in several ways."""
    match value:
        case dict():
            yield from (
                Secret(text) for name, text in value.items() if name in _SECRET_FIELDS and isinstance(text, str)
            )
            yield from (found for inner in value.values() for found in _secrets_in(inner))
        case list():
            yield from (found for inner in value for found in _secrets_in(inner))
