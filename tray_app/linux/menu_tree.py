"""The menu as a tree with numbers, and what changed between two trees. No D-Bus messages, no I/O.

A row keeps its number for as long as the program runs, told by its key and its place under its parent; no number is
ever given to another row. So a click that crosses an update on the wire does what its row said, or nothing.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

__all__ = ["ROOT", "MenuChange", "MenuNode", "MenuRow", "MenuTree"]

ROOT = 0

MenuProperties = dict[str, tuple[str, str | bool | int]]
"""Property name to D-Bus variant, as com.canonical.dbusmenu names them."""


@dataclass(frozen=True, slots=True)
class MenuRow:
    """What to show. `checked` None: no check mark. `activate` is called in the bus's loop and must not block."""

    key: Hashable
    label: str = ""
    enabled: bool = True
    checked: bool | None = None
    separator: bool = False
    children: tuple["MenuRow", ...] = ()
    activate: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class MenuNode:
    """A row with its number, its children's numbers and its properties for the wire."""

    number: int
    properties: MenuProperties
    children: tuple[int, ...] = ()
    enabled: bool = True
    activate: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class MenuChange:
    """`updated`: new values by row; `removed`: properties that fell back to their defaults; `relaid`: rows whose
    list of children changed."""

    updated: dict[int, MenuProperties] = field(default_factory=dict)
    removed: dict[int, list[str]] = field(default_factory=dict)
    relaid: tuple[int, ...] = ()


def build_properties(row: MenuRow) -> MenuProperties:
    """A row's properties. An underscore marks an access key in a label and is doubled (com.canonical.dbusmenu)."""
    if row.separator:
        return {"type": ("s", "separator")}
    properties: MenuProperties = {"label": ("s", row.label.replace("_", "__")), "enabled": ("b", row.enabled)}
    if row.checked is not None:
        properties["toggle-type"] = ("s", "checkmark")
        properties["toggle-state"] = ("i", int(row.checked))
    if row.children:
        properties["children-display"] = ("s", "submenu")
    return properties


class MenuTree:
    """Holds the current nodes by number; `replace` takes the next menu. Not safe for use by several threads."""

    def __init__(self) -> None:
        self.nodes: dict[int, MenuNode] = {ROOT: MenuNode(ROOT, {"children-display": ("s", "submenu")})}
        self.revision = 1
        self._numbers: dict[tuple[int, Hashable, int], int] = {}

    def replace(self, rows: tuple[MenuRow, ...]) -> MenuChange:
        """Takes over the new menu and says what changed. Counts `revision` up when rows came, went or moved."""
        old, new = self.nodes, {node.number: node for node in self._build(MenuRow("", children=rows), ROOT)}
        new[ROOT] = MenuNode(ROOT, old[ROOT].properties, new[ROOT].children)
        self.nodes = new
        change = compare(old, new)
        self.revision += bool(change.relaid)
        return change

    def _build(self, row: MenuRow, number: int) -> Iterator[MenuNode]:
        seen: Counter[Hashable] = Counter()
        numbers = []
        for child in row.children:
            numbers.append(self._number(number, child.key, seen[child.key]))
            seen[child.key] += 1
            yield from self._build(child, numbers[-1])
        yield MenuNode(number, build_properties(row), tuple(numbers), row.enabled, row.activate)

    def _number(self, parent: int, key: Hashable, occurrence: int) -> int:
        return self._numbers.setdefault((parent, key, occurrence), len(self._numbers) + 1)


def compare(old: dict[int, MenuNode], new: dict[int, MenuNode]) -> MenuChange:
    change = MenuChange(relaid=tuple(n for n in new if n in old and new[n].children != old[n].children))
    for number in old.keys() & new.keys():
        before, after = old[number].properties, new[number].properties
        if changed := {name: value for name, value in after.items() if before.get(name) != value}:
            change.updated[number] = changed
        if gone := [name for name in before if name not in after]:
            change.removed[number] = gone
    return change
