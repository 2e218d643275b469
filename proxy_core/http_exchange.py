"""One HTTP request to the engine and its reply, free of any web framework."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["RawRequest", "Reply", "TokenMeter"]


class TokenMeter(Protocol):
    """Wants to know how many tokens, of input and output together, a request uses."""

    def add(self, tokens: int) -> None:
        """The request has used so many more."""

    def ask_at_end(self, rest: Callable[[], int]) -> None:
        """Ask `rest` once the answer's stream has ended, in whatever way. A later one replaces an earlier one."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """`endpoint` is the route's name (`chat_completions`, `messages`), `dialect` the name of the wire format
    it speaks. Header names are lower case. `path_model` is the model in an Azure-style path.
    `client_gone` tells that nobody reads the answer any more, or that the server stops. `kept_id` is the kept
    response that the path names, `query` the part of the address after the question mark,
    `path_stream` whether to stream where the wire says so in its path. `key_id` is the identity of the API key
    (`settings.api_keys.key_identity`), `meter` counts the tokens; most requests have none."""

    endpoint: str
    dialect: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    client_gone: Callable[[], bool]
    path_model: str | None = None
    method: str = "POST"
    kept_id: str | None = None
    query: str = ""
    path_stream: bool | None = None
    key_id: str = ""
    meter: TokenMeter | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to send: `body` is complete, or an iterator of non-empty pieces to send as they come. Whoever
    consumes the iterator calls its `close()` when it stops early."""

    status: int
    headers: Mapping[str, str]
    body: bytes | Iterator[bytes]
