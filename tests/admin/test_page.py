"""The settings page in a real browser, in front of the real engine and a simulated SAP AI Core."""

import json
from pathlib import Path

import pytest

from proxy_core.admin.server import AdminServer
from proxy_core.simulator.faults import LM_API, Fault
from proxy_core.simulator.server import Simulator
from tests.admin.browser import Browser, opened
from tests.admin.demo_backend import DemoBackend


def verdicts(browser: Browser) -> list[str]:
    return [step.get_attribute("class") or "" for step in browser.find_all("#steps > li")]


def advice(browser: Browser) -> str:
    return browser.text("#steps .failed .advice")


# --- from a pasted key to the first answer


def test_new_user_gets_from_a_pasted_key_to_an_answer(first: Browser, key: str, backend: DemoBackend) -> None:
    assert first.text('#guide [aria-current="step"]') == "Paste the service key"
    assert not first.shown("#models")
    first.picture("first-run-light")

    first.paste("#key-text", key)
    first.wait(lambda: len(verdicts(first)) == 5 and "waiting" not in verdicts(first))
    assert verdicts(first) == ["ok", "ok", "ok", "ok", "warning"]
    assert first.value("#account-name") == "demo-eu"
    first.picture("key-checked-light")

    first.click('#save-form button[type="submit"]')
    first.wait(lambda: first.text("#status").startswith("Running"))
    assert first.text('#guide [aria-current="step"]') == "Ask a model"
    first.wait(lambda: first.find("#ask").is_enabled())
    first.click("#ask")
    answer = first.wait(lambda: first.text("#test-answer"))
    assert len(answer) > 10
    assert first.text('#guide [aria-current="step"]') == "Connect your tool"

    assert backend.overview().state == "running"
    first.picture("first-answer-light")


def test_saved_key_is_nowhere_in_the_page(first: Browser, key: str, sap: Simulator) -> None:
    first.paste("#key-text", key)
    first.click('#save-form button[type="submit"]')
    first.wait(lambda: first.text("#account-list .name") == "demo-eu")

    assert first.value("#key-text") == ""
    first.driver.refresh()
    first.wait(lambda: first.text("#account-list .name") == "demo-eu")
    for part in ("clientsecret", "clientid"):
        assert sap.service_key("demo-eu")[part] not in first.driver.page_source


def test_key_can_be_chosen_as_a_file(first: Browser, key: str, tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps({"credentials": json.loads(key)}), encoding="utf-8")

    first.find("#key-file").send_keys(str(file))

    first.wait(lambda: first.shown("#save-form"))
    assert verdicts(first)[0] == "ok"


def test_key_can_be_dropped_as_a_file(first: Browser, key: str) -> None:
    first.run(
        """
        const data = new DataTransfer();
        data.items.add(new File([arguments[0]], "key.json", {type: "application/json"}));
        document.getElementById("drop").dispatchEvent(
          new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        """,
        key,
    )

    first.wait(lambda: first.shown("#save-form"))


def test_steps_appear_one_after_another(first: Browser, key: str, sap: Simulator) -> None:
    """SAP answers late to the third step; the first two are shown meanwhile."""
    sap.world.faults.set(LM_API, Fault("stall", seconds=0.7, times=1))
    first.paste("#key-text", key)

    first.wait(lambda: verdicts(first) == ["ok", "ok", "waiting"])
    first.wait(lambda: len(verdicts(first)) == 5)


def test_wrong_secret_is_told_at_its_step(first: Browser, key: str) -> None:
    first.paste("#key-text", json.dumps({**json.loads(key), "clientsecret": "wrong"}))

    first.wait(lambda: verdicts(first) == ["ok", "failed", "skipped", "skipped", "skipped"])
    assert "Bad credentials" in first.text("#steps .failed")
    assert "Create a new service key" in advice(first)
    assert not first.shown("#save-form")
    first.picture("key-refused-light")


