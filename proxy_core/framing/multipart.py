"""A `multipart/form-data` body to its fields. No I/O. Source: RFC 7578 and RFC 2046, section 5.1."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["FormField", "MultipartError", "read_form"]

_BOUNDARY = re.compile(r'(?:^|;)\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:[ \t]*form-data;(.*)$", re.IGNORECASE | re.MULTILINE)
_PARAMETER = re.compile(rb';?\s*(name|filename)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)
_MOST_FIELDS = 100


class MultipartError(ValueError):
    """The body is no form. `str()` says what is wrong."""


@dataclass(frozen=True, slots=True)
class FormField:
    """`filename` is None for a field that is no file. `content` is a view into the body."""

    name: str
    filename: str | None
    content: memoryview

    @property
    def text(self) -> str:
        return bytes(self.content).decode("utf-8", "replace")


def read_form(body: bytes, content_type: str) -> list[FormField]:
    """The fields in their order. Raises `MultipartError`."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or found is None:
        raise MultipartError("the Content-Type is not multipart/form-data with a boundary")
    delimiter = b"--" + (found[1] or found[2]).encode()
    return list(_fields(body, delimiter))


def _fields(body: bytes, delimiter: bytes) -> Iterator[FormField]:
    view = memoryview(body)
    place = body.find(delimiter)
    if place < 0:
        raise MultipartError("the boundary of the Content-Type does not occur in the body")
    for _ in range(_MOST_FIELDS):
        place += len(delimiter)
        if body.startswith(b"--", place):
            return
        head_end = body.find(b"\r\n\r\n", place)
        end = body.find(b"\r\n" + delimiter, place)
        if head_end < 0 or end < head_end:
            raise MultipartError("a field is cut off")
        name, filename = _names(body[place:head_end])
        yield FormField(name, filename, view[min(head_end + 4, end) : end])
        place = end + 2
    raise MultipartError(f"it has more than {_MOST_FIELDS} fields")


def _names(head: bytes) -> tuple[str, str | None]:
    disposition = _DISPOSITION.search(head.replace(b"\r\n", b"\n"))
    if disposition is None:
        raise MultipartError("a field has no Content-Disposition")
    found = {match[1].lower(): match[2] or match[3] or b"" for match in _PARAMETER.finditer(disposition[1])}
    if b"name" not in found:
        raise MultipartError("a field has no name")
    filename = found.get(b"filename")
    return _text(found[b"name"]), None if filename is None else _text(filename)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
