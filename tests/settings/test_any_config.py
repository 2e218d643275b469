from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy_core.errors import ConfigurationError
from proxy_core.settings.load import KNOWN_KEYS
from proxy_core.settings.sub_accounts import FLAT_KEYS
from tests.settings.config_folder import ConfigFolder

INNER_KEYS = ["a", "include", "exclude_filters", "connect", "cert", "key", *FLAT_KEYS]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(INNER_KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)
CONFIGS = st.dictionaries(st.sampled_from([*KNOWN_KEYS, *FLAT_KEYS, "odd"]), VALUES, max_size=5)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=CONFIGS)
def test_any_json_loads_or_fails_with_one_line(folder: ConfigFolder, config: dict[str, Any]) -> None:
    assert "\n" not in outcome(folder, config)


def outcome(folder: ConfigFolder, config: dict[str, Any]) -> str:
    """The host of the loaded settings, or the error; every other exception is a bug."""
    try:
        return folder.load(config).settings.host
    except ConfigurationError as error:
        return str(error)
