"""The icon on a real panel, looked at by screenshots (build/artifacts) and touched by the pointer."""

from collections.abc import Callable, Iterator

import pytest
from PIL import Image, ImageChops

from tests.desktop.desktop import Desktop, wait_until
from tests.desktop.menu_driver import MenuDriver
from tests.desktop.panel import Panel
from tests.desktop.tray_process import TrayProcess

MODELS = ["gpt-5", "claude-opus-4", "gemini-2.5-pro"]
BLUE = (86, 174, 255)
ROW_HEIGHT = 25

StartTray = Callable[..., TrayProcess]


@pytest.fixture
def tray(desktop: Desktop, panel: Panel, start_tray: StartTray) -> TrayProcess:
    return start_tray(desktop.environ, models=MODELS, version="1.2")


@pytest.fixture
def menu(desktop: Desktop, tray: TrayProcess) -> Iterator[MenuDriver]:
    with MenuDriver(desktop.environ["DBUS_SESSION_BUS_ADDRESS"], tray.pid) as menu:
        yield menu


def count_pixels(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    data = picture.convert("RGB").tobytes()
    return sum(data[i : i + 3] == bytes(colour) for i in range(0, len(data), 3))


def open_menu(panel: Panel, name: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = panel.find_icon(name)
    panel.click((left + right) // 2, (top + bottom) // 2)
    return panel.find_menu(name)


def test_icon_appears_on_the_panel(panel: Panel, tray: TrayProcess, menu: MenuDriver) -> None:
    box = panel.find_icon("icon-running")

    assert count_pixels(panel.screenshot("icon-running").crop(box), BLUE) > 50


def test_icon_on_the_panel_follows_the_state(panel: Panel, tray: TrayProcess, menu: MenuDriver) -> None:
    box = panel.find_icon("icon-running")
    tray.publish(state="stopped")

    wait_until(lambda: not count_pixels(panel.screenshot("icon-stopped").crop(box), BLUE), "the other picture")


def test_pointer_opens_the_menu_and_runs_a_row(panel: Panel, tray: TrayProcess, menu: MenuDriver) -> None:
    left, _, _, bottom = open_menu(panel, "menu-open")

    panel.click(left + 60, bottom - ROW_HEIGHT // 2 - 4)

    assert tray.next_action() == ("quit", None)
    wait_until(lambda: panel.look_for_menu("menu-closed") is None, "the end of the menu")


def test_open_menu_changes_under_the_users_eyes(panel: Panel, tray: TrayProcess, menu: MenuDriver) -> None:
    left, top, right, bottom = open_menu(panel, "menu-before")
    before = panel.screenshot("menu-before")
    tray.publish(models=MODELS, start_at_login=True, base_url="http://127.0.0.1:4000", version="1.2")

    def changed() -> bool:
        after = panel.screenshot("menu-after")
        difference = ImageChops.difference(before, after).crop((left, top, right, bottom))
        status, mark = (0, 0, right - left, ROW_HEIGHT), (0, bottom - top - 90, ROW_HEIGHT, bottom - top)
        return all(difference.crop(part).getbbox() for part in (status, mark))

    wait_until(changed, "the changed rows of the open menu")
    assert panel.look_for_menu("menu-after") == (left, top, right, bottom)
    panel.close_menu()


def test_icon_comes_back_with_the_panel(panel: Panel, tray: TrayProcess, menu: MenuDriver) -> None:
    panel.find_icon("icon-running")
    panel.kill()
    panel.start()

    panel.find_icon("icon-after-restart")
    assert menu.labels()


def test_icon_leaves_the_panel_with_the_program(panel: Panel, tray: TrayProcess, menu: MenuDriver) -> None:
    panel.find_icon("icon-running")
    tray.terminate()

    wait_until(lambda: panel.look_for_icon("icon-gone") is None, "the empty panel")
