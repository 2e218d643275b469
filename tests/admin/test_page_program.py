"""What the page shows and offers of the program as a whole, in a real browser."""

import logging

import pytest

from proxy_core.admin.server import AdminServer
from tests.admin.browser import Browser, opened
from tests.admin.demo_backend import DemoBackend


def agree(browser: Browser, selector: str) -> None:
    """Click, and say yes to the question that comes."""
    browser.click(selector)
    browser.wait(lambda: browser.shown("#confirm"))
    browser.click("#confirm-yes")


def test_program_can_be_ended_from_the_page(ready: Browser, backend: DemoBackend) -> None:
    agree(ready, "#quit")

    ready.wait(lambda: "has ended" in ready.text("#lost"))
    assert backend.asked == ["quit"]
    assert not ready.shown("#accounts")
    assert not ready.shown("#quit")
    ready.picture("ended-light")


def test_nothing_ends_without_a_yes(ready: Browser, backend: DemoBackend) -> None:
    ready.click("#quit")
    ready.wait(lambda: ready.shown("#confirm"))
    ready.click('#confirm button[value="no"]')

    ready.wait(lambda: not ready.shown("#confirm"))
    assert backend.asked == []


def test_folder_of_the_logs_is_named_and_opened(ready: Browser, backend: DemoBackend) -> None:
    ready.click("#open-logs")

    ready.wait(lambda: backend.asked == ["open-logs"])
    assert ready.text("#log-file").endswith("tray.log")


def test_free_port_is_one_click_away(browser: Browser, server: AdminServer, backend: DemoBackend) -> None:
    backend.free_port = 3002
    page = opened(browser, server)

    page.wait(lambda: page.find("#start-elsewhere").get_property("textContent") == "Start on port 3002")


def test_settings_from_the_users_own_file_are_only_shown(
    ready: Browser, server: AdminServer, backend: DemoBackend
) -> None:
    backend.fixed_file = "/home/me/config.json"
    page = opened(ready, server)

    page.wait(lambda: "/home/me/config.json" in page.text("#fixed"))
    assert page.texts("#account-list .name") == ["demo-eu", "demo-us"]
    for selector in ("#add-key", "#import", "#add-api-key", "#account-list button", '[data-action="rotate"]'):
        assert not page.shown(selector), selector
    assert page.shown('[data-action="copy"]')
    page.picture("fixed-file-light")


def test_plain_secrets_are_moved_after_a_yes(ready: Browser, server: AdminServer, backend: DemoBackend) -> None:
    backend.plain_secrets = True
    page = opened(ready, server)

    page.wait(lambda: page.shown("#plain"))
    agree(page, "#secure")
    page.wait(lambda: not page.shown("#plain"))
    assert not backend.plain_secrets


@pytest.mark.parametrize("choice", ["backup", "anew"])
def test_damaged_configuration_can_be_mended(
    ready: Browser, server: AdminServer, backend: DemoBackend, choice: str
) -> None:
    backend.repairs = ("backup", "anew")
    page = opened(ready, server)

    page.wait(lambda: page.shown("#damaged"))
    assert not page.shown("#accounts")
    page.picture("damaged-light")
    agree(page, f"#repair-{choice}")
    page.wait(lambda: page.shown("#accounts"))
    assert backend.asked == [choice]


def test_keyring_that_is_being_opened_is_told(browser: Browser, server: AdminServer, backend: DemoBackend) -> None:
    backend.forget_secret_store(locked=False)
    backend.opening = True
    page = opened(browser, server)

    page.wait(lambda: page.shown("#opening"))
    assert not page.shown("#store")
    assert not page.shown("#accounts")


def test_keyring_that_stays_locked_leaves_a_choice(
    browser: Browser, server: AdminServer, backend: DemoBackend
) -> None:
    backend.forget_secret_store(locked=False)
    backend.refuses = True
    page = opened(browser, server)

    page.wait(lambda: page.text("#store-title") == "The keyring does not open")
    assert page.shown("#start")
    assert page.shown("#store-choice")


def test_page_speaks_the_programs_language(browser: Browser, backend: DemoBackend, log: logging.Logger) -> None:
    """Whatever the browser prefers: the menu and the status speak it too."""
    with AdminServer(backend, log, language="de") as server:
        page = opened(browser, server)
        page.wait(lambda: page.text("#add-key summary + form label") == "Service Key (JSON)")

        assert page.find("html").get_attribute("lang") == "de"
