"""Shapes of JSON bodies and the walk that checks a body against one.

Every vendor describes the same kinds of fault in its own words; the words come from a `Wording`. The first
fault ends the walk, as at the real services. Knows nothing of any vendor.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = [
    "ANY",
    "BOOL",
    "TEXT",
    "Anything",
    "Bool",
    "Either",
    "Lazy",
    "MapOf",
    "Nullable",
    "Number",
    "Obj",
    "Path",
    "RefusalError",
    "Seq",
    "Shape",
    "Tagged",
    "Text",
    "Wording",
    "check",
    "kind_of",
]

Path = tuple[str | int, ...]


class RefusalError(Exception):
    """The body breaks a rule of the service. `message` is the service's own text."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


@dataclass(frozen=True, slots=True)
class Anything:
    pass


@dataclass(frozen=True, slots=True)
class Bool:
    pass


@dataclass(frozen=True, slots=True)
class Text:
    """`values` makes it an enumeration; `kind` is the vendor's name of the type where its texts show one."""

    values: tuple[str, ...] = ()
    pattern: str | None = None
    min_length: int = 0
    max_length: int | None = None
    kind: str = "string"


@dataclass(frozen=True, slots=True)
class Number:
    integer: bool = False
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Seq:
    item: "Shape"
    min_length: int = 0
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Obj:
    """`open_` objects take unknown keys; `sole` ones hold exactly one member; `kind` is the vendor's type name."""

    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    open_: bool = False
    sole: bool = False
    kind: str = "object"


@dataclass(frozen=True, slots=True)
class MapOf:
    value: "Shape"


@dataclass(frozen=True, slots=True)
class Tagged:
    """A union told apart by the member `key`. With `step`, the tag becomes a part of the path."""

    options: Mapping[str, "Shape"]
    key: str = "type"
    step: bool = True
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """A union told apart by JSON kind; the last one's wording is used when none fits."""

    options: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Nullable:
    shape: "Shape"


@dataclass(frozen=True, slots=True)
class Lazy:
    """A shape that holds itself."""

    build: Callable[[], "Shape"]


Shape = Anything | Bool | Text | Number | Seq | Obj | MapOf | Tagged | Either | Nullable | Lazy
ANY = Anything()
BOOL = Bool()
TEXT = Text()

_KINDS: Mapping[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def kind_of(value: Any) -> str:
    """The JSON kind of a parsed value."""
    return _KINDS[type(value)]


class Wording(Protocol):
    """A vendor's words. Each method returns the whole error text."""

    def missing(self, path: Path, name: str) -> str: ...
    def unexpected(self, path: Path, name: str, known: Sequence[str]) -> str: ...
    def wrong_type(self, path: Path, value: Any, shape: Shape) -> str: ...
    def not_one_of(self, path: Path, value: Any, shape: Text) -> str: ...
    def no_match(self, path: Path, value: str, pattern: str) -> str: ...
    def length(self, path: Path, value: Any, minimum: int, maximum: int | None) -> str: ...
    def out_of_range(self, path: Path, value: float, shape: Number) -> str: ...
    def unknown_tag(self, path: Path, tag: Any, shape: Tagged) -> str: ...
    def sole(self, path: Path, names: Sequence[str], known: Sequence[str]) -> str: ...
    def map_step(self, index: int, key: str) -> Path: ...


_FITS: Mapping[type, str] = {
    Bool: "boolean",
    Text: "string",
    Number: "number",
    Seq: "array",
    Obj: "object",
    MapOf: "object",
    Tagged: "object",
}


def check(shape: Shape, value: Any, say: Wording, path: Path = ()) -> None:
    """Raise `RefusalError` at the first fault of `value`."""
    match shape:
        case Either(options):
            check(_fitting(options, value), value, say, path)
        case Nullable(inner):
            if value is not None:
                check(inner, value, say, path)
        case Lazy(build):
            check(build(), value, say, path)
        case _:
            wanted = _FITS.get(type(shape))
            if wanted is not None and kind_of(value) != wanted:
                raise RefusalError(say.wrong_type(path, value, shape), path)
            _check_value(shape, value, say, path)


def _check_value(shape: Shape, value: Any, say: Wording, path: Path) -> None:
    match shape:
        case Text():
            _check_text(shape, value, say, path)
        case Number():
            _check_number(shape, value, say, path)
        case Seq():
            _check_seq(shape, value, say, path)
        case Obj():
            _check_obj(shape, value, say, path)
        case MapOf(inner):
            for index, (key, member) in enumerate(value.items()):
                check(inner, member, say, path + say.map_step(index, key))
        case Tagged():
            _check_tagged(shape, value, say, path)


def _fitting(options: tuple[Shape, ...], value: Any) -> Shape:
    kind = kind_of(value)
    return next((option for option in options if _FITS.get(type(option)) == kind), options[-1])


def _check_text(shape: Text, value: str, say: Wording, path: Path) -> None:
    if shape.values and value not in shape.values:
        raise RefusalError(say.not_one_of(path, value, shape), path)
    if len(value) < shape.min_length or (shape.max_length is not None and len(value) > shape.max_length):
        raise RefusalError(say.length(path, value, shape.min_length, shape.max_length), path)
    if shape.pattern is not None and not re.fullmatch(shape.pattern, value):
        raise RefusalError(say.no_match(path, value, shape.pattern), path)


def _check_number(shape: Number, value: float, say: Wording, path: Path) -> None:
    if shape.integer and value != int(value):
        raise RefusalError(say.wrong_type(path, value, shape), path)
    too_small = shape.minimum is not None and value < shape.minimum
    if too_small or (shape.maximum is not None and value > shape.maximum):
        raise RefusalError(say.out_of_range(path, value, shape), path)


def _check_seq(shape: Seq, value: list[Any], say: Wording, path: Path) -> None:
    if len(value) < shape.min_length or (shape.max_length is not None and len(value) > shape.max_length):
        raise RefusalError(say.length(path, value, shape.min_length, shape.max_length), path)
    for index, item in enumerate(value):
        check(shape.item, item, say, (*path, index))


def _check_obj(shape: Obj, value: dict[str, Any], say: Wording, path: Path) -> None:
    for name, inner in shape.fields.items():
        if name in value:
            check(inner, value[name], say, (*path, name))
        elif name in shape.required:
            raise RefusalError(say.missing(path, name), (*path, name))
    for name in value:
        if not shape.open_ and name not in shape.fields:
            raise RefusalError(say.unexpected(path, name, tuple(shape.fields)), (*path, name))
    if shape.sole and len(value) != 1:
        raise RefusalError(say.sole(path, tuple(value), tuple(shape.fields)), path)


def _check_tagged(shape: Tagged, value: dict[str, Any], say: Wording, path: Path) -> None:
    tag = value.get(shape.key, shape.default)
    if tag is None:
        raise RefusalError(say.missing(path, shape.key), (*path, shape.key))
    if not isinstance(tag, str) or tag not in shape.options:
        raise RefusalError(say.unknown_tag(path, tag, shape), path)
    check(shape.options[tag], value, say, (*path, tag) if shape.step else path)
