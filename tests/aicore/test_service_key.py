from typing import Any

import pytest

from proxy_core.aicore.service_key import parse_service_key
from proxy_core.errors import ConfigurationError

SECRET = "geheim$a+b/c="
KEY: dict[str, Any] = {
    "clientid": "sb-1!b2|aicore!b3",
    "clientsecret": SECRET,
    "url": "https://sub.authentication.eu10.hana.ondemand.com",
    "identityzone": "sub",
    "identityzoneid": "zone-1",
    "appname": "1!b2|aicore!b3",
    "credential-type": "binding-secret",
    "serviceurls": {"AI_API_URL": "https://api.ai.example.com"},
}
X509 = {name: value for name, value in KEY.items() if name not in ("clientsecret", "credential-type")} | {
    "certificate": "-----BEGIN CERTIFICATE-----\\nAAA\\n-----END CERTIFICATE-----\\n",
    "key": "-----BEGIN RSA PRIVATE KEY-----\ngeheim\n-----END RSA PRIVATE KEY-----\n",
    "certurl": "https://sub.authentication.cert.eu10.hana.ondemand.com/",
    "credential-type": "x509",
}


def test_client_secret_key_is_read() -> None:
    key = parse_service_key(KEY, "key.json")

    assert key.client_id == "sb-1!b2|aicore!b3"
    assert key.client_secret is not None
    assert key.client_secret.reveal() == SECRET
    assert key.token_url == "https://sub.authentication.eu10.hana.ondemand.com/oauth/token"
    assert (key.api_url, key.identity_zone_id) == ("https://api.ai.example.com", "zone-1")


def test_x509_key_is_read_with_real_line_ends_and_its_own_url() -> None:
    key = parse_service_key(X509, "key.json")

    assert key.client_secret is None
    assert key.client_certificate is not None
    assert key.client_certificate.certificate.startswith("-----BEGIN CERTIFICATE-----\nAAA\n")
    assert key.token_url == "https://sub.authentication.cert.eu10.hana.ondemand.com/oauth/token"


@pytest.mark.parametrize(("kind", "has_secret"), [("x509", False), ("binding-secret", True), (None, True)])
def test_credential_type_decides_where_both_kinds_are_there(kind: str | None, has_secret: bool) -> None:
    key = parse_service_key({**KEY, **X509, "credential-type": kind}, "key.json")

    assert (key.client_secret is not None, key.client_certificate is None) == (has_secret, has_secret)


@pytest.mark.parametrize(
    "wrapped",
    [
        {"credentials": KEY},
        [{"name": "ai", "label": "aicore", "credentials": KEY}],
        {"aicore": [{"name": "ai", "credentials": KEY}]},
        {"credentials": {"credentials": KEY}},
    ],
)
def test_wrapped_key_is_the_same_key(wrapped: Any) -> None:
    assert parse_service_key(wrapped, "here") == parse_service_key(KEY, "here")


@pytest.mark.parametrize("ending", ["", "/", "/v2", "/v2/"])
def test_api_url_is_normalised(ending: str) -> None:
    url = "https://api.ai.example.com" + ending

    assert (
        parse_service_key({**KEY, "serviceurls": {"AI_API_URL": url}}, "k").api_url == "https://api.ai.example.com"
    )


@pytest.mark.parametrize("ending", ["", "/", "/oauth/token", "/oauth/token/"])
def test_token_url_is_normalised(ending: str) -> None:
    key = parse_service_key({**KEY, "url": "https://t.example" + ending}, "k")

    assert key.token_url == "https://t.example/oauth/token"


def test_unknown_fields_and_a_resource_group_are_accepted() -> None:
    key = parse_service_key({**KEY, "resourceGroup": "team-a", "novel": {"x": 1}}, "k")

    assert key.resource_group == "team-a"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "http://127.9.9.9", "http://[::1]:8", "http://localhost:1"]
)
def test_this_computer_needs_no_tls(url: str) -> None:
    assert parse_service_key({**KEY, "url": url}, "k").token_url.startswith(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "ftp://api.example.com",
        "api.example.com",
        "https://",
        "https://u:p@api.example.com",
        "https://api.example.com:99999",
        "https://[::1",
    ],
)
@pytest.mark.parametrize("name", ["url", "AI_API_URL"])
def test_unsafe_url_is_refused_by_name(url: str, name: str) -> None:
    bad = {**KEY, "url": url} if name == "url" else {**KEY, "serviceurls": {"AI_API_URL": url}}

    with pytest.raises(ConfigurationError, match=rf"key\.json cannot be used: .*{name} "):
        parse_service_key(bad, "key.json")


@pytest.mark.parametrize("name", ["clientid", "clientsecret", "url", "serviceurls"])
def test_missing_field_is_named_with_the_file(name: str) -> None:
    cut = {key: value for key, value in KEY.items() if key != name}

    with pytest.raises(ConfigurationError, match=rf"key\.json cannot be used: {name}.* is missing"):
        parse_service_key(cut, "key.json")


@pytest.mark.parametrize("name", ["certificate", "key", "certurl"])
def test_missing_field_of_an_x509_key_is_named(name: str) -> None:
    cut = {key: value for key, value in X509.items() if key != name}

    with pytest.raises(
        ConfigurationError, match=r"key\.json cannot be used: (certificate|key|certurl|clientsecret) "
    ):
        parse_service_key(cut, "key.json")


@pytest.mark.parametrize(
    "value",
    [
        {**KEY, "clientid": 7},
        {**KEY, "serviceurls": "https://x"},
        {**KEY, "serviceurls": None},
        {**X509, "key": "geheim"},
        {"credentials": "geheim"},
        {"credentials": []},
        [],
        {},
        {**KEY, "clientsecret": ["geheim"]},
    ],
)
def test_wrong_value_is_one_line_without_secrets(value: Any) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_service_key(value, "key.json")

    assert "key.json" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize("value", [KEY, X509])
def test_printed_key_shows_no_secret(value: dict[str, Any]) -> None:
    assert "geheim" not in repr(parse_service_key(value, "k"))
