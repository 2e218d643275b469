import pytest

from proxy_core.routing.fallback import nearest_of_family


@pytest.mark.parametrize(
    ("wanted", "running", "found"),
    [
        ("claude-opus-5-5", "claude-4.5-sonnet claude-4.5-opus claude-4.8-opus", "claude-4.8-opus"),
        ("claude-haiku-4-5", "gpt-5 claude-4.5-sonnet", "claude-4.5-sonnet"),
        ("claude-haiku-5", "claude-4.5-haiku claude-4.6-sonnet", "claude-4.5-haiku"),
        ("claude-haiku-4-5", "claude-4.5-opus claude-4.5-sonnet", "claude-4.5-sonnet"),
        ("claude-opus-4-8", "claude-4.5-haiku claude-4-sonnet", "claude-4-sonnet"),
        ("claude-fable-5-2", "claude-4.6-opus claude-4.5-sonnet", "claude-4.6-opus"),
        ("gpt-5-nano", "gpt-5 gpt-4.1-mini", "gpt-4.1-mini"),
        ("gpt-5.4-nano", "gpt-5 gpt-4.1-mini gpt-4.1-nano", "gpt-4.1-nano"),
        ("gpt-5.6", "gpt-4o gpt-4.1 gpt-5-mini", "gpt-4.1"),
        ("gpt-5.6-luna", "gpt-5.3-codex gpt-5", "gpt-5"),
        ("codex-auto-review", "gpt-5.3-codex gpt-5.5", "gpt-5.3-codex"),
        ("gpt-5", "gpt-5.3-codex", "gpt-5.3-codex"),
        ("gemini-3-flash", "gemini-2.5-pro gemini-2.5-flash gemini-2.5-flash-lite", "gemini-2.5-flash"),
        ("o1", "o3 o4-mini gpt-5", "o3"),
        ("gpt-5", "o3 claude-4.5-sonnet", None),
        ("gpt-5", "", None),
    ],
)
def test_nearest_of_the_family_stands_in(wanted: str, running: str, found: str | None) -> None:
    assert nearest_of_family(wanted, running.split()) == found
