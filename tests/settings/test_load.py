import json
from pathlib import Path
from typing import Any

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.settings.load import Overrides
from proxy_core.settings.model import OrchestrationSettings, TimeoutSettings, TlsSettings
from tests.settings.config_folder import ConfigFolder


def test_given_path_is_loaded(folder: ConfigFolder) -> None:
    path = folder.write_json("other.json", {"port": 4000})

    assert folder.load(path=path).settings.port == 4000


def test_given_relative_path_starts_at_the_working_directory(folder: ConfigFolder) -> None:
    folder.write_json("deep/other.json", {"port": 4000})

    assert folder.load(path=Path("deep/other.json")).settings.port == 4000


def test_config_of_the_working_directory_comes_before_the_users_own(folder: ConfigFolder) -> None:
    folder.home_config.parent.mkdir(parents=True)
    folder.home_config.write_text('{"port": 5000}')

    assert folder.load({"port": 4000}).settings.port == 4000


def test_users_own_config_is_found(folder: ConfigFolder) -> None:
    folder.home_config.parent.mkdir(parents=True)
    folder.home_config.write_text('{"port": 5000}')

    settings = folder.load().settings

    assert (settings.port, settings.config_path) == (5000, folder.home_config)


def test_without_any_file_the_defaults_hold(folder: ConfigFolder) -> None:
    settings = folder.load().settings

    assert (settings.config_path, settings.host, settings.port, settings.sub_accounts) == (
        None,
        "127.0.0.1",
        3001,
        (),
    )


def test_byte_order_mark_is_skipped(folder: ConfigFolder) -> None:
    folder.write("config.json", b'\xef\xbb\xbf{"port": 4000}')

    assert folder.load().settings.port == 4000


def test_null_means_not_set(folder: ConfigFolder) -> None:
    keys = ("subAccounts", "model_filters", "secret_authentication_tokens", "port", "host", "tls", "timeouts")

    assert folder.load(dict.fromkeys(keys)).settings == folder.load({}).settings


def test_command_line_wins_over_the_file(folder: ConfigFolder) -> None:
    overrides = Overrides(port=4001, host="localhost", log_level="debug")

    settings = folder.load({"port": 4000, "host": "127.0.0.2", "log_level": "error"}, overrides).settings

    assert (settings.port, settings.host, settings.log_level) == (4001, "localhost", "debug")


@pytest.mark.parametrize(("include", "exclude"), [("include", "exclude"), ("include_filters", "exclude_filters")])
def test_filters_are_read_in_both_spellings(folder: ConfigFolder, include: str, exclude: str) -> None:
    filters = folder.load({"model_filters": {include: ["^gpt"], exclude: ["-test$"]}}).settings.model_filters

    assert [pattern.pattern for pattern in (*filters.include, *filters.exclude)] == ["^gpt", "-test$"]


def test_every_other_setting_is_read(folder: ConfigFolder) -> None:
    ca_file = folder.write("ca.pem", "demo")

    settings = folder.load(
        {
            "secret_authentication_tokens": ["key-1", "key-2", "key-1"],
            "cors_origins": ["https://chat.example.com"],
            "model_aliases": {"best": "gpt-5"},
            "fallbacks": {"gpt-4": ["gpt-5", "gpt-4o"], "o1": "o3"},
            "timeouts": {"connect": 5, "first_byte": 60.5},
            "proxy": "http://user:secret@proxy.example.com:8080/",
            "ca_file": "ca.pem",
            "api_versions": {"gpt-5": "2025-04-01-preview"},
            "max_streams": 256,
            "body_limit_mb": 10,
            "log_level": "DEBUG",
        }
    ).settings

    assert [key.reveal() for key in settings.api_keys] == ["key-1", "key-2"]
    assert settings.cors_origins == ("https://chat.example.com",)
    assert settings.model_aliases == {"best": "gpt-5"}
    assert settings.fallbacks == {"gpt-4": ("gpt-5", "gpt-4o"), "o1": ("o3",)}
    assert settings.timeouts == TimeoutSettings(connect=5.0, first_byte=60.5, idle=300.0)
    assert settings.proxy == "http://user:secret@proxy.example.com:8080"
    assert settings.ca_file == ca_file
    assert settings.api_versions == {"gpt-5": "2025-04-01-preview"}
    assert (settings.max_streams, settings.body_limit_bytes) == (256, 10 * 1024 * 1024)
    assert settings.log_level == "debug"


