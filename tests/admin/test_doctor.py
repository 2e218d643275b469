"""The doctor in the settings page: its answer line by line, and in a real browser."""

from collections.abc import Iterator

from proxy_core.admin.backend import BackendError
from proxy_core.admin.server import AdminServer
from proxy_core.doctor.finding import Finding
from proxy_core.simulator.faults import TOKEN_ENDPOINT, Fault
from proxy_core.simulator.server import Simulator
from tests.admin.browser import Browser, opened
from tests.admin.demo_backend import DemoBackend
from tests.admin.page_client import PageClient


def examined(browser: Browser) -> Browser:
    browser.click("#examine")
    browser.wait(lambda: browser.shown("#doctor-copy"))
    return browser


# --- line by line


def test_findings_come_as_lines_and_the_report_last(served: DemoBackend, page: PageClient) -> None:
    *findings, last = page.post("examine").lines()

    assert {one["check"] for one in findings} >= {
        "settings",
        "port",
        "network",
        "trust",
        "clock",
        "token",
        "clients",
    }
    assert "ok       Access token (demo-eu)" in last["report"]
    assert "models" not in {one["check"] for one in findings}


def test_models_are_asked_on_request(served: DemoBackend, sap: Simulator, page: PageClient) -> None:
    sap.world.requests.clear()

    *findings, _ = page.post("examine", {"calls": True}).lines()

    assert {one["code"] for one in findings if one["check"] == "models"} == {"model_ok"}
    assert sap.world.requests.inference()


def test_answer_holds_no_secret(served: DemoBackend, sap: Simulator, page: PageClient) -> None:
    body = page.post("examine").body.decode()

    assert sap.service_key("demo-eu")["clientsecret"] not in body
    assert served.reveal_api_key("1") not in body


def test_examination_needs_the_page_itself(page: PageClient) -> None:
    assert page.post("examine", headers={"X-CSRF-Token": "wrong"}).status == 403
    assert page.post("examine", headers={"Cookie": ""}).status == 401


class BrokenBackend(DemoBackend):
    def examine(self, calls: bool) -> Iterator[Finding]:
        yield Finding("port", "ok", f"Fine, {calls=}.")
        raise BackendError("The keyring is locked.")


def test_failure_in_the_middle_is_the_last_line(backend: DemoBackend, page: PageClient) -> None:
    backend.__class__ = BrokenBackend

    *_, last = page.post("examine").lines()

    assert last["error"]["message"] == "The keyring is locked."


# --- in a browser


def test_findings_appear_with_their_verdicts(served: DemoBackend, server: AdminServer, browser: Browser) -> None:
    page = examined(opened(browser, server))

    assert page.find('#doctor-list [data-check="port"]').get_attribute("class") == "ok"
    assert "Nothing failed" in page.text("#doctor-result")
    page.picture("doctor-light")


def test_what_failed_says_what_to_do(
    served: DemoBackend, server: AdminServer, browser: Browser, sap: Simulator
) -> None:
    sap.world.faults.set(TOKEN_ENDPOINT, Fault("status", status=401, text="Bad credentials"))

    page = examined(opened(browser, server))

    assert "Access token (demo-eu)" in page.text('#doctor-list [data-check="token"].failed h3')
    assert "new service key" in page.text('#doctor-list [data-check="token"].failed .advice')
    assert page.text("#doctor-result").startswith("Failed: 2")


def test_report_is_copied(served: DemoBackend, server: AdminServer, browser: Browser) -> None:
    page = examined(opened(browser, server))
    page.grant_clipboard()

    page.click("#doctor-copy")
    page.wait(lambda: page.text("#toast"))

    assert page.clipboard().startswith("sap-ai-proxy ")
    assert "Access token (demo-us)" in page.clipboard()


def test_models_are_asked_when_the_box_is_ticked(
    served: DemoBackend, server: AdminServer, browser: Browser
) -> None:
    page = opened(browser, server)
    page.click("#doctor-calls")

    examined(page)

    assert len(page.find_all('#doctor-list [data-check="models"].ok')) > 5


def test_findings_speak_german(served: DemoBackend, server: AdminServer, browser: Browser) -> None:
    browser.speak("de")
    page = examined(opened(browser, server))

    assert "Alles prüfen" in page.text("#doctor-title")
    assert "Die Uhr dieses Computers geht richtig." in page.text('#doctor-list [data-check="clock"]')
    assert "{" not in page.text("#doctor-list")


def test_findings_fit_a_small_telephone(served: DemoBackend, server: AdminServer, browser: Browser) -> None:
    browser.narrow()
    page = examined(opened(browser, server))

    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    page.picture("doctor-narrow")
