"""Whether the desktop is dark or light, from the desktop portal, so that the icon stands out from the panel.

Source: xdg-desktop-portal, org.freedesktop.portal.Settings, `org.freedesktop.appearance` `color-scheme`.
"""

from collections.abc import Mapping

from jeepney import DBusAddress, HeaderFields, Message, new_method_call

from tray_app.icons import TrayTheme
from tray_app.linux.session_bus import read_reply

__all__ = ["SIGNAL_RULE", "build_scheme_question", "decode_scheme_answer", "decode_scheme_signal", "resolve_theme"]

INTERFACE = "org.freedesktop.portal.Settings"
ADDRESS = DBusAddress("/org/freedesktop/portal/desktop", "org.freedesktop.portal.Desktop", INTERFACE)
NAMESPACE = "org.freedesktop.appearance"
KEY = "color-scheme"
SIGNAL_RULE = f"type='signal',interface='{INTERFACE}',member='SettingChanged',arg0='{NAMESPACE}'"
SCHEMES = {1: TrayTheme.DARK, 2: TrayTheme.LIGHT}
ALWAYS_DARK = {"gnome", "unity", "pantheon", "cinnamon"}
"""Desktops whose panel is dark also where windows are light."""


def build_scheme_question() -> Message:
    return new_method_call(ADDRESS, "Read", "ss", (NAMESPACE, KEY))


def decode_scheme_answer(reply: Message | None) -> TrayTheme | None:
    """None: no portal, or no preference. The value comes as a variant in a variant."""
    values = read_reply(reply, "v")
    return None if values is None else decode_value(values[0])


def decode_scheme_signal(signal: Message) -> TrayTheme | None:
    fields = signal.header.fields
    if fields.get(HeaderFields.interface) != INTERFACE or fields.get(HeaderFields.signature) != "ssv":
        return None
    namespace, key, value = signal.body
    return decode_value(value) if (namespace, key) == (NAMESPACE, KEY) else None


def decode_value(variant: tuple[str, object]) -> TrayTheme | None:
    signature, value = variant
    if signature == "v" and isinstance(value, tuple):
        return decode_value(value)
    return SCHEMES.get(value) if isinstance(value, int) else None


def resolve_theme(environ: Mapping[str, str], scheme: TrayTheme | None) -> TrayTheme:
    """The kind of panel to draw for: the desktop's own habit, else its scheme, else dark, as most panels are."""
    desktops = {name.strip().lower() for name in environ.get("XDG_CURRENT_DESKTOP", "").split(":")}
    if desktops & ALWAYS_DARK:
        return TrayTheme.DARK
    return scheme or TrayTheme.DARK
