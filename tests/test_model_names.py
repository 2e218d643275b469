import pytest

from proxy_core.model_names import (
    anthropic_alias,
    canonical_name,
    compare_names,
    display_name,
    guess_backend_name,
    parse_model_name,
    without_editor_suffix,
)

SONNET_45 = [
    "anthropic--claude-4.5-sonnet",
    "4.5-sonnet",
    "sonnet-4.5",
    "claude-4.5-sonnet",
    "Claude-Sonnet-4-5",
    "anthropic/claude-4.5-sonnet",
    "sap/anthropic--claude-4.5-sonnet",
    "sap-ai-core/claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929",
    "claude-sonnet-4-5[1m]",
    "claude-sonnet-4-5-latest",
    "claude-sonnet-4-5@20250929",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
]


@pytest.mark.parametrize("name", SONNET_45)
def test_spellings_of_one_claude_model_are_one(name: str) -> None:
    assert canonical_name(name) == canonical_name("claude-sonnet-4-5")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt-4o", "openai/gpt-4o-2024-08-06"),
        ("gpt-5", "gpt-5-2025-08-07"),
        ("gpt-5", "GPT-5:latest"),
        ("gpt-4.1-mini", "gpt-4-1-mini"),
        ("gpt-3.5-turbo", "gpt-35-turbo"),
        ("gpt-3.5-turbo", "gpt-3.5-turbo-0125"),
        ("o3-mini", "gpt-o3-mini"),
        ("gemini-2.5-pro", "google/gemini-2.5-pro-002"),
        ("gemini-2.5-flash-lite", "models/gemini-flash-lite-2.5"),
        ("amazon--nova-pro", "nova-pro"),
        ("claude-sonnet-4", "claude-sonnet-4-0"),
        ("claude-3.5-sonnet", "claude-3-5-sonnet-20241022"),
        ("qwen3-max", "qwen-3-max"),
        ("whisper", "openai/whisper-1"),
        ("gemini-embedding", "models/gemini-embedding-001"),
    ],
)
def test_spellings_of_one_model_are_one(one: str, other: str) -> None:
    assert canonical_name(one) == canonical_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt-4", "gpt-4o"),
        ("gpt-4", "gpt-4.1"),
        ("gpt-4", "gpt-4-32k"),
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-5.3-codex", "gpt-5.3"),
        ("claude-4-sonnet", "claude-4.5-sonnet"),
        ("claude-4.5-sonnet", "claude-4.5-haiku"),
        ("gemini-2.0-flash", "gemini-2.5-flash"),
        ("gemini-2.5-flash", "gemini-2.5-flash-lite"),
        ("text-embedding-3-small", "text-embedding-3-large"),
        ("claude-4.5-sonnet", "claude-4.5-sonnet-thinking"),
        ("unknown/gpt-4o", "gpt-4o"),
        ("mistralai--mistral-small", "mistralai--mistral-small-instruct"),
    ],
)
def test_different_models_stay_different(one: str, other: str) -> None:
    assert canonical_name(one) != canonical_name(other)


@pytest.mark.parametrize(
    "name", ["", " ", "-", ":", "/", "[1m]", "--", "anthropic--", "a" * 5000, "\ud800", "日本"]
)
def test_no_name_is_too_odd(name: str) -> None:
    assert isinstance(canonical_name(name), str)


def test_name_is_taken_apart() -> None:
    name = parse_model_name("gemini-2.5-flash-lite")

    assert (name.family, name.version, name.words, name.kind) == ("gemini", (2, 5), ("flash", "lite"), "chat")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("text-embedding-3-small", "embeddings"),
        ("text-embedding-ada-002", "embeddings"),
        ("amazon--titan-embed-text", "embeddings"),
        ("gemini-embedding", "embeddings"),
        ("nvidia--llama-3.2-nv-embedqa-1b", "embeddings"),
        ("gpt-realtime", "other"),
        ("cohere-reranker", "other"),
        ("gemini-2.5-flash-image", "other"),
        ("sap-rpt-1-small", "other"),
        ("cohere--command-a-reasoning", "chat"),
        ("sap-abap-1", "chat"),
        ("anthropic--claude-4.6-opus", "chat"),
    ],
)
def test_kind_is_told_by_the_name(name: str, kind: str) -> None:
    assert parse_model_name(name).kind == kind


