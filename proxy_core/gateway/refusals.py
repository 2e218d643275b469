"""Fields that a model refused by name: learnt from its 400, left out from then on.

SAP and the vendors behind it accept different fields for each model and change them without notice, so
no table stays true. Only a field that the error itself calls unknown, extra or unsupported is left out,
and never one that carries content.
"""

import logging
import re
from collections.abc import Iterator
from typing import Any

from proxy_core.errors import UpstreamError
from proxy_core.json_text import JsonObject

__all__ = ["Refusals", "lacks_operation", "refused_fields", "refuses_thoughts", "remove_fields"]

FieldPath = tuple[str, ...]
"""Keys from the body's root; `*` stands for every item of a list."""

_CONTENT = frozenset(
    {
        "content", "contents", "data", "dimensions", "functions", "input", "input_schema", "messages", "model",
        "outputDimensionality", "parameters", "parametersJsonSchema", "parts", "role", "source", "system", "text",
        "tool_calls", "tools", "type",
    }
)  # fmt: skip
"""Fields that carry what the user or the tools say, or who says it, or that shape vectors; a request without them
would be another request."""
_OPENAI_CODES = frozenset({"unknown_parameter", "unsupported_parameter", "unsupported_value"})
_EXTRA_INPUT = re.compile(r"(?<![\w.\-])([\w.\-]+): Extra inputs are not permitted")
_UNKNOWN_PARAMETER = re.compile(
    r"(?:Unknown|Unsupported|Unrecognized) (?:parameter|value|request argument supplied): '?([\w.\[\]\-]+)'?"
)
_UNKNOWN_SETTING = re.compile(r"Unknown field for GenerationConfig: (\w+)")
_EXTRANEOUS_KEY = re.compile(r"#([\w/\-]*): extraneous key \[([\w\-]+)\] is not permitted")
_REFUSED_VALUE = re.compile(r"\bUnsupported value: ")
_INVALID_PROOF = re.compile(r"Invalid `(signature|data)` in `(redacted_)?thinking` block")
_UNKNOWN_NAME = re.compile(r'Unknown name "(\w+)"(?: at \'([^\']*)\')?: Cannot find field')
_REMEMBERED_FIELDS = 100
"""Per model; the oldest go first. Some names come from clients, which may invent any number of them."""
_ALWAYS_WITHOUT_TYPE = "custom"  # a Claude tool without a `type` is named `custom` in error paths


