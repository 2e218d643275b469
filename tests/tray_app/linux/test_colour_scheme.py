"""Which picture a Linux desktop gets."""

import pytest

from tray_app.icons import TrayTheme
from tray_app.linux.colour_scheme import resolve_theme


@pytest.mark.parametrize(
    ("desktop", "scheme", "expected"),
    [
        ("KDE", TrayTheme.LIGHT, TrayTheme.LIGHT),
        ("KDE", None, TrayTheme.DARK),
        ("XFCE", TrayTheme.DARK, TrayTheme.DARK),
        ("ubuntu:GNOME", TrayTheme.LIGHT, TrayTheme.DARK),
        ("", None, TrayTheme.DARK),
    ],
)
def test_theme_follows_the_panel(desktop: str, scheme: TrayTheme | None, expected: TrayTheme) -> None:
    """GNOME's panel is dark with light windows too."""
    assert resolve_theme({"XDG_CURRENT_DESKTOP": desktop}, scheme) is expected
