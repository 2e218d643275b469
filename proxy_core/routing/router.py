"""From a requested model to deployments, kept true while the program runs. Owns the current table; starts no
thread and talks to nobody: discovery comes in as a function."""

import logging
from collections.abc import Callable, Mapping, Sequence

from proxy_core.aicore.account_catalogue import AccountCatalogue
from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ConfigurationError, ErrorKind, ProxyError
from proxy_core.routing.models import ModelTable, Purpose, Resolution
from proxy_core.routing.pins import CanServe, has_model
from proxy_core.routing.publishing import build_model_table
from proxy_core.settings.model import Settings, SubAccountSettings

__all__ = ["Catalogue", "Discover", "Router"]

Discover = Callable[[SubAccountSettings, bool], Sequence[Deployment]]
"""The running deployments of a sub-account; true asks SAP anew instead of a cache. Raises `ProxyError` or
`ConfigurationError`."""

Catalogue = Callable[[SubAccountSettings], AccountCatalogue]
"""What SAP says of the models of a sub-account; empty where it cannot be had."""

_OWN_FAULT = frozenset({ErrorKind.UPSTREAM_AUTHENTICATION, ErrorKind.PERMISSION})

logger = logging.getLogger(__name__)


class Router:
    """Safe to use from many threads: a refresh swaps the whole table.

    `can_serve` tells which deployments some upstream family can call; `catalogue` gives facts and the models that
    orchestration reaches. `on_read` is called with the name of each sub-account that could be read.
    """

    def __init__(
        self,
        settings: Settings,
        discover: Discover,
        *,
        can_serve: CanServe = has_model,
        catalogue: Catalogue | None = None,
        on_read: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._settings = settings
        self._discover = discover
        self._can_serve = can_serve
        self._catalogue = catalogue
        self._on_read = on_read
        self._discovered: dict[str, tuple[Deployment, ...]] = {}
        self._catalogues: dict[str, AccountCatalogue] = {}
        self._failures: dict[str, ProxyError | ConfigurationError] = {}
        self._logged: set[str] = set()
        self._table = build_model_table(settings, {}, can_serve)

    @property
    def table(self) -> ModelTable:
        return self._table

    @property
    def failures(self) -> Mapping[str, str]:
        """Why a sub-account could not be read at the last look, by its name; only those that failed."""
        return {name: str(error) for name, error in self._failures.copy().items()}

    @property
    def awaits_first_list(self) -> bool:
        """A sub-account was never read, and may be any moment: it is SAP that could not be reached."""
        return any(name in self._table.unread and _may_pass(error) for name, error in self._failures.copy().items())

    @property
    def starts_offline(self) -> bool:
        """Every sub-account has models by URL and none by id: requests can be served before any discovery."""
        accounts = self._settings.sub_accounts
        return all(account.deployment_models and not account.deployment_ids for account in accounts) and bool(
            accounts
        )

    def start(self, now: bool = False) -> None:
        """The first refresh. Raises `ConfigurationError` when nothing can be served because the configuration
        itself is wrong; an SAP that cannot be reached is a warning."""
        self._read_all(now)
        if not now:
            self._ask_for_unknown_ids()
        if not self._table.models and (problem := self._problem()):
            raise ConfigurationError(problem)
        self._log_news()

    def refresh(self, now: bool) -> None:
        """Discover again and swap the table. A sub-account that fails keeps what was known of it, with a warning.
        With `now` SAP is asked, whatever a cache holds."""
        self._read_all(now)
        self._log_news()

    def resolve(self, name: str, purpose: Purpose) -> Resolution:
        """Raises `ProxyError`; see `ModelTable.resolve`."""
        return self._table.resolve(name, purpose)

    def _read_all(self, now: bool) -> None:
        for account in self._settings.sub_accounts:
            if account.needs_discovery:
                self._refresh_one(account, now)
        self._build_table()

    def _build_table(self) -> None:
        self._table = build_model_table(self._settings, self._discovered, self._can_serve, self._catalogues)

    def _ask_for_unknown_ids(self) -> None:
        """A cached list may be older than a deployment that the user has configured since."""
        for account in self._settings.sub_accounts:
            found = self._discovered.get(account.name)
            wanted = {one for ids in account.deployment_ids.values() for one in ids}
            if found is not None and not wanted <= {deployment.id for deployment in found}:
                self._refresh_one(account, now=True)
                self._build_table()

    def _refresh_one(self, account: SubAccountSettings, now: bool) -> None:
        try:
            found = tuple(self._discover(account, now))
        except (ProxyError, ConfigurationError) as error:
            self._failures[account.name] = error
            return
        self._failures.pop(account.name, None)
        self._discovered = {**self._discovered, account.name: found}
        self._on_read(account.name)
        if self._catalogue is not None:
            self._catalogues = {**self._catalogues, account.name: self._catalogue(account)}

    def _log_news(self) -> None:
        lines = [
            *(f"Sub-account '{name}' could not be read: {error}" for name, error in self._failures.items()),
            *self._table.warnings,
        ]
        for line in lines:
            if line not in self._logged:
                logger.warning("%s", line)
        filtered = [str(item) for item in self._table.filtered]
        for line in filtered:
            if line not in self._logged:
                logger.info("%s", line)
        self._logged = {*lines, *filtered}

    def _problem(self) -> str | None:
        """Why nothing is served, when the configuration is to blame."""
        if not self._settings.sub_accounts:
            return (
                "No sub-account of SAP AI Core is configured. Add one under subAccounts in config.json, "
                "or set the AICORE_… environment variables."
            )
        if any(map(_may_pass, self._failures.values())):
            return None
        for name, error in self._failures.items():
            return f"Sub-account '{name}' could not be read: {error}"
        if filtered := self._table.filtered:
            return f"model_filters leave no model: {len(filtered)} were found and all filtered. {filtered[0]}"
        return self._table.warnings[0] if self._table.warnings else None


def _may_pass(error: ProxyError | ConfigurationError) -> bool:
    """False for what the user has to mend."""
    return isinstance(error, ProxyError) and error.kind not in _OWN_FAULT