class Refusals:
    """Per model, the fields it refused while this program ran. Safe for many threads without a lock: what is kept
    is swapped whole, and a field that two threads overwrite is learnt again."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._fields: dict[str, tuple[FieldPath, ...]] = {}
        self._lacking: dict[str, frozenset[str]] = {}

    def of(self, model: str) -> frozenset[FieldPath]:
        return frozenset(self._fields.get(model, ()))

    def lacking(self, deployment_url: str) -> frozenset[str]:
        """Operations that the deployment does not have."""
        return self._lacking.get(deployment_url, frozenset())

    def note_lacking(self, deployment_url: str, operations: frozenset[str]) -> None:
        """The deployment has answered a call that did without these operations."""
        if operations != self.lacking(deployment_url):
            self._lacking[deployment_url] = operations
            self._log.warning(
                "%s lacks %s: it is asked in another way from now on.",
                deployment_url,
                ", ".join(sorted(operations)),
            )

    def learn(self, model: str, error: UpstreamError, left_out: frozenset[FieldPath]) -> frozenset[FieldPath]:
        """What a request that left out `left_out` may leave out as well to do better now; empty when nothing helps.
        A field is remembered; one whose value alone was refused is not, for others may send another value."""
        named = refused_fields(error) - left_out
        if named and not _refuses_a_value(error):
            self._remember(model, named)
        return named

    def _remember(self, model: str, named: frozenset[FieldPath]) -> None:
        known = self._fields.get(model, ())
        news = sorted(named.difference(known))
        self._fields[model] = (*known, *news)[-_REMEMBERED_FIELDS:]
        if news:
            names = ", ".join(".".join(path) for path in news)
            self._log.warning("Model %s refuses the field %s: it is left out from now on.", model, names)


def refused_fields(error: UpstreamError) -> frozenset[FieldPath]:
    """The fields that an upstream 400 names as unknown, extra or unsupported."""
    if error.upstream_status != 400:
        return frozenset()
    return frozenset(path for path in _named_paths(error) if path and path[-1] not in _CONTENT)


def lacks_operation(error: UpstreamError) -> bool:
    """True when a deployment that is there says it does not have the path that was asked, or not for its model."""
    if (error.code or "").lower() == "operationnotsupported":
        return True
    return error.upstream_status == 404 and error.message.strip(" .").lower() == "resource not found"


def refuses_thoughts(error: UpstreamError) -> bool:
    """True when Claude does not take the proof over a thought. Conversations come here that another service or
    program has signed in its own way, and would fail at every turn."""
    return error.upstream_status == 400 and _INVALID_PROOF.search(error.message) is not None


def _refuses_a_value(error: UpstreamError) -> bool:
    return error.code == "unsupported_value" or _REFUSED_VALUE.search(error.message) is not None


def remove_fields(body: JsonObject, paths: frozenset[FieldPath], holder: FieldPath = ()) -> list[str]:
    """Remove the fields from `body` in place; the parts that change are copied first. Returns what was there.

    `holder` leads to the object that the model's own fields stand in where a service wraps them: the model names
    them without it."""
    return [".".join(path) for path in paths if _remove(body, path) or (holder and _remove(body, (*holder, *path)))]


def _named_paths(error: UpstreamError) -> Iterator[FieldPath]:
    if "invalid beta flag" in error.message:
        yield ("anthropic_beta",)
    if error.code in _OPENAI_CODES and error.param:
        yield _split(error.param)
    for match in _EXTRA_INPUT.finditer(error.message):
        yield _split(match[1])
    for match in _UNKNOWN_PARAMETER.finditer(error.message):
        yield _split(match[1])
    for match in _UNKNOWN_SETTING.finditer(error.message):
        yield (match[1],)
    for match in _EXTRANEOUS_KEY.finditer(error.message):
        yield (*_split(match[1].replace("/", ".")), match[2])
    for match in _UNKNOWN_NAME.finditer(error.message):
        yield (*_split(match[2] or ""), match[1])


def _split(path: str) -> FieldPath:
    tokens = re.split(r"[.\[\]]+", path)
    return tuple("*" if token.isdigit() else token for token in tokens if token)


def _remove(node: Any, path: FieldPath) -> bool:
    key, rest = path[0], path[1:]
    if isinstance(node, list):
        below = rest if key == "*" else path
        hits = sum(_remove_in(node, index, below) for index in range(len(node))) if below else 0
        return hits > 0
    if not isinstance(node, dict):
        return False
    name = _key_in(node, key)
    if name is None:
        is_tag = node.get("type", _ALWAYS_WITHOUT_TYPE) == key
        return _remove(node, rest) if is_tag and rest else False
    if not rest:
        del node[name]
        return True
    return _remove_in(node, name, rest)


def _remove_in(holder: Any, key: Any, path: FieldPath) -> bool:
    """Copy before changing: the client's own body shares these parts."""
    child = holder[key]
    if not isinstance(child, dict | list):
        return False
    copy = child.copy()
    if not _remove(copy, path):
        return False
    holder[key] = copy
    return True


def _key_in(node: JsonObject, key: str) -> str | None:
    """The key itself, or its camelCase twin: Vertex names fields in snake_case whatever was sent."""
    if key in node:
        return key
    plain = key.replace("_", "").lower()
    return next((name for name in node if name.replace("_", "").lower() == plain), None)
