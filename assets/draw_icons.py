"""Draws every icon of the product from a few shared shapes: `python assets/draw_icons.py`.

A hexagon is the core; the arrow cut into it is the request that passes through. Hollow: not running. All shapes
stand on a grid of 64 units, are drawn large and scaled down, and differ in outline alone, so that macOS' template
images, which have no colour, tell the states apart too. The results are kept in the repository; this script is run
by hand when the drawing changes. It needs no network and reads no file.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

GRID = 64
SCALE = 16
TRAY_SIZE = 64
APP_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ROOT = Path(__file__).resolve().parent.parent
TRAY_FOLDER = ROOT / "tray_app" / "assets"
APP_FOLDER = ROOT / "assets" / "app"
APP_NAME = "ai-core-proxy"

Mask = Image.Image
Colour = tuple[int, int, int]
Point = tuple[float, float]

BRAND: Colour = (10, 110, 209)
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True)
class Palette:
    """Colours of one kind of tray. `halo` is a faint rim of the opposite tone for a tray of the wrong guess."""

    idle: Colour
    busy: Colour
    active: Colour
    warning: Colour
    error: Colour
    halo: Colour | None


PALETTES = {
    "dark": Palette((214, 222, 230), (120, 188, 255), (86, 174, 255), (255, 186, 51), (255, 107, 107), BLACK),
    "light": Palette((84, 101, 119), BRAND, BRAND, (214, 120, 0), (200, 30, 30), WHITE),
    "template": Palette(BLACK, BLACK, BLACK, BLACK, BLACK, None),
}


def empty() -> Mask:
    return Image.new("L", (GRID * SCALE, GRID * SCALE), 0)


def draw_dot(mask: Mask, centre: Point, radius: float, value: int = 255) -> None:
    x, y = centre[0] * SCALE, centre[1] * SCALE
    r = radius * SCALE
    ImageDraw.Draw(mask).ellipse((x - r, y - r, x + r, y + r), fill=value)


def draw_line(mask: Mask, points: list[Point], width: float, value: int = 255) -> None:
    """A line with round ends and corners."""
    pixels = [(x * SCALE, y * SCALE) for x, y in points]
    ImageDraw.Draw(mask).line(pixels, fill=value, width=round(width * SCALE))
    for point in points:
        draw_dot(mask, point, width / 2, value)


def draw_polygon(mask: Mask, points: list[Point], rounding: float, value: int = 255) -> None:
    ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in points], fill=value)
    draw_line(mask, [*points, points[0]], 2 * rounding, value)


def hexagon(radius: float, rounding: float) -> Mask:
    mask = empty()
    corners = [math.radians(60 * k - 90) for k in range(6)]
    draw_polygon(mask, [(32 + radius * math.cos(a), 32 + radius * math.sin(a)) for a in corners], rounding)
    return mask


def hollow() -> Mask:
    return ImageChops.subtract(hexagon(25, 5), hexagon(20.5, 2))


def solid() -> Mask:
    mask = hexagon(25, 5)
    draw_line(mask, [(20, 32), (43, 32)], 6, 0)
    draw_line(mask, [(34, 22), (44, 32), (34, 42)], 6, 0)
    return mask


def dotted() -> Mask:
    mask = hollow()
    for x in (21, 32, 43):
        draw_dot(mask, (x, 32), 4)
    return mask


def warning_badge(grow: float = 0) -> Mask:
    mask = empty()
    draw_polygon(mask, [(47, 37), (58.5, 57), (35.5, 57)], 3.5 + grow)
    if not grow:
        draw_line(mask, [(47, 42.5), (47, 49)], 4.5, 0)
        draw_dot(mask, (47, 55.5), 2.6, 0)
    return mask


def error_badge(grow: float = 0) -> Mask:
    mask = empty()
    draw_dot(mask, (47, 47), 15 + grow)
    if not grow:
        draw_line(mask, [(41.5, 41.5), (52.5, 52.5)], 5, 0)
        draw_line(mask, [(52.5, 41.5), (41.5, 52.5)], 5, 0)
    return mask


def tint(image: Image.Image, mask: Mask, colour: Colour) -> None:
    image.paste(Image.new("RGBA", image.size, (*colour, 255)), mask=mask)


def add_halo(image: Image.Image, colour: Colour) -> Image.Image:
    rim = image.getchannel("A").filter(ImageFilter.GaussianBlur(1.2 * SCALE)).point(lambda a: min(150, 2 * a))
    below = Image.new("RGBA", image.size, (*colour, 0))
    below.putalpha(rim)
    return Image.alpha_composite(below, image)


def compose(
    glyph: Mask, colour: Colour, badge: Callable[[float], Mask] | None, badge_colour: Colour
) -> Image.Image:
    image = Image.new("RGBA", glyph.size, (*colour, 0))
    if badge is None:
        tint(image, glyph, colour)
        return image
    tint(image, ImageChops.subtract(glyph, badge(3.5)), colour)
    tint(image, badge(0), badge_colour)
    return image


def draw_tray(palette: Palette) -> dict[str, Image.Image]:
    """The five states as large images, by name."""
    images = {
        "stopped": compose(hollow(), palette.idle, None, BLACK),
        "starting": compose(dotted(), palette.busy, None, BLACK),
        "running": compose(solid(), palette.active, None, BLACK),
        "warning": compose(solid(), palette.active, warning_badge, palette.warning),
        "error": compose(hollow(), palette.idle, error_badge, palette.error),
    }
    if palette.halo is None:
        return images
    return {name: add_halo(image, palette.halo) for name, image in images.items()}


def draw_app() -> Image.Image:
    """The program's icon: the running hexagon in white on a tile."""
    tile = empty()
    ImageDraw.Draw(tile).rounded_rectangle((SCALE, SCALE, 63 * SCALE, 63 * SCALE), radius=14 * SCALE, fill=255)
    image = Image.new("RGBA", tile.size, (*BRAND, 0))
    tint(image, tile, BRAND)
    glyph = solid().resize((44 * SCALE, 44 * SCALE), Image.Resampling.LANCZOS)
    placed = empty()
    placed.paste(glyph, (10 * SCALE, 10 * SCALE))
    tint(image, placed, WHITE)
    return image


def scaled(image: Image.Image, size: int) -> Image.Image:
    return image.resize((size, size), Image.Resampling.LANCZOS)


def write_tray_icons() -> None:
    TRAY_FOLDER.mkdir(parents=True, exist_ok=True)
    for tray, palette in PALETTES.items():
        for state, image in draw_tray(palette).items():
            scaled(image, TRAY_SIZE).save(TRAY_FOLDER / f"tray-{state}-{tray}.png", optimize=True)


def write_app_icons() -> None:
    APP_FOLDER.mkdir(parents=True, exist_ok=True)
    image = draw_app()
    for size in APP_SIZES:
        scaled(image, size).save(APP_FOLDER / f"{APP_NAME}-{size}.png", optimize=True)
    image.save(APP_FOLDER / f"{APP_NAME}.ico", sizes=[(size, size) for size in APP_SIZES if size <= 256])
    image.save(APP_FOLDER / f"{APP_NAME}.icns")


if __name__ == "__main__":
    write_tray_icons()
    write_app_icons()
