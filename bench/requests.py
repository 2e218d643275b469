"""What the load client sends: the same conversation to the proxy and straight to the upstream."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.canned import MODELS
from bench.proxy import KEY

__all__ = ["WAYS", "Way"]

_TURN = 'Please look at this part of the file and tell me what it does. \\d+ "quoted" text, ünïcödé.\n' * 4


@dataclass(frozen=True, slots=True)
class Way:
    """A client dialect and a deployment: `native` where both speak the same wire."""

    client_path: str
    deployment: str
    plain_path: str
    stream_path: str

    def to_proxy(self, *, stream: bool, size: int = 0) -> str:
        """A whole HTTP request; its conversation is filled up to about `size` bytes."""
        return _http(self.client_path, self._body(stream, size))

    def direct(self, *, stream: bool, size: int = 0) -> str:
        path = f"/v2/inference/deployments/{self.deployment}{self.stream_path if stream else self.plain_path}"
        return _http(path, self._body(stream, size))

    def _body(self, stream: bool, size: int) -> Mapping[str, Any]:
        return {
            "model": MODELS[self.deployment][0],
            "max_tokens": 1024,
            "stream": stream,
            "messages": _conversation(size),
        }


_AZURE = "/chat/completions?api-version=2025-04-01-preview"
_CLAUDE = ("/invoke", "/invoke-with-response-stream")
_GEMINI = "/models/gemini-2.5-flash"
WAYS: Mapping[str, Way] = {
    "native": Way("/v1/chat/completions", "azure", _AZURE, _AZURE),
    "translated": Way("/v1/chat/completions", "claude", *_CLAUDE),
    "Messages to Claude": Way("/v1/messages", "claude", *_CLAUDE),
    "chat to Gemini": Way(
        "/v1/chat/completions", "gemini", f"{_GEMINI}:generateContent", f"{_GEMINI}:streamGenerateContent?alt=sse"
    ),
}


def _conversation(size: int) -> list[dict[str, str]]:
    turns = max(1, size // (len(json.dumps(_TURN)) + 40))
    turns += 1 - turns % 2  # the user speaks first and last
    return [{"role": "assistant" if turn % 2 else "user", "content": _TURN} for turn in range(turns)]


def _http(path: str, body: Mapping[str, Any]) -> str:
    text = json.dumps(body)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    )
