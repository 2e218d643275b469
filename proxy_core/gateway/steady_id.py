"""Keeps the id of a streamed response steady for the client.

A client that had a sign of life has heard the id of a response that may still fail before its first content. Then
another deployment answers under an id of its own, and the SDKs of OpenAI would see two responses in one stream: the
id that was heard first stays. Each piece of a stream holds whole frames.
"""

from collections.abc import Generator
from typing import Protocol

from proxy_core.gateway.answer_watch import Home
from proxy_core.json_text import JsonError, load_json

__all__ = ["SteadyId"]

_OPENING = b"event: response.created\ndata: "


class Answerer(Protocol):
    @property
    def home(self) -> Home:
        """Who keeps the answer; known once it has begun."""


class SteadyId:
    """Made for one request; `stream` is called once for each deployment that is tried."""

    def __init__(self) -> None:
        self._heard: bytes | None = None
        self._own: bytes | None = None
        self._answerer: Answerer | None = None

    @property
    def home(self) -> Home:
        """As the answerer says; nobody where the deployment keeps the response under an id that the client does
        not know."""
        if self._answerer is None or self._own != self._heard:
            return None, None
        return self._answerer.home

    def stream(self, pieces: Generator[bytes, None, None], answerer: Answerer) -> Generator[bytes, None, None]:
        self._answerer = answerer
        self._own = None
        try:
            for piece in pieces:
                if self._own is None:
                    self._own = _id_in(piece)
                    self._heard = self._heard or self._own
                yield piece if self._own == self._heard else self._renamed(piece)
        finally:
            pieces.close()

    def last_words(self, frame: bytes, identity: str) -> bytes:
        """The frame that ends the stream when nobody is left to answer; it tells of a response of that id."""
        self._own = identity.encode()
        return self._renamed(frame)

    def _renamed(self, piece: bytes) -> bytes:
        if self._own is None or self._heard is None:
            return piece
        return piece.replace(b'"%b"' % self._own, b'"%b"' % self._heard)


def _id_in(piece: bytes) -> bytes | None:
    """The id that the opening frame in a piece tells."""
    _, found, rest = piece.partition(_OPENING)
    if not found:
        return None
    try:
        event = load_json(rest.partition(b"\n\n")[0])
    except JsonError:
        return None
    match event:
        case {"response": {"id": str() as identity}}:
            return identity.encode()
        case _:
            return None