@pytest.mark.parametrize(
    ("configured", "backend", "mismatch"),
    [
        ("gpt-4", "gemini-1.5-pro", "Family"),
        ("gpt-4", "zai--glm-5.2", "Family"),
        ("claude-4-sonnet", "gpt-4o", "Family"),
        ("gpt-4", "gpt-3.5-turbo", "Version"),
        ("gpt-4.1", "gpt-4", "Version"),
        ("4.5-sonnet", "anthropic--claude-4-sonnet", "Version"),
        ("claude-3-sonnet", "claude-4-haiku", "Version"),
        ("gpt-4o", "gpt-4.1", "Version"),
        ("gpt-4", "gpt-4o", "Version"),
        ("o3", "o4-mini", "Version"),
        ("gemini-2.0-flash", "gemini-2.5-flash", "Version"),
        ("claude-3-sonnet", "claude-3-haiku", "Variant"),
        ("gpt-4o", "gpt-4o-mini", "Variant"),
        ("gpt-5", "gpt-5-nano", "Variant"),
        ("gpt-5.3", "gpt-5.3-codex", "Variant"),
        ("gemini-2.5-flash", "gemini-2.5-flash-lite", "Variant"),
        ("text-embedding-3-small", "text-embedding-3-large", "Variant"),
        ("mistral-small", "mistralai--mistral-large-instruct", "Variant"),
        ("gpt-4", "gpt-4.1", None),
        ("claude-4-sonnet", "anthropic--claude-4.5-sonnet", None),
        ("gpt-4", "gpt-4-32k", None),
        ("gpt-4-32k", "gpt-4", None),
        ("gpt-4", "gpt-4-0613", None),
        ("gpt-4o", "gpt-4o-2024-08-06", None),
        ("gpt-o3-mini", "o3-mini", None),
        ("4.5-sonnet", "anthropic--claude-4.5-sonnet", None),
        ("claude", "anthropic--claude-4.5-sonnet", None),
        ("gemini-pro", "gemini-2.5-pro", None),
        ("my-assistant", "gpt-4o", None),
    ],
)
def test_configured_name_is_compared_with_the_backend(configured: str, backend: str, mismatch: str | None) -> None:
    assert compare_names(configured, backend) == mismatch


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("4.5-sonnet-thinking", "4.5-sonnet"),
        ("gpt-5-xhigh-fast", "gpt-5"),
        ("gpt-5", None),
        ("-fast", None),
    ],
)
def test_editor_suffixes_are_taken_off(name: str, bare: str | None) -> None:
    assert without_editor_suffix(name) == bare


@pytest.mark.parametrize(
    ("backend", "alias"),
    [
        ("anthropic--claude-4.5-sonnet", "claude-sonnet-4-5"),
        ("anthropic--claude-4-sonnet", "claude-sonnet-4"),
        ("anthropic--claude-sonnet-5", "claude-sonnet-5"),
        ("anthropic--claude-3.5-sonnet", "claude-3-5-sonnet"),
        ("anthropic--claude-3-haiku", "claude-3-haiku"),
        ("gpt-4o", None),
        ("claude", None),
    ],
)
def test_claude_models_get_the_vendors_id(backend: str, alias: str | None) -> None:
    assert anthropic_alias(backend) == alias


@pytest.mark.parametrize(
    ("configured", "backend"),
    [
        ("4.5-sonnet", "anthropic--claude-4.5-sonnet"),
        ("claude-opus-4-6", "anthropic--claude-4.6-opus"),
        ("gpt-4o", "gpt-4o"),
        ("gpt-o3-mini", "o3-mini"),
        ("openai/gpt-4.1", "gpt-4.1"),
        ("nova-pro", "amazon--nova-pro"),
        ("my-model", "my-model"),
    ],
)
def test_backend_is_guessed_from_a_configured_name(configured: str, backend: str) -> None:
    assert guess_backend_name(configured) == backend


def test_claude_models_are_shown_by_a_readable_name() -> None:
    assert display_name("anthropic--claude-4.5-sonnet") == "Claude Sonnet 4.5"


def test_other_models_are_shown_by_their_id() -> None:
    assert display_name("gpt-4.1-mini") == "gpt-4.1-mini"
