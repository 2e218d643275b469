"""The shared vocabulary of the Anthropic wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.json_text import dump_json
from proxy_core.neutral.messages import Signature, Usage
from proxy_core.wire.anthropic import (
    decode_arguments,
    decode_usage,
    encode_arguments,
    encode_usage,
    resolve_betas,
    tool_kind,
    unwrap_signature,
    wrap_signature,
)

FOREIGN = st.builds(Signature, st.sampled_from(["gemini", "openai"]), st.text(min_size=1))


def test_claudes_own_signature_stays_as_it_is() -> None:
    assert wrap_signature(Signature("anthropic", "EpAC+/==")) == "EpAC+/=="
    assert unwrap_signature("EpAC+/==") == Signature("anthropic", "EpAC+/==")


@given(FOREIGN)
def test_foreign_signature_comes_back(signature: Signature) -> None:
    wrapped = wrap_signature(signature)

    assert wrapped.startswith(f"acp1.{signature.origin}.")
    assert unwrap_signature(wrapped) == signature


@pytest.mark.parametrize(
    "text", ["", "acp1.", "acp1.gemini.", "acp1.other.YQ", "acp1.gemini.###", "acp1.gemini._w"]
)
def test_text_that_is_no_signature_gives_none(text: str) -> None:
    assert unwrap_signature(text) is None


@given(st.dictionaries(st.text(max_size=5), st.integers(-(2**60), 2**60) | st.text(max_size=5)))
def test_arguments_survive_the_way_there_and_back(arguments: dict[str, int | str]) -> None:
    text = dump_json(arguments).decode()

    assert decode_arguments(encode_arguments(text)) == (text if arguments else "{}")


@pytest.mark.parametrize("text", ['{"broken', "nonsense"])
def test_broken_arguments_survive_too(text: str) -> None:
    assert decode_arguments(encode_arguments(text)) == text


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_usage_survives_the_way_there_and_back(fresh: int, cached: int, written: int, output: int) -> None:
    usage = Usage(fresh + cached + written, output, cached_tokens=cached, cache_write_tokens=written)

    assert decode_usage(encode_usage(usage)) == usage


def test_usage_with_nothing_in_it_is_zero() -> None:
    assert decode_usage({"input_tokens": None, "output_tokens": "many"}) == Usage()


@pytest.mark.parametrize(
    ("model", "newest", "kept"),
    [
        ("anthropic--claude-4-sonnet", False, ["claude-code-20250219", "context-1m-2025-08-07"]),
        ("anthropic--claude-4.5-sonnet", False, ["claude-code-20250219", "context-1m-2025-08-07"]),
        ("anthropic--claude-4.6-sonnet", False, ["claude-code-20250219"]),
        ("anthropic--claude-4.5-opus", False, ["claude-code-20250219"]),
        ("anthropic--claude-4.8-opus", True, []),
    ],
)
def test_betas_by_model(model: str, newest: bool, kept: list[str]) -> None:
    asked = ["claude-code-20250219", "context-1m-2025-08-07", "oauth-2025-04-20", "claude-code-20250219"]

    found, dropped = resolve_betas(asked, model, newest=newest)

    assert found == kept
    assert "oauth-2025-04-20" in dropped


@pytest.mark.parametrize(
    ("wire_type", "kind"),
    [
        (None, "custom"),
        ("custom", "custom"),
        ("bash_20250124", "client"),
        ("text_editor_20250728", "client"),
        ("web_search_20250305", "server"),
        ("code_execution_20250522", "server"),
        (5, "server"),
    ],
)
def test_kind_of_a_tool(wire_type: object, kind: str) -> None:
    assert tool_kind(wire_type) == kind
