"""Who is refused and what is counted, with a toy engine behind the real HTTP application."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from proxy_core.errors import ClientError, ErrorKind
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.server.access import Access
from proxy_core.server.token_budgets import Budget, TokenBudgets, build_budgets
from proxy_core.server.token_ledger import TokenLedger
from proxy_core.settings.api_keys import ApiKeys, key_identity
from proxy_core.settings.model import ApiKeyOptions
from proxy_core.settings.secret import Secret
from tests.server.conftest import Serve
from tests.server.toys import AUTH, KEY, STREAM, call

LOG = logging.getLogger("tests.token_budgets")
NOON = 1_764_072_000.0
"""2025-11-25 12:00 UTC."""


@dataclass
class Engine:
    """Answers with `pieces`, and says that the answer used `tokens`."""

    tokens: int = 10
    pieces: tuple[bytes, ...] | None = None
    seen: list[RawRequest] = field(default_factory=list)

    def __call__(self, raw: RawRequest) -> Reply:
        self.seen.append(raw)
        if self.pieces is None:
            if raw.meter:
                raw.meter.add(self.tokens)
            return Reply(200, {}, b"{}")
        if raw.meter:
            raw.meter.ask_at_end(lambda: 999)
            raw.meter.ask_at_end(lambda: self.tokens)
        return Reply(200, STREAM, self._stream(self.pieces))

    def _stream(self, pieces: tuple[bytes, ...]) -> Iterator[bytes]:
        for piece in pieces:
            if piece == b"break":
                raise ClientError("It broke.")
            yield piece


@pytest.fixture
def ledger(tmp_path: Path) -> TokenLedger:
    return TokenLedger(tmp_path / "token_counts.json", LOG, lambda: NOON)


def budgets_of(ledger: TokenLedger, **tokens: int) -> TokenBudgets:
    return TokenBudgets(ledger, LOG, {key: Budget(number) for key, number in tokens.items()})


def raw(key_id: str = "a", endpoint: str = "chat_completions", kept_id: str | None = None) -> RawRequest:
    return RawRequest(endpoint, "openai.chat", {}, b"{}", "req_1", lambda: False, kept_id=kept_id, key_id=key_id)


def pieces_of(reply: Reply) -> Iterator[bytes]:
    assert not isinstance(reply.body, bytes)
    return reply.body


def test_answers_use_up_the_budget(ledger: TokenLedger) -> None:
    engine = Engine()
    handle = budgets_of(ledger, a=20).around(engine)
    handle(raw())
    handle(raw())

    with pytest.raises(ClientError):
        handle(raw())
    assert (len(engine.seen), ledger.used("a")) == (2, 20)


def test_request_that_begins_under_the_budget_may_end_over_it(ledger: TokenLedger) -> None:
    handle = budgets_of(ledger, a=1).around(Engine(500))

    assert handle(raw()).status == 200
    assert ledger.used("a") == 500


def test_refusal_says_budget_use_and_the_reset(ledger: TokenLedger) -> None:
    handle = TokenBudgets(ledger, LOG, {"a": Budget(1000, "ci")}).around(Engine())
    ledger.add("a", 1234)

    with pytest.raises(ClientError) as caught:
        handle(raw())

    assert caught.value.message == (
        'The daily token budget of the API key "ci" is used up: 1,234 of 1,000 tokens. It begins anew at '
        "2025-11-26 00:00 UTC. Wait until then, or raise `daily_tokens` in the configuration of the proxy."
    )
    assert (caught.value.status, caught.value.kind) == (429, ErrorKind.RATE_LIMIT)
    assert (caught.value.code, caught.value.retry_after) == ("insufficient_quota", 43_200)


def test_each_key_has_its_own_count(ledger: TokenLedger) -> None:
    handle = budgets_of(ledger, a=10, b=10).around(Engine())
    handle(raw("a"))

    with pytest.raises(ClientError):
        handle(raw("a"))
    assert handle(raw("b")).status == 200


def test_key_without_a_budget_is_not_counted(ledger: TokenLedger) -> None:
    engine = Engine()
    budgets_of(ledger, a=10).around(engine)(raw("b"))

    assert engine.seen[0].meter is None
    assert ledger.used("b") == 0


def test_request_reaches_the_engine_as_it_is_when_no_key_has_a_budget(ledger: TokenLedger) -> None:
    engine, request = Engine(), raw()
    budgets_of(ledger).around(engine)(request)

    assert engine.seen == [request]
    assert engine.seen[0] is request


def test_counting_tokens_is_free(ledger: TokenLedger) -> None:
    ledger.add("a", 99)

    assert budgets_of(ledger, a=10).around(Engine())(raw(endpoint="count_tokens")).status == 200
    assert ledger.used("a") == 99


def test_kept_response_can_be_read_when_the_key_is_over(ledger: TokenLedger) -> None:
    ledger.add("a", 99)

    assert budgets_of(ledger, a=10).around(Engine())(raw(endpoint="response", kept_id="resp_1")).status == 200


def test_stream_is_counted_once_at_its_end(ledger: TokenLedger) -> None:
    reply = budgets_of(ledger, a=10).around(Engine(7, (b"one", b"two")))(raw())
    pieces = pieces_of(reply)
    assert next(pieces) == b"one"
    under_way = ledger.used("a")

    assert list(pieces) == [b"two"]
    pieces.close()  # type: ignore[attr-defined]
    assert (under_way, ledger.used("a")) == (0, 7)


def test_stream_that_nobody_wants_any_more_is_counted(ledger: TokenLedger) -> None:
    pieces = pieces_of(budgets_of(ledger, a=10).around(Engine(7, (b"one", b"two")))(raw()))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]

    assert ledger.used("a") == 7


def test_stream_that_breaks_is_counted(ledger: TokenLedger) -> None:
    pieces = pieces_of(budgets_of(ledger, a=10).around(Engine(7, (b"one", b"break")))(raw()))

    with pytest.raises(ClientError):
        list(pieces)
    assert ledger.used("a") == 7


def test_changed_budgets_hold_at_once_and_keep_what_was_used(ledger: TokenLedger) -> None:
    budgets = budgets_of(ledger, a=10)
    handle = budgets.around(Engine())
    handle(raw())
    budgets.replace({"a": Budget(11)})
    assert handle(raw()).status == 200
    budgets.replace({"a": Budget(20)})

    with pytest.raises(ClientError, match="20 of 20 tokens"):
        handle(raw())


def test_budget_of_a_key_goes_before_the_general_one() -> None:
    own, other = Secret("own-key"), Secret("other-key")
    keys = ApiKeys((own, other), options={own: ApiKeyOptions("ci", 5)})

    assert build_budgets(keys, 100) == {
        key_identity("own-key"): Budget(5, "ci"),
        key_identity("other-key"): Budget(100),
    }
    assert build_budgets(keys, None) == {key_identity("own-key"): Budget(5, "ci")}


def test_key_of_the_request_is_the_one_that_pays(serve: Serve, ledger: TokenLedger) -> None:
    budgets = budgets_of(ledger, **{key_identity(key): 10 for key in (KEY, "other-key")})
    server = serve(budgets.around(Engine()), access=Access([KEY, "other-key"]))
    statuses = [call(server, "POST", "/v1/messages", b"{}").status for _ in range(2)]
    other = call(server, "POST", "/v1/messages", b"{}", headers={"x-api-key": "other-key"}).status

    assert (statuses, other) == ([200, 429], 200)


def test_client_is_told_when_to_come_again_and_not_to_try_before(serve: Serve, ledger: TokenLedger) -> None:
    ledger.add(key_identity(KEY), 10)
    server = serve(budgets_of(ledger, **{key_identity(KEY): 10}).around(Engine()))

    answer = call(server, "POST", "/v1/chat/completions", b"{}")

    assert (answer.status, answer.json["kind"]) == (429, "rate_limit")
    assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("43200", "false")


def test_models_are_listed_for_a_key_that_is_over(serve: Serve, ledger: TokenLedger) -> None:
    ledger.add(key_identity(KEY), 10)
    server = serve(budgets_of(ledger, **{key_identity(KEY): 10}).around(Engine()))

    assert call(server, "GET", "/v1/models", headers=AUTH).status == 200
