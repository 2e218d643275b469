"""From menu items to pystray's, and texts cut to what the systems take. No I/O, no state."""

from collections import Counter
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

from tray_app.menu_items import ActionId, MenuItem
from tray_app.tray.backends import LoadedBackend

__all__ = ["TEXT_UNITS", "TITLE_UNITS", "TOOLTIP_UNITS", "OnAction", "render_menu", "shorten"]

OnAction = Callable[[ActionId, str | None], None]

TOOLTIP_UNITS = 127
TITLE_UNITS = 63
TEXT_UNITS = 255
"""UTF-16 units that Windows' NOTIFYICONDATAW holds in szTip, szInfoTitle and szInfo, without the closing zero."""


def shorten(text: str, units: int) -> str:
    """At most `units` UTF-16 units, with an ellipsis where something was cut, and no half of a surrogate pair."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) <= 2 * units:
        return text
    return encoded[: 2 * (units - 1)].decode("utf-16-le", "ignore") + "…"


def render_menu(items: tuple[MenuItem, ...], backend: LoadedBackend, on_action: OnAction) -> Any:
    """A `pystray.Menu`. Each row carries a `key` that tells it in every later menu."""
    keys = build_keys(items)
    rows = [render_row(item, key, backend, on_action) for item, key in zip(items, keys, strict=True)]
    return backend.pystray.Menu(*rows)


def build_keys(items: tuple[MenuItem, ...]) -> list[Hashable]:
    """A row with an action is told by it; of the others, the first stays the first, and so on."""
    seen: Counter[str] = Counter()
    keys: list[Hashable] = []
    for item in items:
        if item.action is not None:
            keys.append((item.action, item.argument))
            continue
        kind = "separator" if item.separator else "row"
        seen[kind] += 1
        keys.append((kind, seen[kind]))
    return keys


def render_row(item: MenuItem, key: Hashable, backend: LoadedBackend, on_action: OnAction) -> Any:
    if item.separator:
        return backend.pystray.Menu.SEPARATOR
    row = backend.pystray.MenuItem(
        backend.escape(item.label),
        render_menu(item.submenu, backend, on_action) if item.submenu else partial(act, item, on_action),
        checked=None if item.checked is None else partial(is_checked, item),
        default=item.default,
        enabled=item.enabled,
    )
    row.key = key
    return row


def act(item: MenuItem, on_action: OnAction, _icon: object, _row: object) -> None:
    if item.action is not None:
        on_action(item.action, item.argument)


def is_checked(item: MenuItem, _row: object) -> bool:
    return bool(item.checked)