def test_missing_field_is_named(first: Browser, key: str) -> None:
    value = json.loads(key)
    del value["clientsecret"]
    first.paste("#key-text", json.dumps(value))

    first.wait(lambda: verdicts(first)[:1] == ["failed"])
    assert "clientsecret is missing" in first.text("#steps .failed")


def test_unknown_resource_group_offers_the_others(first: Browser, key: str) -> None:
    first.type("#key-group", "no-such-group")
    first.paste("#key-text", key)
    first.wait(lambda: verdicts(first)[2:3] == ["failed"])
    assert first.texts("#steps .failed button") == ["Check with default", "Check with team-a"]

    first.click("#steps .failed button:nth-child(2)")

    first.wait(lambda: first.shown("#save-form"))
    chosen = [box.get_property("value") for box in first.find_all("#groups input:checked")]
    assert chosen == ["team-a"]


def test_several_resource_groups_become_sub_accounts(first: Browser, key: str) -> None:
    first.paste("#key-text", key)
    first.click('#groups input[value="team-a"]')
    first.click('#save-form button[type="submit"]')

    first.wait(lambda: first.texts("#account-list .name") == ["demo-eu-default", "demo-eu-team-a"])


def test_saving_without_a_group_is_told_at_the_field(first: Browser, key: str) -> None:
    first.paste("#key-text", key)
    first.click('#groups input[value="default"]')
    first.click('#save-form button[type="submit"]')

    first.wait(lambda: first.text('[data-error="resource_groups"]') == "Choose at least one resource group.")


# --- a page in use


def test_models_show_where_they_run_and_when_they_end(ready: Browser) -> None:
    ready.wait(lambda: len(ready.find_all("#model-list tbody tr")) > 12)
    ready.type("#model-filter", "gpt-4.1")

    ready.wait(lambda: len(ready.find_all("#model-list tbody tr")) == 1)
    row = ready.text("#model-list tbody tr")
    for part in ("gpt-4.1", "demo-eu", "RUNNING", "1,047,576", "Oct 14, 2026"):
        assert part in row


def test_deployments_that_are_not_served_are_shown_when_asked_for(ready: Browser) -> None:
    ready.wait(lambda: ready.shown("#all-label"))
    before = len(ready.find_all("#model-list tbody tr"))
    ready.click("#model-all")

    ready.wait(lambda: len(ready.find_all("#model-list tbody tr")) > before)
    assert "DEAD" in ready.text("#model-list")


def test_click_on_a_model_copies_its_name(ready: Browser) -> None:
    ready.type("#model-filter", "gpt-4.1")
    ready.wait(lambda: len(ready.find_all(".copy-name")) == 1)
    ready.click(".copy-name")

    ready.wait(lambda: ready.text("#toast") == "Copied: gpt-4.1")
    assert ready.clipboard() == "gpt-4.1"


def test_proxy_is_stopped_and_started(ready: Browser, backend: DemoBackend) -> None:
    ready.click("#stop")
    ready.wait(lambda: ready.text("#status") == "Stopped")
    assert backend.overview().state == "stopped"
    assert "Start it first" in ready.text("#test-state")

    ready.click("#start")
    ready.wait(lambda: ready.text("#status").startswith("Running"))
    assert backend.overview().state == "running"


def test_page_follows_what_happens_elsewhere(ready: Browser, backend: DemoBackend) -> None:
    backend.stop()

    ready.wait(lambda: ready.text("#status") == "Stopped")


def test_refresh_tells_its_result(ready: Browser) -> None:
    ready.click("#refresh")

    ready.wait(lambda: ready.text("#toast").endswith("models"))


def test_rotated_key_replaces_the_old_one(ready: Browser, backend: DemoBackend) -> None:
    old = backend.reveal_api_key("1")
    ready.click('#key-list [data-action="rotate"]')
    ready.wait(lambda: ready.shown("#confirm"))
    ready.picture("rotate-light")
    ready.click("#confirm-yes")

    shown = ready.wait(lambda: ready.text("#key-list code") if "•" not in ready.text("#key-list code") else "")
    assert shown == backend.reveal_api_key("1")
    assert shown != old


