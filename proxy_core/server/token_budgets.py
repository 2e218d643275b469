"""The daily token budget of an API key: who has used it up is refused before anything reaches SAP.

A request that begins under the budget may end over it: what an answer costs is known only at its end.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from proxy_core.errors import ClientError, ErrorKind
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.server.token_ledger import TokenLedger
from proxy_core.settings.api_keys import ApiKeys, key_identity
from proxy_core.settings.model import ApiKeyOptions

__all__ = ["Budget", "TokenBudgets", "build_budgets"]

_FREE = frozenset({"count_tokens"})
"""Endpoints that use no model."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`tokens` of a day; `name` is the key's, for people."""

    tokens: int
    name: str | None = None


def build_budgets(api_keys: ApiKeys, general: int | None) -> Mapping[str, Budget]:
    """The budgets by the identity of the key; `general` is that of keys without one of their own."""
    budgets = {}
    for key in api_keys.keys:
        options = api_keys.options.get(key, ApiKeyOptions())
        tokens = options.daily_tokens or general
        if tokens is not None:
            budgets[key_identity(key.reveal())] = Budget(tokens, options.name)
    return budgets


class TokenBudgets:
    """Stands between the server and the gateway. Safe for many threads."""

    def __init__(self, ledger: TokenLedger, log: logging.Logger, budgets: Mapping[str, Budget]) -> None:
        self._ledger = ledger
        self._log = log
        self._budgets = budgets

    def replace(self, budgets: Mapping[str, Budget]) -> None:
        """From now on these hold; what was used today stays used."""
        self._budgets = budgets

    def save(self) -> None:
        """Keep the counts for the next start."""
        self._ledger.save()

    def around(self, handler: Callable[[RawRequest], Reply]) -> Callable[[RawRequest], Reply]:
        """The handler, which then answers only keys that have tokens left, and whose answers are counted. It
        raises `ClientError` 429 for the others. A kept response may always be read; one that was made in the
        background is counted then."""

        def handle(raw: RawRequest) -> Reply:
            if not self._budgets:
                return handler(raw)
            budget = self._budgets.get(raw.key_id)
            if budget is None or raw.endpoint in _FREE:
                return handler(raw)
            if raw.kept_id is None:
                self._check(raw, budget)
            meter = _Meter(self._ledger, raw.key_id)
            reply = handler(replace(raw, meter=meter))
            if isinstance(reply.body, bytes):
                return reply
            return replace(reply, body=_CountedPieces(reply.body, meter.end))

        return handle

    def _check(self, raw: RawRequest, budget: Budget) -> None:
        used = self._ledger.used(raw.key_id)
        if used < budget.tokens:
            return
        name = f' "{budget.name}"' if budget.name else ""
        self._log.info("%s comes with an API key whose daily tokens are used up", raw.request_id)
        raise ClientError(
            f"The daily token budget of the API key{name} is used up: {used:,} of {budget.tokens:,} tokens. "
            f"It begins anew at {self._ledger.next_day():%Y-%m-%d %H:%M} UTC. Wait until then, or raise "
            "`daily_tokens` in the configuration of the proxy.",
            status=429,
            kind=ErrorKind.RATE_LIMIT,
            code="insufficient_quota",
            retry_after=self._ledger.seconds_left(),
        )


class _Meter:
    """The `TokenMeter` of one request."""

    def __init__(self, ledger: TokenLedger, key_id: str) -> None:
        self._ledger = ledger
        self._key_id = key_id
        self._rest: Callable[[], int] | None = None

    def add(self, tokens: int) -> None:
        self._ledger.add(self._key_id, tokens)

    def ask_at_end(self, rest: Callable[[], int]) -> None:
        self._rest = rest

    def end(self) -> None:
        rest, self._rest = self._rest, None
        if rest is not None:
            self.add(rest())


class _CountedPieces:
    """The pieces of a stream; `ended` is called once, whether they end, fail, or nobody wants more."""

    def __init__(self, pieces: Iterator[bytes], ended: Callable[[], None]) -> None:
        self._pieces = pieces
        self._ended = ended

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self._ended()
            raise

    def close(self) -> None:
        try:
            close: Callable[[], None] | None = getattr(self._pieces, "close", None)
            if close is not None:
                close()
        finally:
            self._ended()
