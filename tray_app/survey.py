"""Everything that SAP has in the sub-accounts, for the models table: read beside the proxy, so that no page waits.

Deployments of every status and the catalogue. Until they are there the table shows what the proxy serves.
"""

import logging
import threading
from collections.abc import Sequence

from proxy_core.admin.backend import DeploymentRow
from proxy_core.admin.deployment_rows import build_deployment_rows
from proxy_core.aicore.catalogue import CatalogueModel
from proxy_core.aicore.deployment import Deployment
from proxy_core.engine import Engine
from proxy_core.errors import Cancelled, ProxyError
from proxy_core.routing.models import ModelTable

__all__ = ["Survey"]


class Survey:
    """Reads anew whenever the engine or its table is another one. Safe for use from many threads."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._of: ModelTable | None = None
        self._reader: threading.Thread | None = None
        self._deployments: dict[str, Sequence[Deployment]] = {}
        self._catalogues: dict[str, Sequence[CatalogueModel]] = {}

    def rows(self, engine: Engine | None) -> tuple[DeploymentRow, ...]:
        """The table as far as it is known; empty while the proxy does not run."""
        if engine is None:
            return ()
        table = engine.router.table
        self._keep_reading(engine, table)
        known = self._deployments
        served = {one.url: one for model in table.models.values() for one in model.deployments}
        others = [one for one in served.values() if one.sub_account not in known]
        every = [one for deployments in known.values() for one in deployments]
        return build_deployment_rows(table, [*every, *others], self._catalogues)

    def _keep_reading(self, engine: Engine, table: ModelTable) -> None:
        with self._lock:
            if self._of is table or (self._reader is not None and self._reader.is_alive()):
                return
            self._of = table
            self._reader = threading.Thread(target=self._read, args=(engine,), name="tray-survey", daemon=True)
            self._reader.start()

    def _read(self, engine: Engine) -> None:
        deployments: dict[str, Sequence[Deployment]] = {}
        catalogues: dict[str, Sequence[CatalogueModel]] = {}
        for account in engine.accounts:
            try:
                deployments[account.name], catalogues[account.name] = engine.read_account(account.name)
            except (ProxyError, Cancelled, KeyError) as error:
                self._log.debug("The survey of %s failed: %s", account.name, type(error).__name__)
        self._deployments, self._catalogues = deployments, catalogues
