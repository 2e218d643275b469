"""What the server sends for one request: head, body or frames, and the faults among them. No I/O."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from proxy_core.simulator.exchange import Answer, SimDeployment, Stream
from proxy_core.simulator.fault_bodies import throttling_frames
from proxy_core.simulator.faults import Fault

__all__ = ["Drop", "Flush", "Pause", "Piece", "Reply", "Reset", "build_reply"]


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """TCP reset."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is closed without the end of the body."""


@dataclass(frozen=True, slots=True)
class Flush:
    """A part of a frame: sent alone, without the pace of whole frames."""

    part: bytes


Piece = bytes | Flush | Pause | Reset | Drop


@dataclass(frozen=True, slots=True)
class Reply:
    """`before` happens before the head is sent. `body` is the whole body, or the pieces of a chunked one."""

    status: int
    content_type: str
    body: bytes | Iterator[Piece]
    headers: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Piece, ...] = ()


def build_reply(
    answer: Answer | Stream,
    headers: Mapping[str, str],
    faults: tuple[Fault, ...] = (),
    deployment: SimDeployment | None = None,
    path: str = "",
) -> Reply:
    """Put the faults of a call into its answer."""
    before = tuple(before_head(faults))
    if isinstance(answer, Answer):
        return Reply(answer.status, answer.content_type, answer.body, {**answer.headers, **headers}, before)
    pieces: Iterator[Piece] = answer.frames
    for fault in faults:
        pieces = struck(pieces, fault, deployment, path, answer.content_type)
    return Reply(200, answer.content_type, pieces, headers, before)


def before_head(faults: Iterable[Fault]) -> Iterator[Piece]:
    for fault in faults:
        if fault.kind == "stall" and fault.where == "headers":
            yield Pause(fault.seconds)
        if fault.kind == "reset" and fault.after_frames == 0:
            yield Reset()


def struck(
    pieces: Iterator[Piece], fault: Fault, deployment: SimDeployment | None, path: str, content_type: str
) -> Iterator[Piece]:
    """The pieces of a stream with one fault in them."""
    match fault.kind:
        case "reset" if fault.after_frames:
            return then(pieces, fault.after_frames, [Reset()])
        case "drop":
            return then(pieces, fault.after_frames, [Drop()])
        case "end":
            return then(pieces, fault.after_frames, [])
        case "throttle" if deployment is not None:
            first = 1 if path.startswith("/responses") else 0
            frames = throttling_frames(deployment, path, content_type)
            return then(pieces, max(fault.after_frames, first), frames)
        case "stall" if fault.where == "first":
            return interrupted(pieces, 0, Pause(fault.seconds))
        case "stall" if fault.where == "middle":
            return interrupted(pieces, fault.after_frames, Pause(fault.seconds))
        case "split":
            return split(pieces)
        case "crlf":
            return (crlf(piece) if isinstance(piece, bytes) else piece for piece in pieces)
        case "merge":
            return merged(pieces, 4)
        case _:
            return pieces


def then(pieces: Iterator[Piece], count: int, last: Iterable[Piece]) -> Iterator[Piece]:
    yield from islice(pieces, count)
    yield from last


def interrupted(pieces: Iterator[Piece], count: int, pause: Pause) -> Iterator[Piece]:
    yield from islice(pieces, count)
    yield pause
    yield from pieces


def split(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Cut frames at 1, 2, 3, 5 and 7 bytes in turn: within UTF-8 characters, JSON and line ends."""
    sizes = (1, 2, 3, 5, 7)
    turn = 0
    for piece in pieces:
        if not isinstance(piece, bytes):
            yield piece
            continue
        place = 0
        while place < len(piece):
            size = sizes[turn % len(sizes)]
            yield Flush(piece[place : place + size])
            place, turn = place + size, turn + 1


def crlf(frame: bytes) -> bytes:
    return frame.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def merged(pieces: Iterator[Piece], count: int) -> Iterator[Piece]:
    held: list[bytes] = []
    for piece in pieces:
        if not isinstance(piece, bytes):
            yield b"".join(held)
            yield piece
            held.clear()
            continue
        held.append(piece)
        if len(held) == count:
            yield b"".join(held)
            held.clear()
    if held:
        yield b"".join(held)
