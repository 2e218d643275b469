"""A client of a running proxy, for the small commands. It speaks the OpenAI dialect and nothing of SAP."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from proxy_core.cli.demo_marks import DEMO_HEADER
from proxy_core.cli.program import CommandFailedError
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json
from proxy_core.model_names import parse_model_name
from proxy_core.settings.secret import Secret

__all__ = ["CallFailedError", "LocalProxy", "NotReachableError"]

_SILENCE_SECONDS = 600.0
_CONNECT_SECONDS = 5.0
_READ_BYTES = 65_536


class CallFailedError(CommandFailedError):
    """The proxy answered with an error, or broke off. `str()` is one line for people."""


class NotReachableError(CallFailedError):
    """Nothing that speaks HTTP answers at the URL."""


@dataclass(frozen=True, slots=True)
class LocalProxy:
    """Where a proxy runs: `url` such as `http://127.0.0.1:3001`, with or without `/v1`."""

    url: str
    key: Secret | None
    certificate: Path | None = None
    """The proxy's own certificate, to be trusted for `https`, whatever name it carries."""

    def is_demo(self) -> bool:
        """Whether `sap-ai-proxy --demo` runs there. Needs no key. Raises `NotReachableError`."""
        with closing(self._connect()) as connection:
            return self._exchange(connection, "GET", "/health").getheader(DEMO_HEADER) == "true"

    def models(self) -> list[str]:
        """The ids of the model list. Raises `CallFailedError`."""
        with closing(self._connect()) as connection:
            listing = _object(_read(self._send(connection, "GET", "/models")))
        return [entry["id"] for entry in listing.get("data", ())]

    def chat_models(self) -> list[str]:
        """The ids that look like models one can talk with. Raises `CallFailedError` when there is none."""
        models = [
            name for name in self.models() if parse_model_name(name).kind not in ("embeddings", "transcription")
        ]
        if not models:
            raise CallFailedError("The proxy publishes no model.")
        return models

    def status(self) -> JsonObject:
        """How the deployments fare: what `GET /status` gives. Raises `CallFailedError`."""
        with closing(self._connect(silence=_CONNECT_SECONDS)) as connection:
            return _object(_read(self._send(connection, "GET", "/status")))

    def ask(self, model: str, messages: Sequence[JsonObject]) -> str:
        """The whole text of one answer. Raises `CallFailedError`."""
        with closing(self._connect()) as connection:
            body = {"model": model, "messages": list(messages)}
            answer = _object(_read(self._send(connection, "POST", "/chat/completions", body)))
        return "".join(choice["message"].get("content") or "" for choice in answer.get("choices", ()))

    def stream(self, model: str, messages: Sequence[JsonObject]) -> Iterator[str]:
        """The text of one answer as it comes. Raises `CallFailedError`, also in the middle."""
        with closing(self._connect()) as connection:
            body = {"model": model, "messages": list(messages), "stream": True}
            yield from _texts(self._send(connection, "POST", "/chat/completions", body))

    def _connect(self, silence: float = _SILENCE_SECONDS) -> HTTPConnection:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        connection = (
            HTTPSConnection(host, port, timeout=_CONNECT_SECONDS, context=_trust(self.certificate))
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=_CONNECT_SECONDS)
        )
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            reason = error.strerror or str(error)
            raise NotReachableError(
                f"No proxy answers at {self.url}: {reason}. Start it with sap-ai-proxy."
            ) from None
        sock: socket.socket = connection.sock
        sock.settimeout(silence)
        return connection

    def _send(
        self, connection: HTTPConnection, method: str, path: str, body: JsonObject | None = None
    ) -> HTTPResponse:
        response = self._exchange(connection, method, f"/v1{path}", body)
        if response.status != 200:
            raise CallFailedError(_error_text(_read(response), f"HTTP status {response.status}"))
        return response

    def _exchange(
        self, connection: HTTPConnection, method: str, path: str, body: JsonObject | None = None
    ) -> HTTPResponse:
        headers = {"Content-Type": "application/json"}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key.reveal()}"
        base = urlsplit(self.url).path.rstrip("/").removesuffix("/v1")
        try:
            connection.request(method, base + path, dump_json(body) if body else None, headers)
            return connection.getresponse()
        except (OSError, HTTPException) as error:
            raise NotReachableError(f"{self.url} does not answer as a proxy ({type(error).__name__}).") from None


def _trust(certificate: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if certificate is not None:
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(certificate)
    return context


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read()
    except (OSError, HTTPException) as error:
        raise CallFailedError(f"The answer broke off ({type(error).__name__}).") from None


def _object(body: bytes) -> JsonObject:
    try:
        value = load_json(body)
    except JsonError:
        value = None
    if not isinstance(value, dict):
        raise NotReachableError("What answers there is not this proxy.")
    return value


def _texts(response: HTTPResponse) -> Iterator[str]:
    reader = SseReader()
    ended = False
    while not ended:
        try:
            data = response.read1(_READ_BYTES)
        except (OSError, HTTPException) as error:
            raise CallFailedError(f"The answer broke off ({type(error).__name__}).") from None
        if not data:
            raise CallFailedError("The answer broke off before its end.")
        for payload in reader.feed(data):
            if payload == b"[DONE]":
                ended = True
                break
            yield from _chunk_texts(payload)


def _chunk_texts(payload: bytes) -> Iterator[str]:
    chunk = _object(payload)
    if "error" in chunk:
        raise CallFailedError(_error_text(payload, "The answer ended with an error."))
    for choice in chunk.get("choices", ()):
        text = choice.get("delta", {}).get("content")
        if text:
            yield text


def _error_text(body: bytes, otherwise: str) -> str:
    """The message of an OpenAI error body, on one line."""
    try:
        message = load_json(body)["error"]["message"]
    except (JsonError, KeyError, TypeError):
        message = otherwise
    return " ".join(str(message).split())
