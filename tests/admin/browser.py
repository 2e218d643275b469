"""Chromium without a window, driven as a person would drive it, with pictures of what it shows."""

import base64
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from selenium.common.exceptions import JavascriptException, NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from proxy_core.admin.server import AdminServer

__all__ = ["Browser", "opened", "running_browser"]

T = TypeVar("T")

_CHROMIUM = Path("/usr/bin/chromium")
_DRIVER = Path("/usr/bin/chromedriver")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--hide-scrollbars",
)  # fmt: skip
_PICTURES = Path(__file__).parents[2] / "build" / "artifacts" / "settings-page"
_WIDE = (1200, 900)
_NARROW = (360, 780)
_PATIENCE = 15.0
_MOVING = (NoSuchElementException, StaleElementReferenceException, JavascriptException, AssertionError)
"""What may happen while the page draws itself anew."""


class Browser:
    """One tab. Elements are named by CSS selectors."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        self.driver.get(url)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def texts(self, selector: str) -> list[str]:
        return [element.text for element in self.find_all(selector)]

    def value(self, selector: str) -> str:
        return str(self.find(selector).get_property("value"))

    def shown(self, selector: str) -> bool:
        return any(element.is_displayed() for element in self.find_all(selector))

    def click(self, selector: str) -> None:
        """Click as soon as it can be clicked. An element behind the sticky header is moved out first."""
        element = self.wait(lambda: self._ready(selector))
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def _ready(self, selector: str) -> WebElement | None:
        element = self.find(selector)
        return element if element.is_displayed() and element.is_enabled() else None

    def type(self, selector: str, text: str) -> None:
        element = self.wait(lambda: self._ready(selector))
        element.clear()
        element.send_keys(text)

    def paste(self, selector: str, text: str) -> None:
        """Ctrl-V, with the text really on the clipboard."""
        self.grant_clipboard()
        self.driver.execute_async_script(
            "navigator.clipboard.writeText(arguments[0]).then(arguments[1], arguments[1])", text
        )
        element = self.wait(lambda: self._ready(selector))
        element.click()
        element.send_keys(Keys.CONTROL, "v")

    def clipboard(self) -> str:
        self.grant_clipboard()
        text: str = self.driver.execute_async_script(
            "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](String(error)))"
        )
        return text

    def grant_clipboard(self) -> None:
        self.cdp("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def look_now(self) -> None:
        """Have the page look for news at once, as it does when its tab comes to the front."""
        self.run("document.dispatchEvent(new Event('visibilitychange'))")

    def fetch_status(self, method: str, path: str) -> int:
        """The status of a request that a script on the page makes, or 0 when the browser forbids it."""
        status: int = self.driver.execute_async_script(
            "const [method, path, done] = arguments;"
            "fetch(path, {method}).then((answer) => done(answer.status), () => done(0))",
            method,
            path,
        )
        return status

    def wait(self, look: Callable[[], T | None], seconds: float = _PATIENCE) -> T:
        """What `look` gives as soon as it is true."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = look()
            except _MOVING:
                found = None
            if found:
                return found
            if time.monotonic() > deadline:
                self.picture("failed")
                return _give_up(look)
            time.sleep(0.05)

    def told(self) -> list[str]:
        """What the browser complained about since the last time."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]  # Selenium has no type for it
        return [entry["message"] for entry in entries]

    # --- how it looks

    def cdp(self, command: str, **values: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, values)

    def wide(self) -> None:
        self._size(*_WIDE)

    def narrow(self) -> None:
        """As wide as a small telephone."""
        self._size(*_NARROW)

    def _size(self, width: int, height: int) -> None:
        self.cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def prefer(self, scheme: str) -> None:
        """`light` or `dark`."""
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def speak(self, language: str) -> None:
        agent = self.run("return navigator.userAgent")
        self.cdp("Network.setUserAgentOverride", userAgent=agent, acceptLanguage=language)

    def picture(self, name: str) -> Path:
        """Save the whole page, however long, under `build/artifacts`."""
        _PICTURES.mkdir(parents=True, exist_ok=True)
        self.run("scrollTo({top: 0, behavior: 'instant'})")
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=self._whole())
        path = _PICTURES / f"{name}.png"
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def _whole(self) -> dict[str, float]:
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}

    def fresh(self) -> None:
        """Back to an empty page and the first looks."""
        self.driver.get("about:blank")
        self.driver.delete_all_cookies()
        self.wide()
        self.prefer("light")
        self.speak("en")


def opened(browser: Browser, server: AdminServer) -> Browser:
    """The browser with the page in it."""
    browser.open(server.link())
    browser.wait(lambda: browser.shown("main"))
    return browser


@contextmanager
def running_browser(home: Path) -> Iterator[Browser]:
    """Chromium from start to end; its files go to `home`."""
    assert _CHROMIUM.exists(), f"{_CHROMIUM} is missing: apt-get install chromium chromium-driver"
    assert _DRIVER.exists(), f"{_DRIVER} is missing: apt-get install chromium-driver"
    options = ChromeOptions()
    options.binary_location = str(_CHROMIUM)
    for flag in (*_FLAGS, f"--user-data-dir={home}", "--lang=en"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    environ = {**os.environ, "HOME": str(home), "NO_PROXY": "127.0.0.1,localhost"}
    driver = Chrome(options, ChromeService(str(_DRIVER), env=environ))
    driver.set_script_timeout(20)
    try:
        yield Browser(driver)
    finally:
        driver.quit()


def _give_up(look: Callable[[], T | None]) -> T:
    found = look()
    assert found, "the page did not come to that in time"
    return found
