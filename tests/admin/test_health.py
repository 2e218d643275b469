"""What rests, why and for how long, and the button that has all of it asked again."""

import re
from typing import Any

import pytest

from proxy_core.admin.backend import BackendError
from proxy_core.admin.server import AdminServer
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from proxy_core.simulator.server import Simulator
from tests.admin.browser import Browser, opened
from tests.admin.demo_backend import DemoBackend
from tests.admin.page_client import PageClient

MODEL = "gpt-4o"
CHIPS = "#model-list .places .chip"


@pytest.fixture
def limited(served: DemoBackend, sap: Simulator) -> DemoBackend:
    """SAP's limit is reached for the model, everywhere; SAP itself would answer again."""
    fail(served, sap, Fault("status", status=429, retry_after="60"))
    return served


def fail(backend: DemoBackend, sap: Simulator, fault: Fault, times: int = 1) -> None:
    sap.world.faults.set(ANY_DEPLOYMENT, fault)
    for _ in range(times):
        with pytest.raises(BackendError):
            backend.test_call(MODEL)
    sap.world.faults.clear()


def health(page: PageClient) -> Any:
    [found] = [model for model in page.get("overview").json()["health"] if model["name"] == MODEL]
    return found["deployments"]


def found(browser: Browser) -> Browser:
    """The list with the model alone, once the page knows that something rests."""
    browser.type("#model-filter", MODEL)
    browser.wait(lambda: browser.shown("#resting"))
    return browser


def seconds(text: str) -> int:
    told = re.fullmatch(r"limited · (\d+) s", text)
    assert told
    return int(told[1])


# --- the interface


def test_overview_tells_what_rests(limited: DemoBackend, page: PageClient) -> None:
    assert {(one["state"], one["cause"]) for one in health(page)} == {("limited", "rate_limit")}


def test_nothing_is_told_while_the_proxy_stands_still(page: PageClient) -> None:
    assert page.get("overview").json()["health"] == []


def test_command_has_all_asked_again(limited: DemoBackend, page: PageClient) -> None:
    assert page.post("try-again").status == 200

    assert {one["state"] for one in health(page)} == {"ready"}
    assert limited.test_call(MODEL)


def test_command_needs_a_proxy_that_runs(page: PageClient) -> None:
    assert page.post("try-again").status == 422


# --- in a browser


def test_limited_deployment_says_why_and_counts_down(
    limited: DemoBackend, server: AdminServer, browser: Browser
) -> None:
    page = found(opened(browser, server))
    chip = page.wait(lambda: next(text for text in page.texts(CHIPS) if text.startswith("limited")))

    page.wait(lambda: seconds(page.text(f"{CHIPS}.warn")) < seconds(chip))
    assert "SAP's rate limit is reached" in page.texts("#model-list .why")
    page.picture("health-light")
    page.prefer("dark")
    page.picture("health-dark")


def test_countdown_goes_on_between_two_looks(limited: DemoBackend, server: AdminServer, browser: Browser) -> None:
    page = found(opened(browser, server))
    page.run("window.fetch = () => new Promise(() => {})")
    page.wait(lambda: page.text(f"{CHIPS}.warn"))
    before = seconds(page.text(f"{CHIPS}.warn"))

    page.wait(lambda: seconds(page.text(f"{CHIPS}.warn")) < before - 3)


def test_button_has_all_asked_again(limited: DemoBackend, server: AdminServer, browser: Browser) -> None:
    page = found(opened(browser, server))
    assert page.wait(lambda: page.text("#resting-text")).startswith("Deployments at rest: 2.")

    page.click("#try-again")

    page.wait(lambda: not page.shown("#resting"))
    assert set(page.texts(CHIPS)) == {"RUNNING"}
    assert page.text("#toast")
    assert limited.test_call(MODEL)


def test_no_button_while_nothing_rests(served: DemoBackend, server: AdminServer, browser: Browser) -> None:
    page = opened(browser, server)
    page.wait(lambda: page.texts(CHIPS))

    assert not page.shown("#resting")
    assert not page.shown("#model-list .why")


def test_failing_deployment_says_so(
    served: DemoBackend, server: AdminServer, browser: Browser, sap: Simulator
) -> None:
    fail(served, sap, Fault("status", status=500), times=3)

    page = found(opened(browser, server))

    page.wait(lambda: [text for text in page.texts(f"{CHIPS}.bad") if text.startswith("failing")])
    assert "Failed several times in a row" in page.texts("#model-list .why")


def test_requests_under_way_are_shown(
    served: DemoBackend, server: AdminServer, browser: Browser, sap: Simulator
) -> None:
    page = opened(browser, server)
    sap.world.faults.set(ANY_DEPLOYMENT, Fault("stall", seconds=20))
    page.run("document.getElementById('test-model').value = arguments[0]", MODEL)
    page.click("#ask")

    page.wait(lambda: "1 under way" in page.texts("#model-list .places .also"))


def test_health_speaks_german(limited: DemoBackend, server: AdminServer, browser: Browser) -> None:
    browser.speak("de")
    page = found(opened(browser, server))

    page.wait(lambda: [text for text in page.texts(CHIPS) if text.startswith("begrenzt · ")])
    assert "Das Limit von SAP ist erreicht" in page.texts("#model-list .why")
    assert page.text("#try-again") == "Jetzt wieder versuchen"
    page.picture("health-german")


def test_health_fits_a_small_telephone(limited: DemoBackend, server: AdminServer, browser: Browser) -> None:
    browser.narrow()
    page = found(opened(browser, server))
    page.wait(lambda: page.texts(f"{CHIPS}.warn"))

    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    page.picture("health-narrow")
