"""How many tokens an answer has used, for those who keep a budget: as the upstream reports it, else a rough guess.

A request whose `TokenMeter` is None costs nothing here. No file, no thread: where the counts go is the meter's.
"""

from collections.abc import Callable
from typing import Protocol

from proxy_core.errors import ProxyError
from proxy_core.http_exchange import TokenMeter
from proxy_core.json_text import JsonError, load_json
from proxy_core.neutral.messages import Usage
from proxy_core.wire.openai.responses_shapes import decode_responses_usage

__all__ = ["MeteredPipe", "count_answer", "transcript_usage"]


def count_answer(meter: TokenMeter | None, usage: Usage, guess: Callable[[], int]) -> None:
    """Count a whole answer; `guess` is asked where the upstream reports nothing."""
    if meter is not None:
        meter.add(usage.input_tokens + usage.output_tokens or guess())


def transcript_usage(body: bytes) -> Usage:
    """What an answer in OpenAI's form of a transcript reports; many report nothing, and some are plain text.

    Source: https://platform.openai.com/docs/api-reference/audio/json-object (`usage` of the type `tokens`)
    """
    try:
        answer = load_json(body)
    except JsonError:
        return Usage()
    return decode_responses_usage(answer.get("usage")) if isinstance(answer, dict) else Usage()


class _ReportingPipe(Protocol):
    @property
    def content_started(self) -> bool: ...

    @property
    def usage(self) -> Usage | None: ...

    def feed(self, data: bytes) -> bytes: ...

    def close(self) -> bytes: ...

    def fail(self, error: ProxyError) -> bytes: ...

    def keep_alive(self) -> bytes: ...


class MeteredPipe:
    """A pipe of `gateway.translation` that knows what its answer has used so far.

    Most upstreams report at the end of a stream. Of an answer that breaks off, or that nobody wants any more, the
    frames are counted that went to the client: a frame holds a token, or a few. An answer that fails before its
    first content counts nothing: another one stands in its place, or an error.
    """

    def __init__(self, pipe: _ReportingPipe, guess_input: Callable[[], int]) -> None:
        self._pipe = pipe
        self._guess_input = guess_input
        self._frames = 0
        self._complete = False
        self._sound = True
        self.fail = pipe.fail
        self.keep_alive = pipe.keep_alive

    @property
    def content_started(self) -> bool:
        return self._pipe.content_started

    @property
    def usage(self) -> Usage | None:
        return self._pipe.usage

    def feed(self, data: bytes) -> bytes:
        self._sound = False
        out = self._pipe.feed(data)
        self._sound = True
        self._frames += out.count(b"data: ")
        return out

    def close(self) -> bytes:
        self._sound = False
        out = self._pipe.close()
        self._sound = self._complete = True
        return out

    def tokens(self) -> int:
        """Of input and output, as far as it is known by now."""
        usage = self._pipe.usage or Usage()
        if self._complete and (reported := usage.input_tokens + usage.output_tokens):
            return reported
        if not self._sound and not self._pipe.content_started:
            return 0
        return (usage.input_tokens or self._guess_input()) + max(usage.output_tokens, self._frames)
