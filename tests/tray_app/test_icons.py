"""The pictures are there for every state and every tray, differ, and need no colour to do so."""

from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tray_app.icons import TrayTheme, load_icon
from tray_app.menu_items import IconState

APP_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "app"
PAIRS = list(combinations(IconState, 2))


def outline_difference(first: Image.Image, second: Image.Image) -> float:
    """The mean difference of the two outlines, 0 to 255."""
    return ImageStat.Stat(ImageChops.difference(first.getchannel("A"), second.getchannel("A"))).mean[0]


@pytest.mark.parametrize("theme", TrayTheme)
@pytest.mark.parametrize("state", IconState)
def test_each_state_has_a_picture_for_each_tray(state: IconState, theme: TrayTheme) -> None:
    assert load_icon(state, theme).size == (64, 64)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_states_differ_by_outline_alone(first: IconState, second: IconState) -> None:
    """A template image has no colour, and not everyone sees colours."""
    difference = outline_difference(load_icon(first, TrayTheme.TEMPLATE), load_icon(second, TrayTheme.TEMPLATE))

    assert difference > 5


@pytest.mark.parametrize("state", IconState)
def test_template_is_black_alone(state: IconState) -> None:
    red, green, blue, _ = load_icon(state, TrayTheme.TEMPLATE).split()

    assert [band.getextrema() for band in (red, green, blue)] == [(0, 0)] * 3


@pytest.mark.parametrize("state", IconState)
def test_the_dark_tray_gets_the_brighter_picture(state: IconState) -> None:
    def brightness(theme: TrayTheme) -> float:
        picture = load_icon(state, theme)
        solid = picture.getchannel("A").point(lambda a: 255 * (a > 200))
        return ImageStat.Stat(picture.convert("L"), mask=solid).mean[0]

    assert brightness(TrayTheme.DARK) > brightness(TrayTheme.LIGHT) + 20


@pytest.mark.parametrize("size", [16, 24, 32, 48, 64, 128, 256, 512])
def test_packages_find_the_program_icon_in_each_size(size: int) -> None:
    with Image.open(APP_FOLDER / f"ai-core-proxy-{size}.png") as picture:
        assert picture.size == (size, size)


@pytest.mark.parametrize(
    ("name", "magic"), [("ai-core-proxy.ico", b"\x00\x00\x01\x00"), ("ai-core-proxy.icns", b"icns")]
)
def test_packages_find_the_icon_file_of_their_system(name: str, magic: bytes) -> None:
    assert (APP_FOLDER / name).read_bytes().startswith(magic)
