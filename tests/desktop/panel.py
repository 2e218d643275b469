"""A real panel with a real tray (xfce4-panel), seen by screenshots and touched by the pointer."""

import subprocess
from pathlib import Path

from PIL import Image, ImageChops

from tests.desktop.desktop import Desktop, wait_until
from tray_app.tray import TrayAvailability, tray_available

__all__ = ["ARTIFACTS", "Panel"]

ARTIFACTS = Path(__file__).resolve().parents[2] / "build" / "artifacts"
HEIGHT = 32
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="32"/>
      <property name="icon-size" type="uint" value="24"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
"""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


class Panel:
    """At the top of the screen, with nothing on it but the tray."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._process: subprocess.Popen[bytes] | None = None
        folder = desktop.folder / ".config/xfce4/xfconf/xfce-perchannel-xml"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "xfce4-panel.xml").write_text(SETTINGS)

    def start(self) -> None:
        quiet = subprocess.DEVNULL
        self._process = self._desktop.spawn(["xfce4-panel", "--disable-wm-check"], stdout=quiet, stderr=quiet)
        wait_until(lambda: self._available() is TrayAvailability.AVAILABLE, "the panel's tray")

    def kill(self) -> None:
        """Ends it the hard way, as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        wait_until(lambda: self._available() is TrayAvailability.NO_HOST, "the end of the panel's tray")

    def screenshot(self, name: str) -> Image.Image:
        """The whole screen, also kept as a file of that name."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        self._desktop.run("import", "-window", "root", str(path))
        with Image.open(path) as picture:
            return picture.convert("RGB")

    def find_icon(self, name: str) -> Box:
        """Where on the panel something stands that is not the panel's own grey."""
        return wait_until(lambda: self.look_for_icon(name), "the icon on the panel")

    def look_for_icon(self, name: str) -> Box | None:
        bar = self.screenshot(name).crop((0, 0, 1024, HEIGHT - 2))
        background = Image.new("RGB", bar.size, bar.getpixel((bar.width - 20, bar.height // 2)))
        return ImageChops.difference(bar, background).convert("L").point(lambda v: 255 * (v > 60)).getbbox()

    def find_menu(self, name: str) -> Box:
        """Where the open menu stands: the only thing below the panel."""
        return wait_until(lambda: self.look_for_menu(name), "the open menu")

    def look_for_menu(self, name: str) -> Box | None:
        below = self.screenshot(name).crop((0, HEIGHT + 2, 1024, 600))
        box = below.convert("L").point(lambda v: 255 * (v > 30)).getbbox()
        return box and (box[0], box[1] + HEIGHT + 2, box[2], box[3] + HEIGHT + 2)

    def click(self, x: int, y: int) -> None:
        self._desktop.run("xdotool", "mousemove", str(x), str(y), "click", "1")

    def close_menu(self) -> None:
        self._desktop.run("xdotool", "key", "Escape", "mousemove", "900", "500")
        wait_until(lambda: self.look_for_menu("closed") is None, "the end of the menu")

    def _available(self) -> TrayAvailability:
        return tray_available(self._desktop.environ)
