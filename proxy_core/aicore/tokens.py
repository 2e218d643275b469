"""Bearer tokens of one sub-account: fetched once for all, ahead of their end."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from proxy_core.aicore.errors import expired_certificate, token_error, unreadable_answer
from proxy_core.aicore.http_call import Answer, call
from proxy_core.aicore.service_key import ServiceKey
from proxy_core.aicore.transport import Transport, TransportError
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.json_text import JsonError, load_json

__all__ = ["TokenSource"]

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_DEFAULT_LIFE = 3600.0
"""Seconds, where SAP names none. A token that ends earlier is dropped on the first 401."""
_AHEAD_SHARE = 0.1
_AHEAD_LIMIT = 300.0
_RETRY_AHEAD = 30.0
"""Seconds until a refresh ahead of time is tried again after it failed."""


@dataclass(frozen=True, slots=True)
class _Held:
    text: str
    refresh_at: float
    expires_at: float


class TokenSource:
    """One refresh at a time: others wait for it, or use the old token while it is still good.

    `clock` gives Unix time in seconds.
    """

    def __init__(
        self, service_key: ServiceKey, transport: Transport, clock: Callable[[], float] = time.time
    ) -> None:
        self._key = service_key
        self._transport = transport
        self._clock = clock
        self._held: _Held | None = None
        self._refreshing = threading.Lock()
        self._failures = 0
        self._failure: UpstreamError | None = None

    def token(self) -> str:
        """A token that is good now. Raises `UpstreamError` of kind UPSTREAM_AUTHENTICATION when SAP refuses the
        service key, and of other kinds when SAP cannot be reached."""
        held = self._held
        now = self._clock()
        if held is not None and now < held.refresh_at:
            return held.text
        if held is not None and now < held.expires_at:
            return self._ahead_of_time(held)
        return self._in_turn()

    def forget(self, token: str) -> None:
        """SAP refused this token. One that has taken its place since stays."""
        held = self._held
        if held is not None and held.text == token:
            self._held = None

    def current(self) -> str | None:
        """The token held now, however old."""
        held = self._held
        return None if held is None else held.text

    def _ahead_of_time(self, held: _Held) -> str:
        """Refresh unless another thread does; should it fail, the old token serves on."""
        if not self._refreshing.acquire(blocking=False):
            return held.text
        try:
            if self._held is held:
                self._held = self._fetch()
        except UpstreamError:
            self._held = replace(held, refresh_at=self._clock() + _RETRY_AHEAD)
            return held.text
        finally:
            self._refreshing.release()
        return self.current() or held.text

    def _in_turn(self) -> str:
        """Fetch a token, or share what the fetch gave that was under way: its token, or its failure."""
        failures = self._failures
        with self._refreshing:
            held = self._held
            if held is not None and self._clock() < held.expires_at:
                return held.text
            if self._failure is not None and self._failures != failures:
                raise self._failure
            try:
                fetched = self._fetch()
            except UpstreamError as error:
                self._failures += 1
                self._failure = error
                raise
            self._held = fetched
            return fetched.text

    def _fetch(self) -> _Held:
        answer = self._ask()
        if answer.status >= 300:
            raise token_error(answer.status, answer.headers, answer.body, self._key.where)
        token, life = _read_token(answer.body)
        now = self._clock()
        ahead = min(life * _AHEAD_SHARE, _AHEAD_LIMIT)
        return _Held(token, refresh_at=now + life - ahead, expires_at=now + life)

    def _ask(self) -> Answer:
        form = {"grant_type": "client_credentials", "client_id": self._key.client_id}
        if self._key.client_secret is not None:
            form["client_secret"] = self._key.client_secret.reveal()
        try:
            return call(
                self._transport,
                "POST",
                self._key.token_url,
                _HEADERS,
                urlencode(form).encode("ascii"),
                client_certificate=self._key.client_certificate,
            )
        except TransportError as error:
            refused = error.cause == "handshake" or (error.stage == "head" and error.kind is ErrorKind.CONNECTION)
            if self._key.client_certificate is not None and refused:
                raise expired_certificate(error, self._key.where) from error
            raise


def _read_token(body: bytes) -> tuple[str, float]:
    """Token and life in seconds."""
    try:
        value: Any = load_json(body)
    except JsonError:
        raise unreadable_answer("SAP's token endpoint") from None
    match value:
        case {"access_token": str() as token} if token:
            return token, _life(value.get("expires_in"))
        case _:
            raise unreadable_answer("SAP's token endpoint")


def _life(value: Any) -> float:
    try:
        life = float(value)
    except (TypeError, ValueError):
        return _DEFAULT_LIFE
    return life if 0 < life < float("inf") else _DEFAULT_LIFE
