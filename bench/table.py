"""The figures as a table for people, in a terminal and in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Row", "as_markdown", "as_text"]

_HEADINGS = ("figure", "here", "direct", "target", "met", "best of the field")
_SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, of one or several values; a value is None where it cannot be measured.

    `targets` are limits for the values in their order, empty where there is none: at most so much, or at
    least, when `more` is better.
    """

    name: str
    values: tuple[float | None, ...]
    unit: str
    targets: tuple[float, ...] = ()
    best: str = "-"
    direct: str = "-"
    more: bool = False

    @property
    def met(self) -> str:
        """`yes`, `no`, or a word for each value when they differ."""
        if not self.targets:
            return "-"
        words = ["-" if value is None else "yes" if self._is_met(value, target) else "no"
                 for value, target in zip(self.values, self.targets, strict=True)]  # fmt: skip
        return words[0] if len(set(words)) == 1 else _SEPARATOR.join(words)

    def cells(self) -> tuple[str, ...]:
        here = f"{_numbers(self.values)} {self.unit}"
        target = f"{'≥' if self.more else '≤'} {_numbers(self.targets)}" if self.targets else "-"
        return (self.name, here, self.direct, target, self.met, self.best)

    def _is_met(self, value: float, target: float) -> bool:
        return value >= target if self.more else value <= target


def as_text(rows: Sequence[Row]) -> str:
    """Aligned columns."""
    lines = [_HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                     for line in lines)  # fmt: skip


def as_markdown(rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [_HEADINGS, ("---",) * len(_HEADINGS), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _numbers(values: Sequence[float | None]) -> str:
    """All with two decimals, or all without."""
    whole = all(value is None or abs(value) >= 100 or value == int(value) for value in values)
    digits = 0 if whole else 2
    return _SEPARATOR.join("not measured" if value is None else f"{value:,.{digits}f}" for value in values)
