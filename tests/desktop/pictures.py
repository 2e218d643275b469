"""Draws the README's pictures from the real program: `python -m tests.desktop.pictures docs/images`.

In front of the simulated SAP AI Core, on a virtual desktop with a real panel, keyring and browser: the menu
is opened with the pointer, the page is filled as a user would.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.admin.browser import Browser, running_browser
from tests.desktop.desktop import Desktop, wait_until
from tests.desktop.panel import Panel
from tests.desktop.tray_app_process import TrayAppProcess

MARGIN = 12
SUBMENU_WIDTH = 100
SETTINGS_ROW = 118
"""Pixels from the top of the menu to the row with the clients' settings."""
PAGE_WIDTH = 1040
QUESTION_MODEL = "gpt-5"
COLOURS = 256
LARGEST = 150_000
"""Bytes of one picture."""
NAMES = ("production", "research")


def draw_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="pictures-") as place,
        Desktop(Path(place) / "desktop") as desktop,
        Simulator(demo_world()) as sap,
        running_browser(Path(place) / "chromium") as browser,
    ):
        panel = Panel(desktop)
        panel.start()
        with TrayAppProcess(desktop.environ, Path(place)) as program:
            browser.fresh()
            set_size(browser, 900)
            draw_page(folder, browser, program, sap)
            draw_menu(folder / "tray-menu.png", panel, desktop)
            program.terminate()


def draw_page(folder: Path, browser: Browser, program: TrayAppProcess, sap: Simulator) -> None:
    """From the first start to the first answer, then the page as it is: light and dark."""
    browser.open(program.next_opened(0))
    for name, tenant in zip(NAMES, sap.world.tenants, strict=False):
        add_account(browser, name, json.dumps(sap.service_key(tenant.name)))
    program.wait_for_status("Running")
    browser.driver.refresh()
    browser.wait(lambda: browser.find("#ask").is_enabled())
    browser.run(f"document.getElementById('test-model').value = '{QUESTION_MODEL}'")
    browser.click("#ask")
    browser.wait(lambda: browser.shown("#test-answer"))
    browser.run("scrollTo({top: 0, behavior: 'instant'})")
    set_size(
        browser, int(browser.run("return document.getElementById('test').getBoundingClientRect().bottom")) + 20
    )
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        browser.run("scrollTo({top: 0, behavior: 'instant'}); document.activeElement.blur()")
        browser.driver.save_screenshot(str(folder / f"settings-{scheme}.png"))
        compress(folder / f"settings-{scheme}.png")


def add_account(browser: Browser, name: str, key: str) -> None:
    browser.wait(lambda: browser.find("#add-key"))
    browser.run("document.getElementById('add-key').open = true")
    browser.paste("#key-text", key)
    browser.type("#account-name", name)
    browser.click('#save-form button[type="submit"]')
    browser.wait(lambda: name in browser.texts("#account-list .name"))


def set_size(browser: Browser, height: int) -> None:
    metrics = {"width": PAGE_WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.cdp("Emulation.setDeviceMetricsOverride", **metrics)


def draw_menu(target: Path, panel: Panel, desktop: Desktop) -> None:
    left, top, right, bottom = panel.find_icon("picture")
    panel.click((left + right) // 2, (top + bottom) // 2)
    box = panel.find_menu("picture")
    desktop.run("xdotool", "mousemove", str(box[0] + 60), str(box[1] + SETTINGS_ROW))
    wait_until(lambda: panel.find_menu("picture")[2] > box[2] + SUBMENU_WIDTH, "the submenu")
    time.sleep(0.5)  # until it is drawn whole
    _, _, right, bottom = panel.find_menu("picture")
    panel.screenshot("picture").crop((0, 0, right + MARGIN, bottom + MARGIN)).save(target)
    compress(target)


def compress(path: Path) -> None:
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < LARGEST, f"{path} is too large"


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]))
