"""The command lines as a user meets them: version, help, and every mistake in one clear line."""

import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.end_to_end.user import REPOSITORY, User

SECRET = "marked-client-secret"
KEY: dict[str, Any] = {
    "clientid": "demo-client",
    "clientsecret": SECRET,
    "url": "https://demo.authentication.example.com",
    "serviceurls": {"AI_API_URL": "https://api.ai.example.com"},
}
OFFLINE = {
    "service_key_json": KEY,
    "deployment_models": {"gpt-4o": ["https://api.ai.example.com/v2/inference/deployments/d1"]},
    "discover": False,
}
"""A sub-account that needs no call to SAP to start."""
ACCOUNT = {"subAccounts": {"a": {"service_key_json": KEY}}}
PROGRAMS = ("sap-ai-proxy", "sap-ai-inspect", "sap-ai-chat", "sap-ai-demo-request")


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def account(**changes: Any) -> dict[str, Any]:
    """A config with one sub-account whose service key is changed."""
    return {"subAccounts": {"a": {"service_key_json": {**KEY, **changes}}}}


def refusal(user: User, *options: str, **environ: str) -> str:
    """The one line with which `sap-ai-proxy` refuses to start."""
    done = user.run("sap-ai-proxy", *options, **environ)

    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert SECRET not in done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("sap-ai-proxy: ")
    return line.removeprefix("sap-ai-proxy: ")


def commit() -> str:
    command = ["git", "-C", str(REPOSITORY), "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@pytest.mark.parametrize("command", [("sap-ai-proxy", "--version"), ("python", "-m", "proxy_core", "-v")])
def test_version_is_right_within_a_foreign_repository(user: User, command: tuple[str, ...]) -> None:
    subprocess.run(["git", "init", "-q", str(user.work)], check=True)
    git = ["git", "-C", str(user.work), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "foreign"], check=True)
    before = commit()
    done = user.run(*command, PYTHONPATH=str(REPOSITORY))

    assert done.returncode == 0
    hashes = {before, commit()} if (REPOSITORY / ".git").exists() else {""}
    assert done.stdout in {f"sap-ai-proxy 0.1.0{f' ({found})' if found else ''}\n" for found in hashes}


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_says_what_the_program_does_and_its_exit_codes(user: User, program: str) -> None:
    done = user.run(program, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {program} ")
    assert "--config FILE" in done.stdout
    assert "Exit codes: 0 " in done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_bad_usage_is_one_line(user: User, program: str) -> None:
    done = user.run(program, "--nonsense")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{program}: unrecognized arguments: --nonsense. See {program} --help.\n"


def test_a_port_that_is_no_number_is_bad_usage(user: User) -> None:
    assert refusal(user, "-p", "many").startswith("argument -p/--port: invalid int value: 'many'.")


def test_a_missing_config_file_is_named(user: User) -> None:
    assert refusal(user, "-c", "none.json") == (
        f"The config file {user.work}/none.json does not exist. Check the path."
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"port": 1,\n "host": }', "Expecting value (line 2, column 10)"),
        ('{\n  "port": 1\n  "host": "a"\n}', "(line 3, column 3)"),
        ("", "(line 1, column 1)"),
        ('{"port": 1,}', "(line 1, column 12)"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_bad_json_is_told_with_its_place(user: User, text: str, told: str) -> None:
    user.write("config.json", text)

    line = refusal(user)
    assert "config.json is not valid JSON: " in line
    assert told in line


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ([], "must hold one JSON object"),
        ({"subAccounts": []}, "config.json: subAccounts must be an object { … }, not a list."),
        ({"subAccounts": {"a": {}}}, "subAccounts.a.service_key_json is missing. Name the file"),
        (
            {"subAccounts": {"a": {"serviceKey": "key.json"}}},
            'subAccounts.a.service_key_json is missing. Rename "serviceKey" to that.',
        ),
        ({"subAccounts": {"a": {"service_key_json": "no.json"}}}, "no.json does not exist. Check the path."),
        (account(url="http://sap.example.com"), "url must start with https://"),
        (
            account(serviceurls={"AI_API_URL": "http://sap.example.com"}),
            "service_key_json in config.json cannot be used: serviceurls.AI_API_URL must start with https://",
        ),
        (account(clientsecret=""), "clientsecret is missing."),
        ({**ACCOUNT, "model_filters": {"include": ["gpt-("]}}, 'include[0] is not a valid pattern: "gpt-("'),
        ({**ACCOUNT, "model_filters": {"exclude_filters": ["*"]}}, "exclude_filters[0] is not a valid pattern"),
        ({**ACCOUNT, "secret_authentication_tokens": ["good", "<hidden_key_1>"]}, "tokens[1] is a placeholder"),
        ({**ACCOUNT, "port": 70000}, "config.json: port is 70000, but must be from 0 to 65535."),
        ({**ACCOUNT, "port": "3001"}, "port must be a whole number from 0 to 65535, without quotes, not text."),
        ({**ACCOUNT, "max_streams": 1000}, "max_streams is 1000, but must be from 1 to 256."),
        ({**ACCOUNT, "tls": {"cert": "cert.pem"}}, "tls.cert names the file"),
        ({**ACCOUNT, "timeouts": {"idle": -1}}, "timeouts.idle is -1, but must be more than 0 seconds."),
    ],
)  # fmt: skip
def test_a_mistake_in_the_config_is_one_line_with_its_path(user: User, config: Any, told: str) -> None:
    user.write("config.json", config)

    assert told in refusal(user, AICORE_CONFIG="")


