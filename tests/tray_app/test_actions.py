"""What the menu's items do."""

import pytest

from proxy_core.client_settings import Client
from tests.tray_app.desk import Program
from tray_app.menu_items import ActionId
from tray_app.snapshot import State


def test_start_and_stop(served: Program) -> None:
    served.act(ActionId.STOP)
    served.recorder.wait_for(lambda one: one.state is State.STOPPED)
    served.recorder.seen.clear()
    served.act(ActionId.START)

    served.recorder.wait_for(lambda one: one.state is State.RUNNING)


def test_the_base_url_is_copied(served: Program) -> None:
    served.act(ActionId.COPY_URL)

    assert served.copied == [served.controller.snapshot.base_url]
    assert served.told[-1].startswith("Base URL copied")


def test_the_key_is_copied_and_not_shown(served: Program) -> None:
    served.act(ActionId.COPY_KEY)

    assert served.copied == [served.backend.first_key()]
    assert served.copied[0] not in "".join(served.told)


@pytest.mark.parametrize("client", list(Client))
def test_the_settings_for_a_client_are_copied(served: Program, client: Client) -> None:
    served.act(ActionId.COPY_CLIENT, client.value)

    assert served.copied == [served.backend.client_texts()[client]]


def test_a_models_id_is_copied(served: Program) -> None:
    served.act(ActionId.COPY_MODEL, "gpt-5")

    assert served.copied == ["gpt-5"]


def test_without_a_clipboard_it_says_so_and_opens_the_page(served: Program) -> None:
    served.clipboard_works = False
    served.act(ActionId.COPY_URL)

    assert served.told[-1].startswith("Nothing was copied")
    assert served.opened == ["http://127.0.0.1:9/enter?ticket=t"]


def test_the_settings_page_is_opened_by_a_one_time_link(served: Program) -> None:
    served.act(ActionId.OPEN_SETTINGS)

    assert served.opened == ["http://127.0.0.1:9/enter?ticket=t"]


def test_a_link_that_cannot_be_opened_is_given_to_the_terminal_and_kept_out_of_the_message(served: Program) -> None:
    served.opener_works = False
    served.act(ActionId.OPEN_SETTINGS)

    assert served.links == ["http://127.0.0.1:9/enter?ticket=t"]
    assert "ticket=" not in served.told[-1]


def test_the_logs_folder_is_opened(served: Program) -> None:
    served.act(ActionId.OPEN_LOGS)

    assert served.opened == [str(served.folder)]


def test_a_refresh_tells_its_result(served: Program) -> None:
    served.act(ActionId.REFRESH)
    served.recorder.wait_for(lambda one: one.last_refresh is not None and not one.refreshing)
    served.act(ActionId.COPY_URL)

    assert any(text.endswith(" models") for text in served.told)


def test_start_at_login_is_switched_on_and_off(served: Program) -> None:
    served.act(ActionId.START_AT_LOGIN)
    served.recorder.wait_for(lambda one: one.start_at_login)
    served.act(ActionId.START_AT_LOGIN)
    served.controller.update().result(10)

    assert not served.controller.snapshot.start_at_login


def test_a_wish_that_cannot_be_met_is_told(program: Program) -> None:
    program.act(ActionId.START, "99999")

    assert "port" in program.told[-1]


def test_an_unforeseen_error_is_logged_and_the_next_action_works(
    served: Program, caplog: pytest.LogCaptureFixture
) -> None:
    served.act(ActionId.COPY_CLIENT, "no such client")
    served.act(ActionId.COPY_MODEL, "gpt-5")

    assert "The action copy_client failed" in caplog.text
    assert served.copied == ["gpt-5"]


def test_quitting_stops_the_proxy_first(served: Program) -> None:
    assert served.actions is not None
    served.actions.run(ActionId.QUIT)
    served.actions.run(ActionId.QUIT)

    assert served.ended.wait(20)
    assert served.controller.snapshot.state is State.STOPPED
