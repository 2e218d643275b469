from proxy_core.routing.filters import apply_filters
from tests.routing.demo import filters


def test_without_patterns_all_pass() -> None:
    assert apply_filters(["a", "b"], filters()) == (["a", "b"], [])


def test_include_keeps_what_matches_anywhere_in_the_name() -> None:
    kept, _ = apply_filters(["gpt-4o", "my-gpt-4o", "o3"], filters(include=("gpt",)))

    assert kept == ["gpt-4o", "my-gpt-4o"]


def test_anchors_are_the_users() -> None:
    kept, _ = apply_filters(["gpt-4o", "my-gpt-4o"], filters(include=("^gpt",)))

    assert kept == ["gpt-4o"]


def test_exclude_works_on_what_include_left() -> None:
    kept, _ = apply_filters(["gpt-4o", "gpt-4o-test", "o3"], filters(("^gpt",), ("-test$",)))

    assert kept == ["gpt-4o"]


def test_reason_names_the_pattern() -> None:
    _, filtered = apply_filters(["gpt-test", "o3"], filters(("^gpt",), ("x", "-test$")))

    assert [str(item) for item in filtered] == [
        "Model 'gpt-test' is filtered by the exclude pattern '-test$'.",
        "Model 'o3' is filtered: it matches no include pattern (^gpt).",
    ]