def test_no_sub_account_at_all_says_where_to_put_one(user: User) -> None:
    line = refusal(user)

    assert line.startswith("No sub-account of SAP AI Core is configured. Add one under subAccounts in ")
    assert "AICORE_" in line
    assert "--demo" in line


def test_a_broken_source_of_the_environment_is_named(user: User) -> None:
    line = refusal(user, AICORE_SERVICE_KEY='{"clientid": }')

    assert line == "The variable AICORE_SERVICE_KEY is not valid JSON: Expecting value (line 1, column 14)."


@pytest.mark.parametrize("options", [("-p", "70000"), ("--demo", "-p", "-1")])
def test_a_port_out_of_range_is_told(user: User, options: tuple[str, ...]) -> None:
    user.write("config.json", ACCOUNT)

    assert "--port is " in refusal(user, *options)


@pytest.mark.parametrize("options", [(), ("--demo",)])
def test_a_port_in_use_is_told_with_its_holder(user: User, options: tuple[str, ...]) -> None:
    user.write("config.json", {"subAccounts": {"a": OFFLINE}})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = user.run("sap-ai-proxy", "-p", str(port), *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"sap-ai-proxy: Port {port} on 127.0.0.1 is in use by " in done.stderr
    assert done.stderr.splitlines()[-1].endswith("or choose another port with -p or `port` in the configuration.")
    assert "Traceback" not in done.stderr
    assert not (user.home / "proxy/config/api_key").exists(), "a key was made and never shown"


def test_a_host_that_is_none_is_told(user: User) -> None:
    user.write("config.json", {"subAccounts": {"a": OFFLINE}})
    done = user.run("sap-ai-proxy", "--host", "no such host")

    assert done.returncode == 2
    assert "Cannot listen on no such host: no such host. Set `host` to 127.0.0.1" in done.stderr.splitlines()[-1]


def test_tls_options_belong_together(user: User) -> None:
    user.write("config.json", ACCOUNT)

    assert "--tls-cert and --tls-key belong together" in refusal(user, "--tls-cert", "cert.pem")
    assert "no.pem does not exist" in refusal(user, "--tls-cert", "no.pem", "--tls-key", "no.pem")


def test_tls_files_that_cannot_be_used_are_named(user: User) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").cert_chain_pems[0].write_to_path(user.work / "cert.pem")
    authority.issue_cert("127.0.0.1").private_key_pem.write_to_path(user.work / "key.pem")
    user.write("config.json", ACCOUNT)
    mismatch = refusal(user)
    user.write("key.pem", "no key")

    assert "cert.pem and the key " in mismatch
    assert "key values mismatch" in mismatch
    assert "key.pem cannot be used: no PEM in one of them." in refusal(user)


def test_debug_shows_where_an_error_comes_from(user: User) -> None:
    user.write("config.json", account(url="http://sap.example.com"))
    done = user.run("sap-ai-proxy", "-d")

    assert done.returncode == 2
    assert done.stderr.startswith("Traceback")
    assert done.stderr.splitlines()[-1].startswith("sap-ai-proxy: The service key ")
    assert SECRET not in done.stderr


def test_an_unusable_home_is_no_obstacle_with_keys_configured(user: User) -> None:
    """The log file and the cache can be done without."""
    user.write("config.json", {"subAccounts": {"a": OFFLINE}, "secret_authentication_tokens": ["k"]})
    (user.home / "proxy").write_text("a file stands in the way")
    with user.running() as proxy:
        assert "gpt-4o" in proxy.models("k")
        assert "The log file" in proxy.err
        assert "Traceback" not in proxy.err
