"""Environment and files are dicts here."""

import json
from pathlib import Path
from typing import Any

import pytest

from proxy_core.aicore.environment import EnvironmentCredentials, read_environment, read_text_file
from proxy_core.errors import ConfigurationError
from tests.aicore.test_service_key import KEY, X509

FLAT = {
    "AICORE_CLIENT_ID": "flat-id",
    "AICORE_CLIENT_SECRET": "flat-secret",
    "AICORE_AUTH_URL": "https://t.example/oauth/token",
    "AICORE_BASE_URL": "https://api.example/v2",
}


def read(environ: dict[str, str], files: dict[str, Any] | None = None) -> EnvironmentCredentials | None:
    texts = {Path(path): content for path, content in (files or {}).items()}
    return read_environment(
        environ, lambda path: json.dumps(texts[path]) if isinstance(texts.get(path), dict) else texts.get(path)
    )


def client_id(found: EnvironmentCredentials | None) -> str:
    assert found is not None
    return found.service_key.client_id


def test_nothing_set_is_nothing_found() -> None:
    assert read({"HOME": "/home/u", "PATH": "/bin"}) is None


def test_service_key_variable_is_read() -> None:
    found = read({"AICORE_SERVICE_KEY": json.dumps(KEY)})

    assert (client_id(found), found and found.resource_group) == (KEY["clientid"], "default")


def test_flat_variables_are_read() -> None:
    found = read({**FLAT, "AICORE_RESOURCE_GROUP": "team"})

    assert found is not None
    assert found.service_key.token_url == "https://t.example/oauth/token"
    assert (found.service_key.api_url, found.resource_group) == ("https://api.example", "team")


def test_certificates_are_read_from_files() -> None:
    environ = {name: value for name, value in FLAT.items() if name != "AICORE_CLIENT_SECRET"}
    environ |= {
        "AICORE_CERT_URL": X509["certurl"],
        "AICORE_CERT_FILE_PATH": "/c.pem",
        "AICORE_KEY_FILE_PATH": "/k.pem",
    }

    found = read(environ, {"/c.pem": X509["certificate"], "/k.pem": X509["key"]})

    assert found is not None
    assert found.service_key.client_certificate is not None


def test_missing_certificate_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"AICORE_CERT_FILE_PATH names .*c\.pem"):
        read({**FLAT, "AICORE_CERT_FILE_PATH": "/c.pem"})


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"HOME": "/home/u"}, "/home/u/.aicore/config.json"),
        ({"USERPROFILE": "/users/u"}, "/users/u/.aicore/config.json"),
        ({"HOME": "/home/u", "AICORE_PROFILE": "x"}, "/home/u/.aicore/config_x.json"),
        ({"HOME": "/home/u", "AICORE_HOME": "/opt/ai"}, "/opt/ai/config.json"),
        ({"HOME": "/home/u", "AICORE_HOME": "/opt/ai", "AICORE_PROFILE": "x"}, "/opt/ai/config_x.json"),
        ({"HOME": "/home/u", "AICORE_CONFIG": "~/mine.json"}, "/home/u/mine.json"),
        ({"HOME": "/home/app"}, "/root/.aicore/config.json"),
    ],
)
def test_config_file_is_found(environ: dict[str, str], path: str) -> None:
    found = read(environ, {path: {**FLAT, "AICORE_RESOURCE_GROUP": "file-group"}})

    assert found is not None
    assert (found.service_key.client_id, found.resource_group) == ("flat-id", "file-group")
    assert path in found.source.replace("\\", "/")


def test_binding_is_read() -> None:
    services = {"aicore": [{"name": "ai", "label": "aicore", "credentials": KEY}], "other": []}

    assert client_id(read({"VCAP_SERVICES": json.dumps(services)})) == KEY["clientid"]


def test_binding_of_other_services_only_is_nothing() -> None:
    assert read({"VCAP_SERVICES": '{"xsuaa": []}'}) is None


def test_sources_are_taken_in_order() -> None:
    environ = {
        "HOME": "/home/u",
        "AICORE_SERVICE_KEY": json.dumps({**KEY, "clientid": "first"}),
        **FLAT,
        "VCAP_SERVICES": json.dumps({"aicore": [{"credentials": KEY}]}),
    }
    files = {"/home/u/.aicore/config.json": {**FLAT, "AICORE_CLIENT_ID": "third"}}
    order = []
    for cut in (None, "AICORE_SERVICE_KEY", "AICORE_CLIENT_ID", "HOME"):
        environ.pop(cut or "", None)
        order.append(client_id(read(environ, files)))

    assert order == ["first", "flat-id", "third", KEY["clientid"]]


def test_values_of_two_sources_are_never_mixed() -> None:
    stray = {"HOME": "/home/u", "AICORE_CLIENT_ID": "stray", "AICORE_BASE_URL": "https://stray.example"}

    found = read(stray, {"/home/u/.aicore/config.json": FLAT})

    assert found is not None
    assert (found.service_key.client_id, found.service_key.api_url) == ("flat-id", "https://api.example")


@pytest.mark.parametrize(
    "environ",
    [
        {"AICORE_SERVICE_KEY": '{"clientsecret": "geheim"'},
        {"AICORE_SERVICE_KEY": '["geheim"]'},
        {"AICORE_SERVICE_KEY": '{"clientsecret": "geheim"}'},
        {"VCAP_SERVICES": "geheim"},
        {**FLAT, "AICORE_CLIENT_SECRET": "geheim", "AICORE_AUTH_URL": "http://evil.example"},
        {"AICORE_CONFIG": "/nowhere.json"},
    ],
)
def test_unusable_source_is_one_line_without_secrets(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(environ)

    assert "geheim" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_byte_order_mark_of_a_file_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"\xef\xbb\xbf{}")

    assert read_text_file(path) == "{}"


def test_unreadable_file_is_none(tmp_path: Path) -> None:
    assert read_text_file(tmp_path) is None
