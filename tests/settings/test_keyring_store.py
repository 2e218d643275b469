import subprocess
import sys

import pytest

from proxy_core.settings.keyring_store import (
    WINDOWS_PART_LIMIT,
    KeyringSecretStore,
    keyring_on_demand,
    open_keyring_store,
)
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStoreError
from tests.settings.windows_keyring import Crash, WindowsKeyring

OLD = Secret("old-" + "x" * 4000)
NEW = Secret("new-" + "ü\U0001f600" * 500)
SHORT = Secret("short")
KEY = "service-key/a"


def open_store(keyring: WindowsKeyring) -> KeyringSecretStore:
    """A store as a new start of the program has it."""
    return KeyringSecretStore(keyring, "Windows Credential Manager", part_limit=WINDOWS_PART_LIMIT)


@pytest.fixture
def keyring() -> WindowsKeyring:
    return WindowsKeyring()


@pytest.mark.parametrize("secret", [OLD, NEW, SHORT, Secret("")], ids=["long", "no ascii", "short", "empty"])
def test_secret_comes_back_whole(keyring: WindowsKeyring, secret: Secret) -> None:
    open_store(keyring).set(KEY, secret)

    assert open_store(keyring).get(KEY) == secret


def test_unknown_secret_is_none(keyring: WindowsKeyring) -> None:
    assert open_store(keyring).get(KEY) is None


def test_item_of_windows_really_is_too_small_for_the_secret(keyring: WindowsKeyring) -> None:
    with pytest.raises(SecretStoreError, match=r"did not keep the secret \(StoreRefusedError 1783\)"):
        KeyringSecretStore(keyring, "Windows Credential Manager").set(KEY, OLD)


def test_one_item_is_enough_where_items_may_be_long(keyring: WindowsKeyring) -> None:
    store = KeyringSecretStore(keyring, "macOS Keychain")
    store.set(KEY, SHORT)

    assert list(keyring.items) == ["AI Core Proxy/service-key/a"]
    assert KeyringSecretStore(keyring, "macOS Keychain").get(KEY) == SHORT


def test_every_part_has_a_service_name_of_its_own(keyring: WindowsKeyring) -> None:
    open_store(keyring).set(KEY, OLD)

    assert list(keyring.items) == [
        *(f"AI Core Proxy/service-key/a#a{number}" for number in range(1, 5)),
        "AI Core Proxy/service-key/a",
    ]


def test_no_part_of_the_old_secret_stays(keyring: WindowsKeyring) -> None:
    store = open_store(keyring)
    store.set(KEY, OLD)
    store.set(KEY, NEW)
    store.set(KEY, SHORT)

    kept = " ".join(text for _, text in keyring.items.values())

    assert "xxxx" not in kept
    assert "ud83d" not in kept


def test_nothing_stays_of_a_deleted_secret(keyring: WindowsKeyring) -> None:
    store = open_store(keyring)
    store.set(KEY, OLD)
    store.set(KEY, NEW)

    store.delete(KEY)
    store.delete(KEY)

    assert keyring.items == {}
    assert store.get(KEY) is None


def test_secrets_do_not_mix(keyring: WindowsKeyring) -> None:
    store = open_store(keyring)
    store.set("a", OLD)
    store.set("b", NEW)
    store.delete("a")

    assert open_store(keyring).get("b") == NEW


def writes_of_a_change() -> int:
    """How many changes of items the replacement of OLD by NEW takes."""
    keyring = WindowsKeyring()
    open_store(keyring).set(KEY, OLD)
    keyring.writes_left = 1000
    open_store(keyring).set(KEY, NEW)
    return 1000 - keyring.writes_left


@pytest.mark.parametrize("crash", range(writes_of_a_change()))
def test_crash_at_any_write_leaves_one_whole_secret_and_is_healed(keyring: WindowsKeyring, crash: int) -> None:
    open_store(keyring).set(KEY, OLD)
    keyring.writes_left = crash
    with pytest.raises(Crash):
        open_store(keyring).set(KEY, NEW)
    keyring.writes_left = None

    found = open_store(keyring).get(KEY)
    open_store(keyring).set(KEY, SHORT)
    open_store(keyring).delete(KEY)

    assert found in (OLD, NEW)
    assert keyring.items == {}


def test_crash_before_the_manifest_keeps_the_old_secret(keyring: WindowsKeyring) -> None:
    open_store(keyring).set(KEY, OLD)
    keyring.writes_left = 3
    with pytest.raises(Crash):
        open_store(keyring).set(KEY, NEW)

    assert open_store(keyring).get(KEY) == OLD


