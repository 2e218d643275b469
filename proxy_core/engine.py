"""The engine: assembles the proxy from settings and runs it. The only place that knows every part."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from proxy_core.aicore.account_catalogue import AccountCatalogue, CatalogueCache, catalogue_of
from proxy_core.aicore.catalogue import CatalogueModel, read_catalogue
from proxy_core.aicore.clock_watch import ClockWatch
from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.deployment_cache import DeploymentCache, discover_with_cache
from proxy_core.aicore.deployments import list_deployments
from proxy_core.aicore.inference import InferenceCalls
from proxy_core.aicore.quotas import QuotaReader
from proxy_core.aicore.remote_files import RemoteFileFetcher
from proxy_core.errors import Cancelled, ProxyError
from proxy_core.gateway import Gateway, GatewayOptions, Patience
from proxy_core.json_text import JsonObject
from proxy_core.refresher import Refresher
from proxy_core.registry import DIALECTS
from proxy_core.routing.accounts import build_transport, resolve_accounts, tenants_of
from proxy_core.routing.dispatch import Dispatch
from proxy_core.routing.listing import model_entry, model_listing
from proxy_core.routing.model_timeouts import ModelTimeouts
from proxy_core.routing.orchestrated import orchestration_modules
from proxy_core.routing.pins import can_serve
from proxy_core.routing.router import Router
from proxy_core.routing.status import build_status
from proxy_core.server.access import Access
from proxy_core.server.free_memory import release_large_blocks
from proxy_core.server.http_app import AppOptions, build_app
from proxy_core.server.small_routes import OwnAnswers
from proxy_core.server.tls_context import build_tls_context
from proxy_core.server.token_budgets import TokenBudgets, build_budgets
from proxy_core.server.token_ledger import TokenLedger
from proxy_core.server.waitress_server import WaitressServer
from proxy_core.settings.api_keys import ApiKeys
from proxy_core.settings.model import Settings, SubAccountSettings

if TYPE_CHECKING:
    from proxy_core.server.tls_front import TlsFront

__all__ = ["Engine", "EngineOptions"]

_SPARE_THREADS = 8
"""Threads beyond the streams, so that probes and the model list never wait behind them."""
_STOP_SECONDS = 4.5
_USED_FILE = "token_counts.json"
"""In the state folder: what each API key with a budget has used today."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """`extra_headers` go on every answer. With `refresh_cache` the cached deployments are forgotten before the
    start. `refresh_seconds` lie between two looks at the deployments, `keep_alive_seconds` between two signs of
    life to a waiting client. `clock` gives the Unix time by which the day of a budget is told."""

    extra_headers: Mapping[str, str] = field(default_factory=dict)
    refresh_cache: bool = False
    refresh_seconds: float = 300.0
    keep_alive_seconds: float = 10.0
    clock: Callable[[], float] = time.time


class Engine:
    """The proxy, from `start` to `stop`; one object runs once. `environ` gives a sub-account where none is
    configured. Raises `ConfigurationError` for settings that cannot work."""

    def __init__(
        self,
        settings: Settings,
        api_keys: ApiKeys,
        environ: Mapping[str, str],
        log: logging.Logger,
        options: EngineOptions | None = None,
    ) -> None:
        self._options = options or EngineOptions()
        self._log = log
        self._stopping = threading.Event()
        self._refresh_wanted = threading.Event()
        self._clock_watch = ClockWatch(self.wake)
        self._tls = build_tls_context(settings.tls.cert, settings.tls.key) if settings.tls else None
        self._transport = build_transport(settings, self._stopping.is_set)
        resolved = resolve_accounts(settings, self._transport, environ)
        for warning in resolved.warnings:
            log.warning("%s", warning)
        self._settings = resolved.settings
        self._sub_accounts = resolved.sub_accounts
        self.accounts = settings.sub_accounts or resolved.settings.sub_accounts
        self._unusable = {
            item.name: problem
            for item, problem in zip(
                (item for item in self.accounts if item.name not in resolved.sub_accounts),
                resolved.warnings,
                strict=False,
            )
        }
        self._cache = DeploymentCache(settings.cache_dir)
        self._catalogues = CatalogueCache(settings.cache_dir)
        self._quotas = QuotaReader()
        self.dispatch = Dispatch(
            self._settings, on_missing=self._refresh_wanted.set, tenants=tenants_of(self._sub_accounts)
        )
        self.router = Router(
            self._settings,
            self._discover,
            can_serve=can_serve,
            catalogue=self._catalogue,
            on_read=self.dispatch.account_works,
        )
        self._access = Access(
            [key.reveal() for key in api_keys.keys], [settings.host], where_keys_are=api_keys.where
        )
        ledger = TokenLedger(settings.state_dir / _USED_FILE, log, self._options.clock)
        self._budgets = TokenBudgets(ledger, log, build_budgets(api_keys, settings.daily_tokens))
        self._refresher = Refresher(
            self.router,
            learn_limits=self._learn_limits,
            save_counts=self._budgets.save,
            usual_seconds=self._options.refresh_seconds,
            wanted=self._refresh_wanted,
            stopping=self._stopping,
            log=log,
        )
        self._server = self._build_server()
        self._front: TlsFront | None = None

    @property
    def port(self) -> int:
        """The port that clients use, once started."""
        return self._front.port if self._front else self._server.port

    @property
    def base_url(self) -> str:
        """What to give to a client, without `/v1`."""
        host = "127.0.0.1" if self._settings.host in {"0.0.0.0", "::"} else self._settings.host  # noqa: S104 - compared
        return f"{'https' if self._settings.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start(self) -> None:
        """Read the deployments and serve. Raises `ConfigurationError`, one line, and `Cancelled` after
        `interrupt`."""
        release_large_blocks()
        try:
            self._read_deployments()
            self._clock_watch.start()
            self._start_serving()
        except BaseException:
            self.stop()
            raise
        self._refresher.start()

    def stop(self) -> None:
        """End the streams with their error frame, close everything, in less than five seconds."""
        deadline = time.monotonic() + _STOP_SECONDS
        self._stopping.set()
        self._refresh_wanted.set()
        self._server.stop()
        if self._front:
            self._front.stop()
        self._transport.close()
        self._clock_watch.stop()
        self._refresher.join(max(0.0, deadline - time.monotonic()))
        self._budgets.save()

    def interrupt(self) -> None:
        """From another thread: let a `start` that waits for SAP end soon."""
        self._stopping.set()
        self._transport.close()

    def refresh(self) -> None:
        """Ask SAP for the deployments now."""
        self.router.refresh(now=True)

    def status(self) -> JsonObject:
        """How every deployment fares, as `build_status` writes it."""
        return build_status(self.router.table, self.dispatch)

    def try_again(self) -> JsonObject:
        """Forget all that speaks against any deployment, so that each is asked again at once; the status then."""
        self._log.info("Every deployment gets a new chance")
        self.dispatch.reset()
        return self.status()

    def replace_api_keys(self, api_keys: ApiKeys) -> None:
        """From now on these keys are valid and no others; what runs goes on."""
        self._access.replace_keys([key.reveal() for key in api_keys.keys])
        self._budgets.replace(build_budgets(api_keys, self._settings.daily_tokens))

    def wake(self) -> None:
        """The computer slept, or the program was stopped: connections that wait may be dead and tokens too old.
        Let the next request make both anew, and read the deployments. What is under way goes on; its own waiting
        times end it. Called by the engine's own watch."""
        self._log.info("The clock jumped, as after a sleep: connections and tokens are made anew")
        for account in self._sub_accounts.values():
            account.drop_token()
        self._transport.drop_idle()
        self.dispatch.forgive()
        self._refresher.wake()

    @property
    def account_problems(self) -> Mapping[str, str]:
        """Why a sub-account cannot be used or could not be read, by its name; only those that fail."""
        return {**self._unusable, **self.router.failures}

    def read_account(self, name: str) -> tuple[tuple[Deployment, ...], tuple[CatalogueModel, ...]]:
        """Ask SAP for every deployment of a sub-account, whatever its status, and for the catalogue.

        Raises `ProxyError`, `Cancelled` when the engine stops meanwhile, and `KeyError` for a sub-account that
        cannot be used.
        """
        account = self._sub_accounts[name]
        return list_deployments(account), read_catalogue(account)

    @property
    def failure(self) -> BaseException | None:
        """Why the server died by itself, if it did."""
        return self._server.error or (self._front.error if self._front else None)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- parts

    def _build_server(self) -> WaitressServer:
        settings = self._settings
        gateway = self._build_gateway()
        app = build_app(
            self._budgets.around(gateway.handle),
            OwnAnswers(
                models=lambda: model_listing(self.router.table),
                model=lambda name: model_entry(self.router.table, name),
                status=self.status,
                try_again=self.try_again,
            ),
            self._access,
            _encode_error,
            self._log,
            AppOptions(
                max_streams=settings.max_streams,
                body_limit_bytes=settings.body_limit_bytes,
                cors_origins=settings.cors_origins,
                extra_headers=tuple(self._options.extra_headers.items()),
                stopping=self._stopping.is_set,
            ),
        )
        behind_front = self._tls is not None
        return WaitressServer(
            app,
            "127.0.0.1" if behind_front else settings.host,
            0 if behind_front else settings.port,
            log=self._log,
            threads=settings.max_streams + _SPARE_THREADS,
            body_limit_bytes=settings.body_limit_bytes,
            url_scheme="https" if behind_front else "http",
            stopping=self._stopping,
        )

    def _build_gateway(self) -> Gateway:
        return Gateway(
            self.router,
            self.dispatch,
            InferenceCalls(
                self._sub_accounts,
                self._transport,
                timeouts_of=ModelTimeouts(self._settings).of,
                look=self._clock_watch.look,
            ),
            RemoteFileFetcher(self._transport),
            self._log,
            GatewayOptions(
                keep_alive_seconds=self._options.keep_alive_seconds,
                api_versions=self._settings.api_versions,
                modules=partial(orchestration_modules, self._settings.orchestration),
                extra_headers=self._options.extra_headers,
                patience=Patience(self._settings.timeouts.failover, self._settings.limits.queue),
            ),
        )

    def _start_serving(self) -> None:
        self._server.start()
        if self._tls is not None:
            host, port = self._settings.host, self._settings.port
            from proxy_core.server.tls_front import TlsFront  # with asyncio three megabytes that few need

            self._front = TlsFront(self._tls, host, port, self._server.port, log=self._log)
            self._front.start()

    # --- deployments

    def _read_deployments(self) -> None:
        if self.router.starts_offline:
            self._refresh_wanted.set()
            return
        if self._options.refresh_cache:
            self._catalogues.forget()
        self.router.start(self._options.refresh_cache)
        if self._stopping.is_set():
            raise Cancelled

    def _discover(self, item: SubAccountSettings, now: bool) -> tuple[Deployment, ...]:
        return discover_with_cache(self._sub_accounts[item.name], self._cache, refresh=now)

    def _catalogue(self, item: SubAccountSettings) -> AccountCatalogue:
        return catalogue_of(self._sub_accounts[item.name], self._catalogues)

    def _learn_limits(self) -> None:
        if self._settings.limits.learn:
            for name, account in self._sub_accounts.items():
                self.dispatch.limits.learn(name, self._quotas.quotas_of(account))


def _encode_error(dialect: str, error: ProxyError, request_id: str) -> JsonObject:
    return DIALECTS[dialect].encode_error(error, request_id)
