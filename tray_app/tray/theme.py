"""For which kind of tray the pictures are taken: asked each time, as a user may change it any moment."""

import sys
from collections.abc import Mapping

from tray_app.icons import TrayTheme

__all__ = ["resolve_tray_theme"]

PERSONALIZE = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"


def resolve_tray_theme(
    environ: Mapping[str, str], scheme: TrayTheme | None, platform: str = sys.platform
) -> TrayTheme:
    """`scheme`: what a Linux desktop said, where it did."""
    match platform:
        case "darwin":
            return TrayTheme.TEMPLATE
        case "win32":
            return read_taskbar_theme()
        case _:
            from tray_app.linux.colour_scheme import resolve_theme

            return resolve_theme(environ, scheme)


def read_taskbar_theme() -> TrayTheme:
    """The taskbar's own colour, which may differ from the windows'. Dark where Windows does not say."""
    if sys.platform != "win32":
        return TrayTheme.DARK
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, PERSONALIZE) as key:
            light, _ = winreg.QueryValueEx(key, "SystemUsesLightTheme")
    except OSError:
        return TrayTheme.DARK
    return TrayTheme.LIGHT if light else TrayTheme.DARK
