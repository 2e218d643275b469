"""The tray's pictures, drawn beforehand (`assets/draw_icons.py`) and loaded by state and by kind of tray.

The files are package data, so that they are found from the source tree, from a wheel and in a frozen bundle alike.
"""

import io
from enum import StrEnum
from functools import cache
from importlib.resources import files

from PIL import Image

from tray_app.menu_items import IconState

__all__ = ["TrayTheme", "load_icon"]


class TrayTheme(StrEnum):
    """The tray that the picture stands on: DARK needs a bright picture, LIGHT a dark one, TEMPLATE (macOS) black
    with transparency alone, which the system colours itself."""

    DARK = "dark"
    LIGHT = "light"
    TEMPLATE = "template"


@cache
def load_icon(state: IconState, theme: TrayTheme) -> Image.Image:
    """64 x 64 pixels, RGBA. Raises FileNotFoundError where the installation lacks its pictures."""
    data = (files("tray_app") / "assets" / f"tray-{state}-{theme}.png").read_bytes()
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGBA")
