import pytest

from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.routing.models import ModelTable, Purpose
from proxy_core.routing.publishing import build_model_table
from tests.routing.demo import account, deployment, filters, settings, table_of

SONNET = "anthropic--claude-4.5-sonnet"


def chat(table: ModelTable, name: str) -> tuple[str, bool]:
    found = table.resolve(name, "chat")
    return found.public_model, found.substituted


def refusal(table: ModelTable, name: str, purpose: Purpose = "chat") -> ProxyError:
    with pytest.raises(ProxyError) as caught:
        table.resolve(name, purpose)
    return caught.value


def test_exact_name_is_found() -> None:
    found = table_of("gpt-4o", "gpt-4.1").resolve("gpt-4o", "chat")

    assert (found.requested, found.public_model, found.substituted) == ("gpt-4o", "gpt-4o", False)
    assert [item.id for item in found.deployments] == ["d-gpt-4o"]


def test_exact_name_comes_before_an_alias_of_that_name() -> None:
    assert chat(table_of("gpt-4o", "o3", model_aliases={"gpt-4o": "o3"}), "gpt-4o") == ("gpt-4o", False)


def test_alias_leads_to_its_model() -> None:
    assert chat(table_of("gpt-4o", "o3", model_aliases={"best": "openai/o3"}), "best") == ("o3", False)


def test_alias_is_found_by_another_spelling() -> None:
    table = table_of("gpt-5", model_aliases={"claude-opus-5-5": "gpt-5"})

    assert chat(table, "claude-opus-5-5[1m]") == ("gpt-5", False)


@pytest.mark.parametrize(
    "name",
    ["4.5-sonnet", "sonnet-4.5", "anthropic/claude-4.5-sonnet", "claude-sonnet-4-5-20250929", SONNET.upper()],
)
def test_any_spelling_finds_the_model(name: str) -> None:
    assert chat(table_of(SONNET), name) == (SONNET, False)


def test_users_own_spelling_wins_among_equals() -> None:
    table = build_model_table(settings(account(ids={"4.5-sonnet": ("d1",)})), {"a": [deployment("d1", SONNET)]})

    assert chat(table, "claude-sonnet-4-5-20250929") == ("4.5-sonnet", False)


def test_explicit_fallback_comes_before_the_family() -> None:
    table = table_of("gpt-4.1", "o3", fallbacks={"gpt-5": ("gpt-9", "o3")})

    assert chat(table, "gpt-5-2025-08-07") == ("o3", True)


def test_published_model_needs_no_fallback() -> None:
    assert chat(table_of("gpt-5", "o3", fallbacks={"gpt-5": ("o3",)}), "gpt-5") == ("gpt-5", False)


def test_family_stands_in_and_says_so() -> None:
    assert chat(table_of("gpt-5", SONNET), "claude-haiku-4-5-20251001") == (SONNET, True)


@pytest.mark.parametrize("suffix", ["-thinking", "-xhigh", "-fast", "-thinking-fast"])
def test_editor_suffix_does_not_matter(suffix: str) -> None:
    table = table_of("anthropic--claude-4.6-sonnet", SONNET)

    assert chat(table, f"claude-4.5-sonnet{suffix}") == (SONNET, False)


def test_real_name_with_such_a_suffix_comes_first() -> None:
    assert chat(table_of("qwen3", "qwen3-max"), "qwen3-max") == ("qwen3-max", False)


def test_fallback_for_a_suffixed_name_comes_before_taking_it_off() -> None:
    table = table_of("gpt-5", "o3", fallbacks={"gpt-5-fast": ("o3",)})

    assert chat(table, "gpt-5-fast") == ("o3", True)


def test_unknown_name_is_refused_with_the_nearest() -> None:
    error = refusal(table_of("gpt-4o", "o3"), "gtp-4o")

    assert (error.status, error.kind, error.code) == (404, ErrorKind.MODEL_NOT_FOUND, "model_not_found")
    assert error.message == "The model 'gtp-4o' does not exist here. Did you mean 'gpt-4o'?"


