"""The roots of tool schemas: what Claude and Nova take at the top level. Pure functions over JSON Schema.

A schema that needs no change stays the same object.
"""

from typing import Any

from proxy_core.json_text import JsonObject

__all__ = ["fit_schema", "inline_references", "plain_root"]

_COMBINERS = ("anyOf", "oneOf", "allOf")
_PLAIN_KEYS = ("type", "properties", "required")
_DEFINITIONS = ("$defs", "definitions")
_MOST_REFERENCES = 1000
"""Followed in one schema; a wild one could grow without end."""


def fit_schema(schema: JsonObject) -> JsonObject:
    """The schema itself where its root suits Claude: `type: object` without anyOf, oneOf or allOf. Else a
    copy with the properties of all branches; a property stays required where every branch requires it."""
    if schema.get("type") == "object" and not any(key in schema for key in _COMBINERS):
        return schema
    fitted = {key: value for key, value in schema.items() if key not in _COMBINERS}
    properties = _properties(schema)
    required = _required(schema)
    for key in _COMBINERS:
        branches = schema.get(key)
        branches = [branch for branch in branches if isinstance(branch, dict)] if isinstance(branches, list) else []
        for branch in branches:
            properties = {**_properties(branch), **properties}
        required |= _required_by(branches, every=key != "allOf")
    fitted |= {"type": "object", "properties": properties}
    if required:
        fitted["required"] = sorted(required)
    return fitted


def plain_root(schema: JsonObject) -> JsonObject:
    """The schema with nothing but `type`, `properties` and `required` at its root, which is all that Nova takes.

    What the root defines for others is put where it is referred to. Source: AWS, "Tool use with Amazon Nova".
    """
    fitted = fit_schema(inline_references(schema))
    if fitted.keys() <= set(_PLAIN_KEYS):
        return fitted
    return {key: fitted[key] for key in _PLAIN_KEYS if key in fitted}


def inline_references(schema: JsonObject) -> JsonObject:
    """The schema with every `$ref` into itself replaced by what it names. What refers to itself is any value."""
    if not _refers(schema):
        return schema
    body = {key: value for key, value in schema.items() if key not in _DEFINITIONS}
    inlined = _Inliner(schema).inline(body, ())
    return inlined if isinstance(inlined, dict) else schema


def _refers(node: Any) -> bool:
    match node:
        case {"$ref": str()}:
            return True
        case dict():
            return any(map(_refers, node.values()))
        case list():
            return any(map(_refers, node))
        case _:
            return False


class _Inliner:
    def __init__(self, root: JsonObject) -> None:
        self._root = root
        self._left = _MOST_REFERENCES

    def inline(self, node: Any, chain: tuple[str, ...]) -> Any:
        """`chain` holds the references that lead to the node."""
        match node:
            case {"$ref": str() as reference}:
                beside = {key: self.inline(value, chain) for key, value in node.items() if key != "$ref"}
                if reference in chain or self._left == 0:
                    return beside
                self._left -= 1
                named = self.inline(_named(self._root, reference), (*chain, reference))
                return {**named, **beside} if isinstance(named, dict) else beside
            case dict():
                return {key: self.inline(value, chain) for key, value in node.items()}
            case list():
                return [self.inline(item, chain) for item in node]
            case _:
                return node


def _named(root: JsonObject, reference: str) -> Any:
    node: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if name:
            node = node.get(name) if isinstance(node, dict) else None
    return node if node is not None else {}


def _required_by(branches: list[JsonObject], *, every: bool) -> set[str]:
    lists = [_required(branch) for branch in branches]
    if not lists:
        return set()
    return set.intersection(*lists) if every else set.union(*lists)


def _properties(schema: JsonObject) -> JsonObject:
    properties = schema.get("properties")
    return dict(properties) if isinstance(properties, dict) else {}


def _required(schema: JsonObject) -> set[str]:
    required = schema.get("required")
    return {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