def test_question_that_is_cancelled_changes_nothing(ready: Browser, backend: DemoBackend) -> None:
    old = backend.reveal_api_key("1")
    ready.click('#key-list [data-action="rotate"]')
    ready.click('#confirm button[value="no"]')

    ready.wait(lambda: not ready.shown("#confirm"))
    assert backend.reveal_api_key("1") == old


def test_key_is_hidden_until_asked_for(ready: Browser, backend: DemoBackend) -> None:
    key = backend.reveal_api_key("1")
    assert key not in ready.driver.page_source
    ready.click('#key-list [data-action="reveal"]')
    ready.wait(lambda: ready.text("#key-list code") == key)
    ready.click('#key-list [data-action="reveal"]')

    ready.wait(lambda: ready.text("#key-list code") == f"••••••••{key[-4:]}")


def test_key_is_copied_without_being_shown(ready: Browser, backend: DemoBackend) -> None:
    ready.click('#key-list [data-action="copy"]')

    ready.wait(lambda: ready.text("#toast").startswith("Copied"))
    assert ready.clipboard() == backend.reveal_api_key("1")
    assert backend.reveal_api_key("1") not in ready.driver.page_source


def test_second_key_is_added_and_removed(ready: Browser, backend: DemoBackend) -> None:
    ready.click("#add-api-key")
    ready.wait(lambda: len(ready.find_all("#key-list li")) == 2)
    assert ready.texts("#key-list code")[1] == backend.reveal_api_key("2")
    ready.click('#key-list li:nth-child(2) [data-action="remove"]')
    ready.click("#confirm-yes")

    ready.wait(lambda: len(ready.find_all("#key-list li")) == 1)


def test_client_settings_are_copied(ready: Browser, backend: DemoBackend) -> None:
    ready.click("#show-clients")
    ready.wait(lambda: ready.texts("#client-list button") == list(backend.client_settings()))
    ready.click("#client-1")
    ready.click("#client-copy")

    ready.wait(lambda: ready.text("#toast") == "Copied: Environment")
    assert ready.clipboard() == backend.client_settings()["Environment"]


def test_settings_are_saved(ready: Browser, backend: DemoBackend) -> None:
    ready.type("#set-exclude", "gemini\nnova")
    ready.type("#set-aliases", "fast = gpt-5-mini")
    ready.click("#set-start_at_login")
    ready.click('#settings-form button[type="submit"]')

    ready.wait(lambda: ready.text("#toast") == "The settings are saved.")
    kept = backend.overview().settings
    assert kept["exclude"] == ["gemini", "nova"]
    assert kept["aliases"] == {"fast": "gpt-5-mini"}
    assert kept["start_at_login"] is True
    ready.wait(lambda: "gemini" not in ready.text("#model-list"))


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        ("port", "many", "The port must be a number from 1 to 65535."),
        ("include", "gpt-(", "This is not a regular expression"),
        ("aliases", "fast gpt-5-mini", "Line 1 must read: name = model"),
    ],
)
def test_wrong_setting_is_told_at_its_field(ready: Browser, field: str, text: str, error: str) -> None:
    ready.type(f"#set-{field}", text)
    ready.click('#settings-form button[type="submit"]')

    ready.wait(lambda: ready.text(f'#settings-form [data-error="{field}"]').startswith(error))
    assert ready.find(f"#set-{field}").get_attribute("aria-invalid") == "true"
    assert ready.driver.switch_to.active_element == ready.find(f"#set-{field}")


def test_news_do_not_overwrite_what_is_being_typed(ready: Browser, backend: DemoBackend) -> None:
    ready.type("#set-aliases", "half wri")
    backend.save_settings({**backend.overview().settings, "notifications": False})
    backend.add_api_key()
    ready.look_now()

    ready.wait(lambda: len(ready.find_all("#key-list li")) == 2)
    assert ready.value("#set-aliases") == "half wri"


