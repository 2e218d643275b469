import json
import shutil
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from proxy_core.errors import ConfigurationError
from proxy_core.settings.import_config import import_config
from proxy_core.settings.load import KNOWN_KEYS
from proxy_core.settings.profile import Profile
from proxy_core.settings.secret_store import MemorySecretStore
from proxy_core.settings.sub_accounts import FLAT_KEYS
from tests.settings.config_folder import SERVICE_KEY
from tests.settings.profile_folder import ProfileFolder
from tests.settings.test_any_config import SCALARS

REFERENCES = st.builds(
    lambda key: {"secret": key}, st.sampled_from(["api-key/1", "service-key/a", "", " ", 5, None])
)
VALUES = st.recursive(
    st.one_of(SCALARS, REFERENCES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "secret", *FLAT_KEYS]), inner, max_size=3),
    ),
    max_leaves=8,
)
CONFIGS = st.dictionaries(st.sampled_from([*KNOWN_KEYS, *FLAT_KEYS, "odd"]), VALUES, max_size=4)
CALLS: list[Callable[[Profile, str], Any]] = [
    lambda profile, _text: profile.settings(),
    lambda profile, _text: profile.account_names(),
    lambda profile, _text: profile.api_keys(),
    lambda profile, _text: profile.holds_plain_secrets(),
    lambda profile, _text: profile.ensure_api_key(),
    lambda profile, _text: profile.add_account("a", SERVICE_KEY),
    lambda profile, _text: profile.change({"port": 4000}),
    lambda profile, _text: profile.remove_account("a"),
    import_config,
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=CONFIGS)
@example(config={"subAccounts": {"a": {"service_key_json": {"secret": "api-key/1"}}}, "odd": 2**80})
def test_any_json_works_or_fails_with_one_line(place: ProfileFolder, config: dict[str, Any]) -> None:
    """Whatever somebody wrote into the file; every other exception is a bug."""
    shutil.rmtree(place.path, ignore_errors=True)
    place.write(config)
    profile = Profile(place.path, MemorySecretStore(), place.environ)

    lines = [outcome(call, profile, json.dumps(config)) for call in CALLS]

    assert not any("\n" in line for line in lines)


def outcome(call: Callable[[Profile, str], Any], profile: Profile, text: str) -> str:
    try:
        call(profile, text)
    except ConfigurationError as error:
        return str(error)
    return ""
