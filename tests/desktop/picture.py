"""Draws the picture of the tray's menu from the real program: `python -m tests.desktop.picture menu.png`.

Starts the demo on a virtual desktop with a real panel, opens the menu with the pointer and keeps that part of
the screen.
"""

import sys
import tempfile
from pathlib import Path

from tests.desktop.desktop import Desktop, wait_until
from tests.desktop.panel import Panel
from tests.desktop.tray_app_process import TrayAppProcess

PORT = 3001
MARGIN = 12
SUBMENU_WIDTH = 100
SETTINGS_ROW = 118
"""Pixels from the top of the menu to the row with the clients' settings."""


def draw_menu(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="picture-") as folder, Desktop(Path(folder)) as desktop:
        panel = Panel(desktop)
        panel.start()
        with TrayAppProcess(desktop.environ, Path(folder), "--demo", "--port", str(PORT)) as program:
            program.wait_for_status("Running")
            left, top, right, bottom = panel.find_icon("picture")
            panel.click((left + right) // 2, (top + bottom) // 2)
            box = panel.find_menu("picture")
            desktop.run("xdotool", "mousemove", str(box[0] + 60), str(box[1] + SETTINGS_ROW))
            wait_until(lambda: panel.find_menu("picture")[2] > box[2] + SUBMENU_WIDTH, "the submenu")
            _, _, right, bottom = panel.find_menu("picture")
            panel.screenshot("picture").crop((0, 0, right + MARGIN, bottom + MARGIN)).save(target, optimize=True)
            program.terminate()


if __name__ == "__main__":
    draw_menu(Path(sys.argv[1]))
