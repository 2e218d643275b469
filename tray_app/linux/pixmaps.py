"""A picture as StatusNotifierItem's pixmaps: ARGB, 8 bits each, in network byte order, in the panels' sizes."""

from PIL import Image

__all__ = ["Pixmap", "build_pixmaps"]

SIZES = (16, 22, 24, 32, 48, 64)

Pixmap = tuple[int, int, bytes]
"""Width, height, ARGB bytes: the D-Bus type (iiay)."""


def build_pixmaps(picture: Image.Image) -> list[Pixmap]:
    """One pixmap for each common panel size, smallest first."""
    return [build_pixmap(picture.resize((size, size), Image.Resampling.LANCZOS)) for size in SIZES]


def build_pixmap(picture: Image.Image) -> Pixmap:
    red, green, blue, alpha = picture.convert("RGBA").split()
    return picture.width, picture.height, Image.merge("RGBA", (alpha, red, green, blue)).tobytes()
