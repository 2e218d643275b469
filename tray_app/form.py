"""The plain settings of the page's form, read from a config document and written back as its keys. Pure."""

from collections.abc import Mapping
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.settings.model import DEFAULT_PORT

__all__ = ["FORM_KEYS", "field_of_path", "read_form", "write_form"]

FORM_KEYS = frozenset({"port", "host", "include", "exclude", "aliases", "notifications", "update_check"})
"""Fields that stand in the document. `start_at_login` belongs to the system."""

_PLAIN = ("port", "host", "notifications", "update_check")
_FILTERS = "model_filters"
_ALIASES = "model_aliases"
_SPELLINGS = {"include": ("include", "include_filters"), "exclude": ("exclude", "exclude_filters")}
_FIELDS = {_ALIASES: "aliases", **{name: name for name in _PLAIN}}


def read_form(document: JsonObject) -> JsonObject:
    """The fields with their values, the defaults where the document says nothing."""
    filters = _object(document.get(_FILTERS))
    return {
        "port": document.get("port", DEFAULT_PORT),
        "host": document.get("host", "127.0.0.1"),
        **{
            name: [pattern for spelling in spellings for pattern in _list(filters.get(spelling))]
            for name, spellings in _SPELLINGS.items()
        },
        "aliases": _object(document.get(_ALIASES)),
        "notifications": document.get("notifications", True),
        "update_check": document.get("update_check", False),
    }


def write_form(document: JsonObject, values: Mapping[str, Any]) -> JsonObject:
    """The document's keys to change for the fields in `values`; None removes a key. Other filter keys stay."""
    changes: JsonObject = {name: values[name] for name in _PLAIN if name in values}
    if "aliases" in values:
        changes[_ALIASES] = values["aliases"] or None
    if not _SPELLINGS.keys().isdisjoint(values):
        filters = dict(_object(document.get(_FILTERS)))
        for name, spellings in _SPELLINGS.items():
            if name in values:
                for spelling in spellings:
                    filters.pop(spelling, None)
                if values[name]:
                    filters[name] = values[name]
        changes[_FILTERS] = filters or None
    return changes


def field_of_path(path: str) -> str | None:
    """The form's field for a JSON path such as `model_filters.include[0]`."""
    head, _, rest = path.partition(".")
    if head == _FILTERS:
        return next((name for name in _SPELLINGS if rest.startswith(name)), None)
    return _FIELDS.get(head.partition("[")[0])


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
