"""The sub-accounts that requests can go to: the configured ones, else the one that the environment gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from proxy_core.aicore.environment import ReadFile, read_environment, read_text_file
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport, never
from proxy_core.errors import ConfigurationError
from proxy_core.routing.model_timeouts import build_timeouts
from proxy_core.routing.tenants import Tenants
from proxy_core.settings.model import ServiceKeyDocument, Settings, SubAccountSettings

__all__ = ["ENVIRONMENT_ACCOUNT", "ResolvedAccounts", "build_transport", "resolve_accounts", "tenants_of"]

ENVIRONMENT_ACCOUNT = "environment"
"""The name of the sub-account whose credentials come from the environment."""


@dataclass(frozen=True, slots=True)
class ResolvedAccounts:
    """`settings` lists exactly the sub-accounts that `sub_accounts` holds by name. `warnings` are for the user."""

    settings: Settings
    sub_accounts: Mapping[str, SubAccount]
    warnings: tuple[str, ...] = ()


def build_transport(settings: Settings, stopping: Callable[[], bool] = never) -> Transport:
    """The connections to SAP as configured; to be closed by the caller. `stopping` tells that waiting for SAP has
    no use any more."""
    return Transport(
        timeouts=build_timeouts(settings.timeouts),
        proxy=settings.proxy,
        ca_file=settings.ca_file,
        stopping=stopping,
    )


def resolve_accounts(
    settings: Settings, transport: Transport, environ: Mapping[str, str], read_file: ReadFile = read_text_file
) -> ResolvedAccounts:
    """Build the sub-accounts. One whose service key cannot be used is left out with a warning as long as another
    works. Raises `ConfigurationError` when none does."""
    if not settings.sub_accounts:
        return _from_environment(settings, transport, environ, read_file)
    usable: list[SubAccountSettings] = []
    accounts: dict[str, SubAccount] = {}
    broken: list[ConfigurationError] = []
    for item in settings.sub_accounts:
        try:
            accounts[item.name] = _build(item, transport)
            usable.append(item)
        except ConfigurationError as error:
            broken.append(error)
    if not usable:
        raise broken[0]
    warnings = tuple(f"{error} The other sub-accounts work without it." for error in broken)
    return ResolvedAccounts(replace(settings, sub_accounts=tuple(usable)), accounts, warnings)


def tenants_of(sub_accounts: Mapping[str, SubAccount]) -> Tenants:
    """By the names of the sub-accounts. A tenant is a BTP sub-account in one landscape; a service key without
    its id stands for itself."""
    keys = {name: account.service_key for name, account in sub_accounts.items()}
    return Tenants({name: f"{key.identity_zone_id or key.client_id} {key.api_url}" for name, key in keys.items()})


def _from_environment(
    settings: Settings, transport: Transport, environ: Mapping[str, str], read_file: ReadFile
) -> ResolvedAccounts:
    found = read_environment(environ, read_file)
    if found is None:
        place = settings.config_path or settings.config_dir / "config.json"
        raise ConfigurationError(
            f"No sub-account of SAP AI Core is configured. Add one under subAccounts in {place}, "
            "or set the AICORE_… environment variables, or try the demo by --demo."
        )
    item = SubAccountSettings(ENVIRONMENT_ACCOUNT, resource_group=found.resource_group)
    account = SubAccount(item.name, found.service_key, item.resource_group, transport)
    return ResolvedAccounts(replace(settings, sub_accounts=(item,)), {item.name: account})


def _build(item: SubAccountSettings, transport: Transport) -> SubAccount:
    match item.service_key:
        case ServiceKeyDocument(where=where, value=value):
            return SubAccount(item.name, parse_service_key(value, where), item.resource_group, transport)
        case None:
            raise ConfigurationError(f"Sub-account '{item.name}' has no service key. Set its service_key_json.")
