from proxy_core.routing.limits import Limits
from proxy_core.settings.model import LimitSettings, ModelLimits, SubAccountSettings

BOTH = ModelLimits(requests_per_minute=60, concurrency=4)


def limits(
    general: dict[str, ModelLimits], own: dict[str, ModelLimits] | None = None, *, learn: bool = True
) -> Limits:
    return Limits(LimitSettings(general, learn=learn), [SubAccountSettings("a", limits=own or {})])


def test_without_configuration_and_quota_there_is_no_limit() -> None:
    assert limits({}).of("a", "gpt-4o") == ModelLimits()


def test_a_model_is_known_by_any_spelling() -> None:
    assert limits({"claude-sonnet-4.5": BOTH}).of("a", "anthropic--claude-4.5-sonnet") == BOTH


def test_the_sub_accounts_own_limit_wins() -> None:
    found = limits({"gpt-4o": BOTH}, {"*": ModelLimits(concurrency=9)}).of("a", "gpt-4o")

    assert found == ModelLimits(requests_per_minute=60, concurrency=9)


def test_a_named_model_wins_over_all_models() -> None:
    assert limits({"*": BOTH, "gpt-4o": ModelLimits(concurrency=1)}).of("b", "gpt-4o").concurrency == 1


def test_saps_quota_stands_in_where_nothing_is_configured() -> None:
    known = limits({"gpt-4o": ModelLimits(concurrency=4)})
    assert known.of("a", "gpt-4o").requests_per_minute is None
    known.learn("a", {"gpt-4o": 78})

    assert known.of("a", "gpt-4o") == ModelLimits(requests_per_minute=78, concurrency=4)
    assert known.of("b", "gpt-4o").requests_per_minute is None


def test_a_configured_limit_wins_over_the_quota() -> None:
    known = limits({"gpt-4o": BOTH})
    known.learn("a", {"gpt-4o": 78})

    assert known.of("a", "gpt-4o") == BOTH


def test_quotas_count_for_nothing_when_learning_is_off() -> None:
    known = limits({}, learn=False)
    known.learn("a", {"gpt-4o": 78})

    assert known.of("a", "gpt-4o") == ModelLimits()
