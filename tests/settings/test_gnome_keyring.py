"""The real thing: gnome-keyring on a session bus of its own."""

import gc

import pytest

from proxy_core.settings.keyring_store import open_keyring_store
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStoreError
from tests.session_bus import SessionBus

LONG = Secret("käy-" + "x" * 9000)


def test_long_secret_comes_back_from_the_keyring(bus: SessionBus) -> None:
    bus.start_keyring()
    open_keyring_store().set("service-key/a", LONG)

    again = open_keyring_store()

    assert again.label == "Secret Service"
    assert again.get("service-key/a") == LONG


def test_secret_outlives_the_keyring_program(bus: SessionBus) -> None:
    bus.start_keyring()
    open_keyring_store().set("service-key/a", LONG)
    bus.stop_keyring()
    bus.start_keyring()

    assert open_keyring_store().get("service-key/a") == LONG


def test_deleted_secret_is_gone_and_may_be_deleted_again(bus: SessionBus) -> None:
    bus.start_keyring()
    store = open_keyring_store()
    store.set("service-key/a", LONG)

    store.delete("service-key/a")
    store.delete("service-key/a")

    assert open_keyring_store().get("service-key/a") is None


def test_no_file_of_the_keyring_holds_the_plain_text(bus: SessionBus) -> None:
    bus.start_keyring()
    open_keyring_store().set("service-key/a", Secret("demo-secret-in-plain-text"))

    files = [path for path in bus.home.rglob("*") if path.is_file()]

    assert any(path.name == "login.keyring" for path in files)
    assert not any(b"demo-secret" in path.read_bytes() for path in files)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # keyring drops its connection without closing it
def test_locked_keyring_is_one_line_of_advice(bus: SessionBus) -> None:
    bus.start_keyring()
    open_keyring_store().set("service-key/a", LONG)
    bus.stop_keyring()
    bus.start_keyring(unlocked=False)

    line = refusal()
    gc.collect()

    assert line.startswith("Secret Service did not read the secret (")
    assert "Unlock the keyring of your desktop" in line


def test_desktop_without_a_keyring_is_told_what_to_install(bus: SessionBus) -> None:
    with pytest.raises(SecretStoreError) as caught:
        open_keyring_store({})

    assert "Install gnome-keyring, KWallet or KeePassXC" in str(caught.value)


def refusal() -> str:
    with pytest.raises(SecretStoreError) as caught:
        open_keyring_store().get("service-key/a")
    return str(caught.value)
