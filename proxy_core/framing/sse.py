"""Bytes to server-sent events. No I/O, no JSON.

Written for many frames in one read: the common frame, one `data:` line, costs a search and a slice.
"""

__all__ = ["SseReader"]

_BLANK_LINE = b"\n\n"
_PREFIX = b"data: "


class SseReader:
    """Cuts a stream of bytes into the `data` payloads of its frames.

    Event names, ids and comments are left out: no upstream says anything with them that the data does
    not say. Several `data:` lines of one frame are joined by a line feed. A line that begins with `{`
    is taken for data whose prefix was forgotten. The bytes may be cut anywhere.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads of the frames that these bytes complete."""
        text = self._rest + data if self._rest else data
        held = b""
        if b"\r" in text:
            text, held = _with_plain_line_ends(text)
        frames = text.split(_BLANK_LINE)
        self._rest = frames.pop() + held
        return _payloads(frames)

    def close(self) -> list[bytes]:
        """The payloads of a last frame that no blank line ended."""
        rest = self._rest.replace(b"\r", b"\n")
        self._rest = b""
        return _payloads(rest.split(_BLANK_LINE))


def _with_plain_line_ends(text: bytes) -> tuple[bytes, bytes]:
    """The text with `\\n` only, and a last `\\r` that the next bytes may complete to `\\r\\n`."""
    held = b""
    if text.endswith(b"\r"):
        text, held = text[:-1], b"\r"
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), held


def _payloads(frames: list[bytes]) -> list[bytes]:
    payloads: list[bytes] = []
    for frame in frames:
        if frame.startswith(_PREFIX) and b"\n" not in frame:
            payload = frame[6:]
            if payload:
                payloads.append(payload)
        elif frame:
            payloads += _payloads_of_lines(frame)
    return payloads


def _payloads_of_lines(frame: bytes) -> list[bytes]:
    """The payloads of a frame of several lines: usually one; each bare JSON line is one of its own."""
    data: list[bytes] = []
    bare: list[bytes] = []
    for line in frame.split(b"\n"):
        if line.startswith(b"data:"):
            data.append(line[6:] if line.startswith(_PREFIX) else line[5:])
        elif line.startswith(b"{"):
            bare.append(line)
    joined = b"\n".join(data)
    return [joined, *bare] if joined else bare
