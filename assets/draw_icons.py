"""Draws every icon of the product from one source, `ai-core-proxy.svg`: `python assets/draw_icons.py`.

The source holds shapes on a grid of 64 units, as masks; colours, badges and sizes are added here. The states differ
in outline alone, so that macOS' template images, which have no colour, tell them apart too. All is drawn large and
scaled down. The results are kept in the repository; this script is run by hand when the drawing changes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageChops, ImageDraw, ImageFilter

GRID = 64
SCALE = 16
TRAY_SIZE = 64
APP_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ROOT = Path(__file__).resolve().parent.parent
TRAY_FOLDER = ROOT / "tray_app" / "assets"
APP_FOLDER = ROOT / "assets" / "app"
APP_NAME = "ai-core-proxy"
SOURCE = ROOT / "assets" / f"{APP_NAME}.svg"
SVG = "{http://www.w3.org/2000/svg}"
TONES = {"white": 255, "black": 0}

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


def read_masks(source: Path = SOURCE) -> dict[str, Mask]:
    """The drawn masks of the source, by their ids. Raises `ValueError` for a shape that cannot be drawn here."""
    tree = ElementTree.parse(source)  # noqa: S314 - our own file
    return {mask.attrib["id"]: draw_mask(mask) for mask in tree.iter(f"{SVG}mask")}


def draw_mask(element: ElementTree.Element) -> Mask:
    mask = empty()
    for shape in element:
        draw_shape(mask, shape.tag.removeprefix(SVG), shape.attrib)
    return mask


def draw_shape(mask: Mask, kind: str, shape: Mapping[str, str]) -> None:
    match kind:
        case "polygon":
            points = read_points(shape)
            draw_area(mask, points, TONES[shape["fill"]])
            draw_line(mask, [*points, points[0]], float(shape["stroke-width"]), TONES[shape["stroke"]])
        case "polyline":
            draw_line(mask, read_points(shape), float(shape["stroke-width"]), TONES[shape["stroke"]])
        case "circle":
            centre = (float(shape["cx"]), float(shape["cy"]))
            draw_dot(mask, centre, float(shape["r"]), TONES[shape["fill"]])
        case "rect":
            x, y, width, height, radius = (
                float(shape[name]) * SCALE for name in ("x", "y", "width", "height", "rx")
            )
            box = (x, y, x + width, y + height)
            ImageDraw.Draw(mask).rounded_rectangle(box, radius, fill=TONES[shape["fill"]])
        case _:
            raise ValueError(f"{SOURCE.name}: <{kind}> within a mask cannot be drawn.")


def read_points(shape: Mapping[str, str]) -> list[Point]:
    pairs = (pair.split(",") for pair in shape["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def draw_dot(mask: Mask, centre: Point, radius: float, tone: int) -> None:
    x, y = centre[0] * SCALE, centre[1] * SCALE
    r = radius * SCALE
    ImageDraw.Draw(mask).ellipse((x - r, y - r, x + r, y + r), fill=tone)


def draw_line(mask: Mask, points: list[Point], width: float, tone: int) -> None:
    """A line with round ends and corners: a box for each stretch, as Pillow's own wide lines miss the corners."""
    for (x, y), (to_x, to_y) in pairwise(points):
        length = math.hypot(to_x - x, to_y - y)
        across, down = (to_y - y) / length * width / 2, (x - to_x) / length * width / 2
        box = [
            (x + across, y + down),
            (to_x + across, to_y + down),
            (to_x - across, to_y - down),
            (x - across, y - down),
        ]
        draw_area(mask, box, tone)
    for point in points:
        draw_dot(mask, point, width / 2, tone)


def draw_area(mask: Mask, points: list[Point], tone: int) -> None:
    ImageDraw.Draw(mask).polygon([(round(x * SCALE), round(y * SCALE)) for x, y in points], fill=tone)


def tint(image: Image.Image, mask: Mask, colour: Colour) -> None:
    image.paste(Image.new("RGBA", image.size, (*colour, 255)), mask=mask)


def add_halo(image: Image.Image, colour: Colour) -> Image.Image:
    rim = image.getchannel("A").filter(ImageFilter.GaussianBlur(1.2 * SCALE)).point(lambda a: min(150, 2 * a))
    below = Image.new("RGBA", image.size, (*colour, 0))
    below.putalpha(rim)
    return Image.alpha_composite(below, image)


def compose(masks: Mapping[str, Mask], glyph: str, colour: Colour) -> Image.Image:
    image = Image.new("RGBA", masks[glyph].size, (*colour, 0))
    tint(image, masks[glyph], colour)
    return image


def compose_with_badge(
    masks: Mapping[str, Mask], glyph: str, colour: Colour, badge: str, badge_colour: Colour
) -> Image.Image:
    image = Image.new("RGBA", masks[glyph].size, (*colour, 0))
    tint(image, ImageChops.darker(masks[glyph], masks[f"around-{badge}"]), colour)
    tint(image, masks[badge], badge_colour)
    return image


def draw_tray(masks: Mapping[str, Mask], palette: Palette) -> dict[str, Image.Image]:
    """The five states as large images, by name."""
    images = {
        "stopped": compose(masks, "hollow", palette.idle),
        "starting": compose(masks, "dotted", palette.busy),
        "running": compose(masks, "solid", palette.active),
        "warning": compose_with_badge(masks, "solid", palette.active, "warning", palette.warning),
        "error": compose_with_badge(masks, "hollow", palette.idle, "error", palette.error),
    }
    if palette.halo is None:
        return images
    return {name: add_halo(image, palette.halo) for name, image in images.items()}


def draw_app(masks: Mapping[str, Mask]) -> Image.Image:
    """The program's icon: the running hexagon in white on a tile, as the source shows it."""
    image = compose(masks, "tile", BRAND)
    glyph = masks["solid"].resize((44 * SCALE, 44 * SCALE), Image.Resampling.LANCZOS)
    placed = empty()
    placed.paste(glyph, (10 * SCALE, 10 * SCALE))
    tint(image, placed, WHITE)
    return image


def scaled(image: Image.Image, size: int) -> Image.Image:
    return image.resize((size, size), Image.Resampling.LANCZOS)


def write_icons(tray_folder: Path = TRAY_FOLDER, app_folder: Path = APP_FOLDER) -> None:
    masks = read_masks()
    tray_folder.mkdir(parents=True, exist_ok=True)
    for tray, palette in PALETTES.items():
        for state, image in draw_tray(masks, palette).items():
            scaled(image, TRAY_SIZE).save(tray_folder / f"tray-{state}-{tray}.png", optimize=True)
    app_folder.mkdir(parents=True, exist_ok=True)
    image = draw_app(masks)
    for size in APP_SIZES:
        scaled(image, size).save(app_folder / f"{APP_NAME}-{size}.png", optimize=True)
    image.save(app_folder / f"{APP_NAME}.ico", sizes=[(size, size) for size in APP_SIZES if size <= 256])
    image.save(app_folder / f"{APP_NAME}.icns")


if __name__ == "__main__":
    write_icons()
