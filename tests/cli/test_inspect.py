import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy_core.cli.inspect import main
from tests.cli.lm_server import LmServer, run_lm_server
from tests.cli.toy_proxy import KEY, build_toy_proxy

SONNET = "anthropic--claude-4.5-sonnet"


@pytest.fixture
def lm() -> Iterator[LmServer]:
    with run_lm_server() as server:
        yield server


class Command:
    """Runs `sap-ai-inspect` on a config file; keeps what it printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.environ = {"AI_CORE_PROXY_HOME": str(folder / "home"), "HOME": str(folder / "nobody")}
        self.out = self.err = ""
        self._capsys = capsys

    def run(self, config: Any, *options: str, **environ: str) -> int:
        path = self.folder / "config.json"
        path.write_text(json.dumps(config))
        code = main(["-c", str(path), *options], {**self.environ, **environ})
        self.out, self.err = self._capsys.readouterr()
        return code

    def cells(self, deployment_id: str) -> list[str]:
        [line] = [line for line in self.out.splitlines() if line.strip().startswith(deployment_id)]
        return line.split()


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


def sub_account(lm: LmServer, **keys: Any) -> dict[str, Any]:
    return {"service_key_json": lm.service_key(), **keys}


def test_every_deployment_is_listed_with_its_names(lm: LmServer, command: Command) -> None:
    url = lm.add("d1", SONNET)
    lm.add("d2", "gpt-4o", status="PENDING")
    lm.add("d3", "", scenario="orchestration")

    code = command.run({"subAccounts": {"a": sub_account(lm, deployment_ids={"4.5-sonnet": ["d1"]})}})

    assert (code, command.err) == (0, "")
    assert command.out.startswith("Sub-account a (resource group default)\n")
    assert command.cells("d1") == [
        "d1", "RUNNING", "foundation-models", "4.5-sonnet", SONNET, "latest", "claude-sonnet-4-5", url,
    ]  # fmt: skip
    assert command.cells("d2") == ["d2", "PENDING", "foundation-models", "-", "gpt-4o", "latest", "-", "-"]
    assert command.cells("d3")[:6] == ["d3", "RUNNING", "orchestration", "-", "-", "-"]


def test_configured_name_is_shown_of_a_deployment_that_does_not_run(lm: LmServer, command: Command) -> None:
    lm.add("d1", "gpt-4o", status="STOPPED")

    command.run({"subAccounts": {"a": sub_account(lm, deployment_ids={"best": ["d1"]})}})

    assert command.cells("d1")[3] == "best"


def test_columns_stand_below_their_headings(lm: LmServer, command: Command) -> None:
    lm.add("d1", "gpt-4o")

    command.run({"subAccounts": {"a": sub_account(lm)}})

    _, headings, row = command.out.splitlines()
    assert headings.index("MODEL") == row.index("gpt-4o")


def test_sub_account_without_deployments_says_so(lm: LmServer, command: Command) -> None:
    code = command.run({"subAccounts": {"a": sub_account(lm, resource_group="team")}})

    assert (code, command.out) == (0, "Sub-account a (resource group team)\n  no deployments\n")


def test_mismatch_is_warned_about(lm: LmServer, command: Command) -> None:
    lm.add("d1", "gemini-2.5-pro")

    code = command.run({"subAccounts": {"a": sub_account(lm, deployment_ids={"gpt-4": ["d1"]})}})

    assert code == 0
    assert command.err.startswith("warning: Configuration mismatch: Model 'gpt-4'")


def test_failing_sub_account_is_one_line_and_the_rest_is_listed(lm: LmServer, command: Command) -> None:
    lm.add("d1", "gpt-4o")
    gone = {**lm.service_key(), "url": "http://127.0.0.1:9", "clientid": "other"}

    code = command.run({"subAccounts": {"a": {"service_key_json": gone}, "b": sub_account(lm)}})

    assert code == 1
    assert command.out.startswith("Sub-account b ")
    [line] = command.err.splitlines()
    assert line.startswith("sap-ai-inspect: Sub-account 'a' could not be read: ")


def test_refused_credentials_are_one_line_without_them(lm: LmServer, command: Command) -> None:
    lm.refuse = True

    code = command.run({"subAccounts": {"a": sub_account(lm)}})

    assert (code, command.out) == (1, "")
    assert len(command.err.splitlines()) == 1
    assert "demo-secret" not in command.err


@pytest.fixture
def proxy_port() -> Iterator[int]:
    """Where a proxy runs in which something rests."""
    server = build_toy_proxy()
    server.start()
    yield server.port
    server.stop()


def test_what_rests_in_the_running_proxy_is_told(lm: LmServer, command: Command, proxy_port: int) -> None:
    config = {"subAccounts": {"a": sub_account(lm)}, "secret_authentication_tokens": [KEY], "port": proxy_port}

    code = command.run(config)

    assert (code, command.err) == (0, "")
    assert command.out.endswith(
        f"\n\nProxy at http://127.0.0.1:{proxy_port}\n"
        "  gpt-5 on d123 of demo-eu: limited for 23 s: SAP's rate limit is reached\n"
    )


def test_the_port_of_the_proxy_can_be_named(lm: LmServer, command: Command, proxy_port: int) -> None:
    config = {"subAccounts": {"a": sub_account(lm)}, "secret_authentication_tokens": [KEY]}

    command.run(config, "-p", str(proxy_port))

    assert f"Proxy at http://127.0.0.1:{proxy_port}\n" in command.out


def test_a_proxy_with_another_key_is_a_warning(lm: LmServer, command: Command, proxy_port: int) -> None:
    config = {"subAccounts": {"a": sub_account(lm)}, "secret_authentication_tokens": ["another-key-0123"]}

    code = command.run(config, "-p", str(proxy_port))

    assert code == 0
    assert command.err.startswith(
        "warning: The running proxy does not tell how its deployments fare: The API key is not one of this proxy's"
    )
    assert "another-key" not in command.err


def test_no_proxy_is_nothing_to_tell(lm: LmServer, command: Command) -> None:
    config = {"subAccounts": {"a": sub_account(lm)}, "secret_authentication_tokens": [KEY]}

    code = command.run(config, "-p", "9")

    assert (code, command.err) == (0, "")
    assert "Proxy at" not in command.out


def test_bad_config_is_one_line(command: Command) -> None:
    code = command.run({"subAccounts": {"a": {}}})

    assert (code, command.out) == (2, "")
    assert command.err == (
        "sap-ai-inspect: config.json: subAccounts.a.service_key_json is missing. "
        "Name the file that holds the service key.\n"
    )


def test_no_sub_account_anywhere_is_one_line(command: Command) -> None:
    code = command.run({})

    assert code == 2
    assert "No sub-account of SAP AI Core is configured." in command.err


def test_environment_gives_a_sub_account(lm: LmServer, command: Command) -> None:
    lm.add("d1", "gpt-4o")

    code = command.run({}, AICORE_SERVICE_KEY=json.dumps(lm.service_key()), AICORE_RESOURCE_GROUP="team")

    assert code == 0
    assert command.out.startswith("Sub-account environment (resource group team)\n")


def test_cache_is_forgotten_when_asked(lm: LmServer, command: Command) -> None:
    cached = command.folder / "home" / "cache" / "deployments-0.json"
    cached.parent.mkdir(parents=True)
    cached.write_text("{}")

    command.run({"subAccounts": {"a": sub_account(lm)}})
    assert cached.exists()

    command.run({"subAccounts": {"a": sub_account(lm)}}, "--refresh-cache")
    assert not cached.exists()


def test_unknown_option_is_bad_usage(command: Command) -> None:
    with pytest.raises(SystemExit) as caught:
        command.run({}, "--nonsense")

    assert caught.value.code == 2