def test_refusal_lists_models_when_none_is_near() -> None:
    assert refusal(table_of("gpt-4o", "o3"), "llama-3").message.endswith("There are 'gpt-4o' and 'o3'.")


def test_refusal_of_a_long_name_stays_short() -> None:
    assert len(refusal(table_of("gpt-4o"), "x" * 100_000).message) < 300


def test_filtered_name_is_refused_though_the_family_runs() -> None:
    table = table_of("gpt-4o", "gpt-4.1", model_filters=filters(exclude=("4o",)))

    assert refusal(table, "gpt-4o").status == 404


@pytest.mark.parametrize("name", ["openai/gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-fast"])
def test_filtered_name_is_refused_in_any_spelling(name: str) -> None:
    table = table_of("gpt-4o", "gpt-4.1", model_filters=filters(exclude=("4o",)))

    assert refusal(table, name).status == 404


def test_fallback_does_not_revive_a_filtered_name() -> None:
    table = table_of(
        "gpt-4o", "o3", model_filters=filters(exclude=("4o",)), fallbacks={"gpt-4o": ("o3",), "o1": ("gpt-4o",)}
    )

    assert refusal(table, "gpt-4o").status == 404
    assert chat(table, "o1") == ("o3", True)


def test_alias_does_not_revive_a_filtered_name() -> None:
    table = table_of("gpt-4o", "o3", model_filters=filters(exclude=("4o",)), model_aliases={"best": "gpt-4o"})

    assert refusal(table, "best").status == 404


def test_refusal_does_not_offer_a_filtered_name() -> None:
    table = table_of("gpt-4o", "o3", model_filters=filters(exclude=("4o",)))

    assert "'gpt-4o'" not in refusal(table, "gpt-4a").message


def test_embedding_model_is_found_for_embeddings() -> None:
    table = table_of("text-embedding-3-small", "gpt-4o")

    assert table.resolve("text-embedding-3-small", "embeddings").public_model == "text-embedding-3-small"


def test_embedding_model_does_not_chat() -> None:
    error = refusal(table_of("text-embedding-3-small", "gpt-4o"), "text-embedding-3-small")

    assert (error.status, error.kind) == (404, ErrorKind.MODEL_NOT_FOUND)
    assert "makes embeddings" in error.message


@pytest.mark.parametrize("name", ["gemini-embedding", "text-embedding-3-small"])
def test_embedding_model_that_is_not_published_is_not_replaced_by_one_that_chats(name: str) -> None:
    error = refusal(table_of("gemini-2.5-pro", "gpt-5"), name)

    assert error.status == 404
    assert f"'{name}' makes embeddings; it does not chat." in error.message


def test_chat_model_makes_no_embeddings() -> None:
    error = refusal(table_of("text-embedding-3-small", "gpt-4o"), "gpt-4o", "embeddings")

    assert (error.status, "'text-embedding-3-small'" in error.message) == (404, True)


def test_another_embedding_model_never_stands_in() -> None:
    table = table_of("text-embedding-3-small", "text-embedding-ada-002")

    assert refusal(table, "text-embedding-3-large", "embeddings").status == 404


def test_embedding_model_of_the_family_does_not_stand_in_for_chat() -> None:
    assert refusal(table_of("gemini-embedding"), "gemini-2.5-pro").status == 404


def test_explicit_fallback_must_fit_the_purpose() -> None:
    table = table_of("text-embedding-3-small", "o3", fallbacks={"x": ("text-embedding-3-small", "o3")})

    assert chat(table, "x") == ("o3", True)


def test_unread_sub_account_is_named_in_the_refusal() -> None:
    table = build_model_table(settings(account("a"), account("b")), {"a": [deployment("d1", "gpt-4o")]})

    assert "Sub-account 'b' could not be read" in refusal(table, "o3").message


def test_nothing_known_yet_is_worth_another_try() -> None:
    error = refusal(build_model_table(settings(account("a")), {}), "gpt-4o")

    assert (error.status, error.kind, error.retry_after) == (503, ErrorKind.OVERLOADED, 30)
