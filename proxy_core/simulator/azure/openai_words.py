"""How OpenAI's services word their refusals, and the exception that carries one. Knows no endpoint."""

from collections.abc import Sequence
from typing import Any

from proxy_core.simulator.exchange import Answer, json_answer
from proxy_core.simulator.validation.shapes import (
    Number,
    Path,
    RefusalError,
    Seq,
    Shape,
    Tagged,
    Text,
    check,
    kind_of,
)

__all__ = ["JSON_FAULT", "RefusedError", "check_body", "path_text", "refusal_body"]

ARTICLES = {
    "boolean": "a boolean",
    "string": "a string",
    "number": "a decimal",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
JSON_FAULT = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
)


class RefusedError(Exception):
    """The request breaks a rule of the service. `code` and `param` may be None, as on the wire."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = refusal_body(message, param, code)

    def answer(self) -> Answer:
        return json_answer(self.status, self.body)


def refusal_body(message: str, param: str | None, code: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


def check_body(shape: Shape, body: Any) -> None:
    """Raises `RefusedError` in OpenAI's words at the first fault."""
    words = OpenAIWords()
    try:
        check(shape, body, words)
    except RefusalError as error:
        raise RefusedError(error.message, words.param, words.code) from error


def path_text(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


class OpenAIWords:
    """The words of one check; `code` and `param` belong to the text given last."""

    code: str | None = None
    param: str | None = None

    def _say(self, path: Path, code: str, text: str) -> str:
        self.code, self.param = code, path_text(path) or None
        return text

    def missing(self, path: Path, name: str) -> str:
        whole = (*path, name)
        return self._say(whole, "missing_required_parameter", f"Missing required parameter: '{path_text(whole)}'.")

    def unexpected(self, path: Path, name: str, known: Sequence[str]) -> str:  # noqa: ARG002 - part of the interface
        whole = (*path, name)
        return self._say(whole, "unknown_parameter", f"Unknown parameter: '{path_text(whole)}'.")

    def wrong_type(self, path: Path, value: Any, shape: Shape) -> str:
        wanted, got = expected(shape), ARTICLES[kind_of(value)]
        text = f"Invalid type for '{path_text(path)}': expected {wanted}, but got {got} instead."
        return self._say(path, "invalid_type", text)

    def not_one_of(self, path: Path, value: Any, shape: Text) -> str:
        return self._say(path, "invalid_value", f"Invalid value: '{value}'. {supported(shape.values)}")

    def no_match(self, path: Path, value: str, pattern: str) -> str:  # noqa: ARG002 - part of the interface
        text = (
            f"Invalid '{path_text(path)}': string does not match pattern. "
            f"Expected a string that matches the pattern '^{pattern}$'."
        )
        return self._say(path, "invalid_value", text)

    def length(self, path: Path, value: Any, minimum: int, maximum: int | None) -> str:
        noun = kind_of(value)
        long = maximum is not None and len(value) > maximum
        state = "too long" if long else f"empty {noun}" if not value else "too short"
        bound = f"maximum length {maximum}" if long else f"minimum length {minimum}"
        got = f"an empty {noun}" if not value else f"{ARTICLES[noun]} with length {len(value)}"
        code = f"{noun}_above_max_length" if long else f"empty_{noun}" if not value else f"{noun}_below_min_length"
        what = state if not value else f"{noun} {state}"
        text = (
            f"Invalid '{path_text(path)}': {what}. Expected {ARTICLES[noun]} with {bound}, but got {got} instead."
        )
        return self._say(path, code, text)

    def out_of_range(self, path: Path, value: float, shape: Number) -> str:
        noun = "integer" if shape.integer else "decimal"
        above = shape.maximum is not None and value > shape.maximum
        side, sign, bound = (
            ("above maximum", "<=", shape.maximum) if above else ("below minimum", ">=", shape.minimum)
        )
        code = f"{noun}_above_max_value" if above else f"{noun}_below_min_value"
        place = path_text(path)
        text = (
            f"Invalid '{place}': {noun} {side} value. Expected a value {sign} {bound:g}, but got {value} instead."
        )
        return self._say(path, code, text)

    def unknown_tag(self, path: Path, tag: Any, shape: Tagged) -> str:
        text = f"Invalid value: '{tag}'. {supported(tuple(shape.options))}"
        return self._say((*path, shape.key), "invalid_value", text)

    def sole(self, path: Path, names: Sequence[str], known: Sequence[str]) -> str:  # noqa: ARG002
        return self._say(path, "invalid_value", f"Invalid '{path_text(path)}': exactly one member is allowed.")

    def map_step(self, index: int, key: str) -> Path:  # noqa: ARG002 - part of the interface
        return (key,)


def expected(shape: Shape) -> str:
    match shape:
        case Number(integer=True):
            return "an integer"
        case Number():
            return "a decimal"
        case Text():
            return "a string"
        case Seq():
            return "an array"
        case _:
            kinds = {"Bool": "a boolean", "Obj": "an object", "Tagged": "an object", "MapOf": "an object"}
            return kinds.get(type(shape).__name__, "another type")


def supported(values: Sequence[str]) -> str:
    quoted = [f"'{value}'" for value in values]
    comma = "," if len(quoted) > 2 else ""
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}{comma} and {quoted[-1]}"
    return f"Supported values are: {listed}."
