"""The pictures that are kept are those that the script draws from the source."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageChops

from release.linux_packages import ICON_SIZES
from release.version import ROOT

LEAST_SEEN = 48
"""A difference of tone that a new release of Pillow may make at an edge, and nobody sees."""
STATES = ("stopped", "starting", "running", "warning", "error")


@pytest.fixture(scope="session")
def script() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("draw_icons", ROOT / "assets" / "draw_icons.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["draw_icons"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["draw_icons"]


@pytest.fixture(scope="session")
def drawn(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    script.write_icons(folder / "tray_app" / "assets", folder / "assets" / "app")
    return folder


@pytest.mark.parametrize("folder", ["tray_app/assets", "assets/app"])
def test_kept_pictures_are_those_of_the_source(folder: str, drawn: Path) -> None:
    kept = {path.name for path in (ROOT / folder).iterdir()}

    assert kept == {path.name for path in (drawn / folder).iterdir()}
    for name in kept:
        assert largest_difference(ROOT / folder / name, drawn / folder / name) < LEAST_SEEN, name


def test_states_differ_without_colour(script: ModuleType) -> None:
    pictures = script.draw_tray(script.read_masks(), script.PALETTES["template"])

    assert set(pictures) == set(STATES)
    assert len({picture.getchannel("A").tobytes() for picture in pictures.values()}) == len(STATES)


def test_shape_that_cannot_be_drawn_is_refused(script: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "new.svg"
    source.write_text('<svg xmlns="http://www.w3.org/2000/svg"><mask id="m"><path d="M0 0"/></mask></svg>')

    with pytest.raises(ValueError, match="<path> within a mask"):
        script.read_masks(source)


def test_windows_and_macos_icons_hold_the_sizes_that_are_shown() -> None:
    with Image.open(ROOT / "assets" / "app" / "ai-core-proxy.ico") as icon:
        assert {(size, size) for size in (16, 24, 32, 48, 64, 256)} <= icon.info["sizes"]
    with Image.open(ROOT / "assets" / "app" / "ai-core-proxy.icns") as icon:
        assert {(128, 128, 1), (256, 256, 1), (512, 512, 1), (512, 512, 2)} <= set(icon.info["sizes"])


@pytest.mark.parametrize("size", ICON_SIZES)
def test_linux_icon_has_the_size_of_its_name(size: int) -> None:
    with Image.open(ROOT / "assets" / "app" / f"ai-core-proxy-{size}.png") as icon:
        assert icon.size == (size, size)


def largest_difference(one: Path, other: Path) -> int:
    """Of any tone of any pixel that is not clear, 0 to 255."""
    with Image.open(one) as first, Image.open(other) as second:
        pictures = [premultiply(picture.convert("RGBA")) for picture in (first, second)]
    return max(most for _, most in ImageChops.difference(*pictures).getextrema())


def premultiply(picture: Image.Image) -> Image.Image:
    alpha = picture.getchannel("A")
    tones = [ImageChops.multiply(channel, alpha) for channel in picture.split()[:3]]
    return Image.merge("RGBA", [*tones, alpha])
