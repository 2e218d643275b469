"""Fields that a model's 400 names, and their removal."""

import logging
import time

import pytest

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.gateway.refusals import Refusals, refused_fields, remove_fields


def refusal(message: str, *, code: str | None = None, param: str | None = None, status: int = 400) -> UpstreamError:
    return UpstreamError(
        message, status=status, kind=ErrorKind.INVALID_REQUEST, code=code, param=param, upstream_status=status
    )


@pytest.mark.parametrize(
    ("error", "paths"),
    [
        (refusal("Unknown parameter: 'reasoning'.", code="unknown_parameter", param="reasoning"), {("reasoning",)}),
        (refusal("context_management: Extra inputs are not permitted"), {("context_management",)}),
        (
            refusal("tools.19.custom.cache_control.ephemeral.scope: Extra inputs are not permitted"),
            {("tools", "*", "custom", "cache_control", "ephemeral", "scope")},
        ),
        (refusal("400 - LLM Module: Unknown field for GenerationConfig: tools_mode"), {("tools_mode",)}),
        (
            refusal("Malformed input request: #/inferenceConfig: extraneous key [topK] is not permitted"),
            {("inferenceConfig", "topK")},
        ),
        (refusal("invalid beta flag"), {("anthropic_beta",)}),
        (
            refusal(
                'Invalid JSON payload received. Unknown name "const" at '
                "'tools[0].function_declarations[0].parameters.properties[0].value': Cannot find field."
            ),
            {("tools", "*", "function_declarations", "*", "parameters", "properties", "*", "value", "const")},
        ),
    ],
)
def test_the_named_field_is_found(error: UpstreamError, paths: set[tuple[str, ...]]) -> None:
    assert refused_fields(error) == paths


@pytest.mark.parametrize(
    "error",
    [
        refusal("messages.0.content: Extra inputs are not permitted"),
        refusal(
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            code="unsupported_value",
            param="messages[0].role",
        ),
        refusal("Unsupported parameter: 'functions'", code="unsupported_parameter", param="functions"),
        refusal("prompt is too long: 300000 tokens > 200000 maximum"),
        refusal("Unknown parameter: 'reasoning'.", code="unknown_parameter", param="reasoning", status=500),
    ],
)
def test_content_and_other_errors_name_nothing(error: UpstreamError) -> None:
    assert refused_fields(error) == frozenset()


def test_a_long_message_is_read_in_no_time() -> None:
    """Google repeats a refused value, which may be a prompt in one word."""
    begun = time.perf_counter()

    assert refused_fields(refusal("x" * 1_000_000)) == frozenset()
    assert time.perf_counter() - begun < 2


def test_removal_walks_lists_and_skips_type_tags() -> None:
    original = {"cache_control": {"type": "ephemeral", "scope": "global"}, "name": "a"}
    body = {"tools": [original, {"name": "b"}]}

    removed = remove_fields(body, frozenset({("tools", "*", "custom", "cache_control", "ephemeral", "scope")}))

    assert body == {"tools": [{"cache_control": {"type": "ephemeral"}, "name": "a"}, {"name": "b"}]}
    assert removed == ["tools.*.custom.cache_control.ephemeral.scope"]


def test_the_clients_own_objects_are_not_changed() -> None:
    tool = {"name": "a", "strict": True}

    remove_fields({"tools": [tool]}, frozenset({("tools", "*", "strict")}))

    assert tool == {"name": "a", "strict": True}


def test_a_snake_case_path_finds_the_camel_case_key() -> None:
    body = {"generationConfig": {"thinkingConfig": {"thinkingLevel": "low"}, "seed": 1}}

    remove_fields(body, frozenset({("generation_config", "thinking_config")}))

    assert body == {"generationConfig": {"seed": 1}}


def test_a_refusal_is_remembered_per_model() -> None:
    refusals = Refusals(logging.getLogger("test"))
    error = refusal("thinking: Extra inputs are not permitted")

    assert refusals.learn("m", error, frozenset()) == {("thinking",)}
    assert refusals.of("m") == {("thinking",)}
    assert refusals.of("other") == frozenset()


def test_a_request_that_left_the_field_out_already_learns_nothing() -> None:
    refusals = Refusals(logging.getLogger("test"))

    assert not refusals.learn("m", refusal("thinking: Extra inputs are not permitted"), frozenset({("thinking",)}))


def test_a_request_that_was_under_way_when_another_learnt_the_field_is_tried_again_too() -> None:
    refusals = Refusals(logging.getLogger("test"))
    error = refusal("thinking: Extra inputs are not permitted")
    refusals.learn("m", error, frozenset())

    assert refusals.learn("m", error, frozenset())


def test_a_refused_value_is_left_out_but_not_remembered() -> None:
    """Another client may send another value."""
    refusals = Refusals(logging.getLogger("test"))
    error = refusal(
        "Unsupported value: 'reasoning_effort' does not support 'max' with this model.",
        code="unsupported_value",
        param="reasoning_effort",
    )

    assert refusals.learn("m", error, frozenset()) == {("reasoning_effort",)}
    assert refusals.of("m") == frozenset()


def test_a_refusal_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals(logging.getLogger("test"))
    error = refusal("thinking: Extra inputs are not permitted")

    refusals.learn("m", error, frozenset())
    refusals.learn("m", error, frozenset())

    assert [record.getMessage() for record in caplog.records] == [
        "Model m refuses the field thinking: it is left out from now on."
    ]


def test_the_oldest_of_very_many_refused_fields_are_forgotten() -> None:
    refusals = Refusals(logging.getLogger("test"))

    for number in range(1000):
        refusals.learn("m", refusal(f"field{number}: Extra inputs are not permitted"), frozenset())

    assert len(refusals.of("m")) == 100
    assert ("field999",) in refusals.of("m")


def test_a_field_is_found_where_a_service_wraps_it() -> None:
    body = {"config": {"params": {"seed": 7, "top_p": 1}}}

    removed = remove_fields(body, frozenset({("seed",)}), ("config", "params"))

    assert removed == ["seed"]
    assert body == {"config": {"params": {"top_p": 1}}}


def test_a_field_of_the_body_s_root_is_found_before_one_that_a_service_wraps() -> None:
    body = {"seed": 1, "params": {"seed": 7}}

    remove_fields(body, frozenset({("seed",)}), ("params",))

    assert body == {"params": {"seed": 7}}