def test_sub_account_is_removed_after_a_question(ready: Browser, backend: DemoBackend) -> None:
    ready.click('[aria-label="Remove sub-account demo-us"]')
    ready.click("#confirm-yes")

    ready.wait(lambda: ready.texts("#account-list .name") == ["demo-eu"])
    assert [account["name"] for account in backend.overview().accounts] == ["demo-eu"]


def test_config_is_imported_after_a_question(first: Browser, sap: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    accounts = {name: {"service_key_json": sap.service_key(name)} for name in ("demo-eu", "demo-us")}
    file.write_text(json.dumps({"subAccounts": accounts}), encoding="utf-8")
    first.click("#import summary")
    first.find("#import-file").send_keys(str(file))
    first.wait(lambda: "Take over config.json?" in first.text("#confirm"))
    first.click("#confirm-yes")

    first.wait(lambda: first.text("#import-result") == "2 sub-accounts were taken over.")
    first.wait(lambda: first.texts("#account-list .name") == ["demo-eu", "demo-us"])


def test_log_is_shown(ready: Browser, tail_line: str) -> None:
    ready.wait(lambda: tail_line in ready.text("#log-lines"))


@pytest.fixture
def tail_line(backend: DemoBackend) -> str:
    backend._log.info("A line for the test")
    return "A line for the test"


# --- no keyring


def test_store_for_secrets_is_chosen_where_there_is_no_keyring(
    browser: Browser, server: AdminServer, backend: DemoBackend
) -> None:
    backend.forget_secret_store(locked=False)
    page = opened(browser, server)
    page.picture("no-keyring-light")
    assert not page.shown("#accounts")
    page.click('#store input[value="file"]')
    page.type("#passphrase", "short")
    page.click('#store button[type="submit"]')
    page.wait(lambda: "at least 8 characters" in page.text('[data-error="passphrase"]'))
    page.type("#passphrase", "long enough")
    page.click('#store button[type="submit"]')

    page.wait(lambda: not page.shown("#store"))
    assert backend.overview().secret_store == "an encrypted file"
    assert "an encrypted file" in page.text("#store-label")
    assert page.shown("#accounts")


def test_encrypted_file_is_opened_with_its_passphrase(
    browser: Browser, server: AdminServer, backend: DemoBackend
) -> None:
    backend.forget_secret_store(locked=True)
    page = opened(browser, server)
    assert page.text("#store-title") == "Open your secrets"
    assert not page.shown("#accounts, #guide, #store-choice")
    page.picture("locked-light")
    page.type("#passphrase", "long enough")
    page.click("#store-button")

    page.wait(lambda: page.shown("#accounts"))
    assert not page.shown("#store")


# --- rules, seen from a browser


def test_link_works_once(browser: Browser, server: AdminServer) -> None:
    link = server.link()
    browser.open(link)
    browser.wait(lambda: browser.shown("main"))
    browser.driver.delete_all_cookies()
    browser.open(link)

    assert "was used already" in browser.text("main")
    browser.picture("closed-light")


def test_page_by_a_foreign_name_is_refused(browser: Browser, server: AdminServer) -> None:
    browser.open(server.link().replace("127.0.0.1", "localhost"))

    assert "This server answers only to" in browser.text("body")
    assert browser.driver.get_cookies() == []


def test_script_without_the_token_changes_nothing(ready: Browser, backend: DemoBackend) -> None:
    assert ready.fetch_status("POST", "api/stop") == 403
    assert backend.overview().state == "running"


def test_page_can_reach_nobody_else(ready: Browser, backend: DemoBackend) -> None:
    """The browser itself forbids it, by the content policy."""
    assert ready.fetch_status("GET", f"{backend.base_url}/health") == 0
    assert any("Content Security Policy" in line for line in ready.told())


def test_names_from_outside_are_shown_as_text(ready: Browser, backend: DemoBackend, sap: Simulator) -> None:
    name = "<b>bold</b><img src=x>"
    backend.save_account(name, json.dumps(sap.service_key("demo-eu")), ["default"])
    ready.look_now()

    ready.wait(lambda: name in ready.texts("#account-list .name"))
    assert ready.find_all("main b, main img") == []


def test_cookie_is_hidden_from_scripts(ready: Browser) -> None:
    assert ready.run("return document.cookie") == ""


def test_session_that_ends_is_told(ready: Browser) -> None:
    ready.driver.delete_all_cookies()
    ready.run("for (const name of ['ai_core_proxy_settings']) document.cookie = `${name}=; Max-Age=0`")
    ready.look_now()

    ready.wait(lambda: "This session is over" in ready.text("#lost"))


def test_program_that_ends_is_told(browser: Browser, backend: DemoBackend, server: AdminServer) -> None:
    page = opened(browser, server)
    server.stop()
    page.look_now()

    page.wait(lambda: "does not answer" in page.text("#lost"))


# --- looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_page_fits_the_window(ready: Browser, scheme: str, width: str) -> None:
    ready.prefer(scheme)
    getattr(ready, width)()
    ready.click("#show-clients")
    ready.click("#ask")
    ready.wait(lambda: ready.text("#test-answer"))
    ready.wait(lambda: ready.shown("#client-text"))
    ready.run("document.activeElement.blur()")
    ready.picture(f"page-{scheme}-{width}")

    assert overflowing(ready) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_first_run_fits_a_narrow_window(first: Browser, key: str, scheme: str) -> None:
    first.prefer(scheme)
    first.narrow()
    first.paste("#key-text", key)
    first.wait(lambda: first.shown("#save-form"))
    first.picture(f"first-run-{scheme}-narrow")

    assert overflowing(first) == []


def test_page_speaks_german(browser: Browser, server: AdminServer, key: str) -> None:
    browser.speak("de-AT,de;q=0.9")
    page = opened(browser, server)
    page.type("#key-group", "nirgends")
    page.paste("#key-text", key)
    page.wait(lambda: verdicts(page)[2:3] == ["failed"])
    page.picture("german-light")

    assert page.find("html").get_attribute("lang") == "de"
    assert page.text("#guide h2") == "In drei Schritten zur ersten Antwort"
    assert "gibt es in diesem Subaccount nicht" in page.text("#steps .failed")
    assert "Wählen Sie eine der vorhandenen." in advice(page)


def test_everything_can_be_reached_by_keyboard(ready: Browser) -> None:
    """Every control has a name for screen readers and can be reached with the Tab key."""
    nameless = ready.run(
        """
        const controls = document.querySelectorAll("button, input, select, textarea, a[href], summary");
        return [...controls].filter((control) => control.offsetParent && !(
          control.textContent.trim() || control.labels?.length || control.getAttribute("aria-label"))
        ).map((control) => control.outerHTML);
        """
    )
    unreachable = ready.run(
        """
        const controls = document.querySelectorAll("button:not([role=tab]), input, select, textarea, a[href]");
        return [...controls].filter((control) => control.tabIndex < 0).map((control) => control.outerHTML);
        """
    )

    assert (nameless, unreachable) == ([], [])


def overflowing(browser: Browser) -> list[str]:
    """The elements that make the page wider than the window."""
    found: list[str] = browser.run(
        """
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) return [];
        return [...document.querySelectorAll("body *")]
          .filter((element) => !element.closest("nav, pre, thead"))
          .filter((element) => element.getBoundingClientRect().right > width + 0.5)
          .map((element) => element.outerHTML.slice(0, 120));
        """
    )
    return found


def test_choice_of_a_config_file_does_not_cover_the_text_above(ready: Browser) -> None:
    ready.run("document.getElementById('import').open = true")
    edge = "return document.querySelector(arguments[0]).getBoundingClientRect()[arguments[1]]"

    hint_ends = ready.run(edge, "#import-hint", "bottom")
    assert ready.run(edge, 'label[for="import-file"]', "top") >= hint_ends > 0