@pytest.mark.parametrize("crash", range(5))
def test_crash_while_deleting_is_healed_by_deleting_again(keyring: WindowsKeyring, crash: int) -> None:
    open_store(keyring).set(KEY, OLD)
    keyring.writes_left = crash
    with pytest.raises(Crash):
        open_store(keyring).delete(KEY)
    keyring.writes_left = None

    open_store(keyring).delete(KEY)

    assert keyring.items == {}


def test_refused_write_leaves_no_part_behind(keyring: WindowsKeyring) -> None:
    class Full(WindowsKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            if service.endswith("#a3"):
                raise OSError(28, "no room")
            super().set_password(service, username, password)

    full = Full()
    with pytest.raises(SecretStoreError, match="did not keep the secret"):
        open_store(full).set(KEY, OLD)

    assert full.items == {}


@pytest.mark.parametrize("lost", ["#a2", "#a4", ""])
def test_damaged_secret_is_told(keyring: WindowsKeyring, lost: str) -> None:
    open_store(keyring).set(KEY, OLD)
    keyring.items[f"AI Core Proxy/{KEY}{lost}"] = ("ai-core-proxy", "garbage")

    with pytest.raises(SecretStoreError) as caught:
        open_store(keyring).get(KEY)

    assert str(caught.value) == f"The secret {KEY} in Windows Credential Manager is damaged. Enter it again."


def test_damaged_secret_can_be_entered_again(keyring: WindowsKeyring) -> None:
    open_store(keyring).set(KEY, OLD)
    keyring.items[f"AI Core Proxy/{KEY}"] = ("ai-core-proxy", "[]")

    open_store(keyring).set(KEY, NEW)

    assert open_store(keyring).get(KEY) == NEW


def test_secret_is_read_from_the_keyring_once(keyring: WindowsKeyring) -> None:
    store = open_store(keyring)
    store.set(KEY, OLD)
    keyring.reads = 0

    assert (store.get(KEY), keyring.reads) == (OLD, 0)


def test_huge_secret_is_refused_in_words(keyring: WindowsKeyring) -> None:
    with pytest.raises(SecretStoreError, match="is too long for Windows Credential Manager"):
        open_store(keyring).set(KEY, Secret("x" * 200_000))


@pytest.mark.parametrize("wish", ["keep", "delete"])
def test_error_of_the_system_is_one_line_without_the_secret(keyring: WindowsKeyring, wish: str) -> None:
    store = open_store(keyring)
    store.set(KEY, SHORT)
    keyring.refuses = True

    with pytest.raises(SecretStoreError) as caught:
        store.set(KEY, OLD) if wish == "keep" else store.delete(KEY)

    assert str(caught.value).endswith("the secret (StoreRefusedError 5). Unlock it, and try again.")
    assert "xxxx" not in str(caught.value)


@pytest.mark.parametrize("module", ["fail", "null"])
def test_keyring_that_keeps_nothing_is_refused(module: str) -> None:
    name = f"keyring.backends.{module}.Keyring"

    with pytest.raises(SecretStoreError, match="keeps no secrets safely"):
        open_keyring_store({"PYTHON_KEYRING_BACKEND": name})


def test_named_keyring_that_is_not_there_is_told() -> None:
    with pytest.raises(SecretStoreError, match=r"names no\.such\.Keyring, which cannot be used"):
        open_keyring_store({"PYTHON_KEYRING_BACKEND": "no.such.Keyring"})


def test_named_keyring_is_used() -> None:
    store = open_keyring_store({"PYTHON_KEYRING_BACKEND": "tests.settings.windows_keyring.WindowsKeyring"})
    store.set(KEY, SHORT)

    assert store.get(KEY) == SHORT
    assert "WindowsKeyring" in store.label


def test_keyring_on_demand_is_not_opened_before_it_is_needed() -> None:
    store = keyring_on_demand({"PYTHON_KEYRING_BACKEND": "no.such.Keyring"})

    with pytest.raises(SecretStoreError):
        store.get(KEY)


def test_start_of_the_command_lines_imports_no_keyring() -> None:
    code = (
        "import sys, proxy_core.cli.serve, proxy_core.cli.inspect, proxy_core.cli.chat; "
        "print([name for name in ('keyring', 'cryptography', 'pystray') if name in sys.modules])"
    )

    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert asked.stdout.strip() == "[]"
