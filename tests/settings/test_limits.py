"""Waiting times, limits, weights and affinity of the config file."""

from pathlib import Path
from typing import Any

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.settings.directories import Directories
from proxy_core.settings.load import Loaded, load_document
from proxy_core.settings.model import AttemptTimeouts, LimitSettings, ModelLimits


def load(tmp_path: Path, **document: Any) -> Loaded:
    folders = Directories(config=tmp_path, state=tmp_path, cache=tmp_path)
    return load_document(document, None, directories=folders, working_dir=tmp_path)


def account(**entries: Any) -> dict[str, Any]:
    key = {
        "clientid": "id",
        "clientsecret": "secret",
        "url": "https://a.example.com",
        "serviceurls": {"AI_API_URL": "https://b.example.com"},
    }
    return {"subAccounts": {"one": {"service_key_json": key, **entries}}}


def test_nothing_said_means_affinity_quotas_and_a_short_queue(tmp_path: Path) -> None:
    settings = load(tmp_path).settings
    assert (settings.affinity, settings.limits) == (True, LimitSettings({}, learn=True, queue=15.0))


def test_a_model_takes_the_times_it_does_not_name_from_all_models(tmp_path: Path) -> None:
    timeouts = load(
        tmp_path, timeouts={"first_byte": 60, "failover": 90, "models": {"gpt-5": {"idle": 5}}}
    ).settings.timeouts
    assert timeouts.failover == 90.0
    assert timeouts.models == {"gpt-5": AttemptTimeouts(connect=10.0, first_byte=60.0, idle=5.0)}


def test_limits_go_by_model(tmp_path: Path) -> None:
    limits = load(
        tmp_path, limits={"learn": False, "queue": 0, "models": {"*": {"concurrency": 4}}}
    ).settings.limits
    assert limits == LimitSettings({"*": ModelLimits(concurrency=4)}, learn=False, queue=0.0)


def test_a_sub_account_has_weight_priority_and_limits(tmp_path: Path) -> None:
    entries = account(weight=3, priority=2, limits={"gpt-5": {"requests_per_minute": 60}})
    one = load(tmp_path, **entries).settings.sub_accounts[0]
    assert (one.weight, one.priority) == (3, 2)
    assert one.limits == {"gpt-5": ModelLimits(requests_per_minute=60)}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"affinity": "yes"}, "affinity"),
        ({"limits": {"queue": -1}}, "limits.queue"),
        ({"limits": {"learn": 1}}, "limits.learn"),
        ({"limits": {"models": {"gpt-5": {"concurrency": 0}}}}, "limits.models.gpt-5.concurrency"),
        ({"timeouts": {"models": {"gpt-5": 3}}}, "timeouts.models.gpt-5"),
        ({"timeouts": {"failover": "1"}}, "timeouts.failover"),
        (account(weight=0), "subAccounts.one.weight"),
        (account(priority=1.5), "subAccounts.one.priority"),
        (account(limits={"*": {"requests_per_minute": "60"}}), "subAccounts.one.limits.*.requests_per_minute"),
    ],
)
def test_a_bad_value_is_named_with_its_path(tmp_path: Path, document: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path, **document)
    assert raised.value.path.replace('"', "") == path


def test_an_unknown_key_of_a_model_is_told(tmp_path: Path) -> None:
    warnings = load(tmp_path, limits={"models": {"gpt-5": {"concurency": 4}}}).warnings
    assert warnings == (
        'config.json: limits.models.gpt-5.concurency is not a known key. Did you mean "concurrency"?',
    )
