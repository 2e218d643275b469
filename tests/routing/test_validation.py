import pytest

from proxy_core.routing.validation import describe_mismatch
from tests.routing.demo import deployment


@pytest.mark.parametrize(
    ("configured", "running", "kind"),
    [
        ("gpt-4", "gemini-1.5-pro", "Family"),
        ("gpt-4", "gpt-3.5-turbo", "Version"),
        ("claude-3-sonnet", "claude-3-haiku", "Variant"),
    ],
)
def test_mismatch_is_described(configured: str, running: str, kind: str) -> None:
    assert describe_mismatch(configured, deployment("d456", running)) == (
        f"Configuration mismatch: Model '{configured}' mapped to deployment 'd456' "
        f"which is running '{running}' ({kind} mismatch)"
    )


def test_fitting_name_needs_no_words() -> None:
    assert describe_mismatch("4.5-sonnet", deployment("d1", "anthropic--claude-4.5-sonnet")) is None


def test_deployment_without_a_model_is_not_judged() -> None:
    assert describe_mismatch("gpt-4", deployment("d1", "")) is None
