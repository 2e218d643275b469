"""The list of models as the official clients read it."""

from datetime import UTC, datetime

from tests.end_to_end.stand import Stand


def test_both_clients_read_the_same_list(stand: Stand) -> None:
    openais = [model.id for model in stand.openai().models.list()]
    anthropics = [model.id for model in stand.anthropic().models.list()]

    assert openais == anthropics
    assert len(openais) == len(set(openais)) > 20


def test_anthropics_client_reads_limits_and_retirement(stand: Stand) -> None:
    model = stand.anthropic().models.retrieve("gpt-4o")

    assert (model.max_input_tokens, model.max_tokens) == (128_000, 16_384)
    assert (model.lifecycle, model.retires_at) == ("deprecated", datetime(2026, 10, 1, tzinfo=UTC))


def test_a_model_that_stays_is_active(stand: Stand) -> None:
    model = stand.anthropic().models.retrieve("claude-sonnet-4-5")

    assert (model.lifecycle, model.retires_at, model.max_tokens) == ("active", None, 64_000)


def test_openais_client_reads_retirement(stand: Stand) -> None:
    models = stand.openai().models

    assert models.retrieve("gpt-4o").shutdown_date == "2026-10-01"
    assert models.retrieve("gpt-5").shutdown_date is None


def test_the_facts_of_the_catalogue_stand_beside_them(stand: Stand) -> None:
    entry = stand.request("GET", "/v1/models/gpt-4o").json()

    facts = ("context_length", "max_output_tokens", "input_types", "deprecated", "retirement_date", "orchestrated")
    assert [entry[fact] for fact in facts] == [128_000, 16_384, ["text", "image"], True, "2026-10-01", False]


def test_a_model_behind_orchestration_is_marked(stand: Stand) -> None:
    assert stand.request("GET", "/v1/models/gpt-5.5").json()["orchestrated"] is True