def test_orchestration_is_on_with_no_modules(folder: ConfigFolder) -> None:
    assert folder.load({}).settings.orchestration == OrchestrationSettings()
    assert folder.load({"orchestration": True}).settings.orchestration == OrchestrationSettings()


def test_orchestration_can_be_switched_off(folder: ConfigFolder) -> None:
    assert not folder.load({"orchestration": False}).settings.orchestration.enabled


def test_modules_of_orchestration_are_read_by_model(folder: ConfigFolder) -> None:
    modules = {"filtering": {"input": {"filters": []}}, "masking": {"providers": []}}

    loaded = folder.load({"orchestration": {"gpt-5": modules, "*": {"maskng": {}}}})

    assert loaded.settings.orchestration.modules == {"gpt-5": modules}
    assert loaded.warnings == ('config.json: orchestration."*".maskng is not a known key. Did you mean "masking"?',)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("on", "orchestration"),
        ({"gpt-5": []}, "orchestration.gpt-5"),
        ({"gpt-5": {"masking": True}}, "orchestration.gpt-5.masking"),
    ],
)
def test_misshapen_modules_are_told_with_their_place(folder: ConfigFolder, value: Any, place: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        folder.load({"orchestration": value})

    assert refused.value.path == place


def test_settings_print_no_secret(folder: ConfigFolder) -> None:
    config = {
        "subAccounts": {"a": {"service_key_json": {"clientsecret": "demo-secret"}}},
        "secret_authentication_tokens": ["demo-secret"],
        "proxy": "http://user:demo-secret@proxy.example.com",
        "unheard_of": "demo-secret",
    }

    assert "demo-secret" not in repr(folder.load(config))


def test_pem_files_beside_the_config_turn_https_on(folder: ConfigFolder) -> None:
    cert, key = folder.write("cert.pem", "demo"), folder.write("key.pem", "demo")

    settings = folder.load({}).settings

    assert (settings.tls, settings.port) == (TlsSettings(cert=cert, key=key), 8443)


def test_port_stays_as_set_with_https(folder: ConfigFolder) -> None:
    folder.write("cert.pem", "demo")
    folder.write("key.pem", "demo")

    assert folder.load({"port": 3001}).settings.port == 3001


def test_false_keeps_https_off(folder: ConfigFolder) -> None:
    folder.write("cert.pem", "demo")
    folder.write("key.pem", "demo")

    settings = folder.load({"tls": False}).settings

    assert (settings.tls, settings.port) == (None, 3001)


def test_lonely_certificate_is_warned_about(folder: ConfigFolder) -> None:
    folder.write("cert.pem", "demo")

    loaded = folder.load({})

    assert loaded.settings.tls is None
    assert "no key.pem beside it" in loaded.warnings[0]


def test_tls_files_are_found_beside_the_config(folder: ConfigFolder) -> None:
    folder.write("certs/own.pem", "demo")
    folder.write("certs/own.key", "demo")

    tls = folder.load({"tls": {"cert": "certs/own.pem", "key": "certs/own.key"}}).settings.tls

    assert tls == TlsSettings(cert=folder.path / "certs/own.pem", key=folder.path / "certs/own.key")


def test_foreign_host_is_warned_about(folder: ConfigFolder) -> None:
    assert "0.0.0.0" in folder.load({"host": "0.0.0.0"}).warnings[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_host_is_fine(folder: ConfigFolder, host: str) -> None:
    assert folder.load({"host": host}).warnings == ()


def test_unknown_key_is_kept_and_warned_about_with_the_nearest(folder: ConfigFolder) -> None:
    loaded = folder.load({"modelFilter": {"include": []}, "_comment": "mine"})

    assert loaded.settings.unknown == {"modelFilter": {"include": []}}
    assert loaded.warnings == ('config.json: modelFilter is not a known key. Did you mean "model_filters"?',)


def test_unlike_key_is_warned_about_without_a_guess(folder: ConfigFolder) -> None:
    assert folder.load({"zzz": 1}).warnings == (
        "config.json: zzz is not a known key. It is kept and has no effect.",
    )


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"port": "3001"}, "port must be a whole number from 0 to 65535, without quotes, not text."),
        ({"port": 70000}, "port is 70000, but must be from 0 to 65535."),
        ({"port": True}, "port must be a whole number"),
        ({"host": 1}, 'host must be text such as "127.0.0.1", not a number.'),
        ({"host": " "}, "host is empty."),
        ({"subAccounts": []}, "subAccounts must be an object { … }, not a list."),
        ({"subAccounts": {"a b": 1}}, 'subAccounts."a b" must be an object'),
        ({"model_filters": {"include": ["(gpt"]}}, 'model_filters.include[0] is not a valid pattern: "(gpt"'),
        ({"model_filters": {"exclude": [1]}}, "model_filters.exclude[0] must be text"),
        ({"model_filters": ["gpt"]}, "model_filters must be an object"),
        ({"secret_authentication_tokens": ["<hidden_key_1>"]}, "secret_authentication_tokens[0] is a placeholder"),
        ({"secret_authentication_tokens": ["your-key"]}, "secret_authentication_tokens[0] is a placeholder"),
        ({"secret_authentication_tokens": ["a b"]}, "secret_authentication_tokens[0] holds a space"),
        ({"secret_authentication_tokens": ["a\nb"]}, "secret_authentication_tokens[0] holds a control character"),
        ({"model_filters": {"include": ["a{99999999999}"]}}, "model_filters.include[0] is not a valid pattern"),
        ({"ca_file": "x" * 5000}, "ca_file names the file "),
        ({"secret_authentication_tokens": [""]}, "secret_authentication_tokens[0] is empty"),
        ({"secret_authentication_tokens": {}}, "secret_authentication_tokens must be a list"),
        ({"timeouts": {"idle": 0}}, "timeouts.idle is 0, but must be more than 0 seconds."),
        ({"timeouts": {"idle": "1"}}, "timeouts.idle must be a number of seconds"),
        ({"max_streams": 0}, "max_streams is 0, but must be from 1 to 256."),
        ({"proxy": "proxy:8080"}, "proxy is not a valid URL."),
        ({"ca_file": "none.pem"}, "ca_file names the file "),
        ({"tls": {"cert": "none.pem"}}, "tls.cert names the file "),
        ({"tls": {}}, "tls.cert is missing."),
        ({"log_level": "loud"}, "log_level must be "),
        ({"model_aliases": {"a": 1}}, "model_aliases.a must be text"),
    ],
)
def test_mistake_is_one_line_with_file_and_path(folder: ConfigFolder, config: object, line: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        folder.load(config)

    assert str(caught.value).startswith(f"config.json: {line}")
    assert "\n" not in str(caught.value)


def test_missing_file_is_named(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError, match=r"The config file .*none\.json does not exist"):
        folder.load(path=Path("none.json"))


def test_folder_in_place_of_the_file_is_named(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        folder.load(path=folder.path)


def test_bad_json_is_placed_by_line_and_column(folder: ConfigFolder) -> None:
    folder.write("config.json", '{\n  "port": 3001,\n}')

    with pytest.raises(ConfigurationError, match=r"config\.json is not valid JSON: .*line 3, column 1"):
        folder.load()


def test_file_must_hold_an_object(folder: ConfigFolder) -> None:
    folder.write("config.json", "[]")

    with pytest.raises(ConfigurationError, match="must hold one JSON object"):
        folder.load()


def test_port_of_the_command_line_is_checked(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError, match="Command line: --port is 70000"):
        folder.load({}, Overrides(port=70000))


def test_half_a_tls_pair_on_the_command_line_is_refused(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError, match="--tls-cert and --tls-key belong together"):
        folder.load({}, Overrides(tls_cert=Path("cert.pem")))


def test_placeholder_is_not_repeated_in_its_error(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError) as caught:
        folder.load({"secret_authentication_tokens": ["your-secret"]})

    assert "your-secret" not in str(caught.value)


def test_config_is_never_written(folder: ConfigFolder) -> None:
    path = folder.write("config.json", json.dumps({"port": 4000, "odd": 1}))
    before = path.read_bytes()

    folder.load()

    assert path.read_bytes() == before
