"""Which published names the user's patterns let through. Names in, names out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from proxy_core.settings.model import ModelFilters

__all__ = ["FilteredName", "apply_filters", "find_filter"]


@dataclass(frozen=True, slots=True)
class FilteredName:
    """A name that is not published. `pattern` is the exclude pattern it matches; for `include`, all the
    include patterns, of which it matches none."""

    name: str
    rule: Literal["include", "exclude"]
    pattern: str

    def __str__(self) -> str:
        if self.rule == "exclude":
            return f"Model '{self.name}' is filtered by the exclude pattern '{self.pattern}'."
        return f"Model '{self.name}' is filtered: it matches no include pattern ({self.pattern})."


def find_filter(name: str, filters: ModelFilters) -> FilteredName | None:
    """Why a name is filtered, or None. Include comes first, then exclude; patterns match anywhere in the name."""
    if filters.include and not any(pattern.search(name) for pattern in filters.include):
        return FilteredName(name, "include", ", ".join(pattern.pattern for pattern in filters.include))
    for pattern in filters.exclude:
        if pattern.search(name):
            return FilteredName(name, "exclude", pattern.pattern)
    return None


def apply_filters(names: Iterable[str], filters: ModelFilters) -> tuple[list[str], list[FilteredName]]:
    """The names that pass, and the others with the reason; both in their order."""
    kept: list[str] = []
    filtered: list[FilteredName] = []
    for name in names:
        if reason := find_filter(name, filters):
            filtered.append(reason)
        else:
            kept.append(name)
    return kept, filtered
