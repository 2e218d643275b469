"""The model that stands in when a client asks for one of a family that does not run. Names only."""

from collections.abc import Iterable

from proxy_core.model_names import ModelName, parse_model_name

__all__ = ["nearest_of_family"]

_SPECIAL = frozenset({"codex", "image", "audio", "realtime"})
"""Made for one thing; they stand in only when nothing else of the family runs."""


def nearest_of_family(wanted: str, names: Iterable[str]) -> str | None:
    """The newest of the same family and tier, else of the same family: a small model (haiku, mini, nano) for a
    small one and a full one for a full one where both run. Of equals the first wins. None outside the family."""
    asked = parse_model_name(wanted)
    parsed = ((name, parse_model_name(name)) for name in names)
    family = [(name, found) for name, found in parsed if found.family == asked.family]
    if not family:
        return None
    return max(family, key=lambda candidate: _rank(asked, candidate[1]))[0]


def _rank(asked: ModelName, found: ModelName) -> tuple[object, ...]:
    return (
        found.tier == asked.tier,
        _SPECIAL.isdisjoint(found.words),
        found.is_small == asked.is_small,
        found.version,
        -abs(found.size - asked.size),
    )
