from hypothesis import given
from hypothesis import strategies as st

from proxy_core.model_names import canonical_name, parse_model_name

PREFIXES = st.sampled_from(["", "anthropic--", "anthropic/", "sap/", "sap-ai-core/anthropic--", "SAP-AI-Core/"])
ENDS = st.sampled_from(["", "-latest", ":1", "[1m]", "-20250929", "-2025-09-29", "-20250929[1m]", "-latest:2"])
TIERS = st.sampled_from(["sonnet", "opus", "haiku"])


@st.composite
def spellings(draw: st.DrawFn, tier: str, major: int, minor: int) -> str:
    number = f"{major}{draw(st.sampled_from('.-'))}{minor}"
    core = draw(st.sampled_from([f"{number}-{tier}", f"{tier}-{number}"]))
    return draw(PREFIXES) + draw(st.sampled_from(["", "claude-", "Claude-"])) + core + draw(ENDS)


@given(data=st.data(), tier=TIERS, major=st.integers(3, 9), minor=st.integers(1, 9))
def test_every_spelling_of_a_claude_model_is_one(data: st.DataObject, tier: str, major: int, minor: int) -> None:
    name = data.draw(spellings(tier, major, minor))

    assert canonical_name(name) == f"claude-{tier}-{major}-{minor}"


@given(name=st.text(max_size=300))
def test_any_text_is_a_name(name: str) -> None:
    found = parse_model_name(name)

    assert found.kind in {"chat", "embeddings", "other"}
    assert all(number >= 0 for number in found.version)


@given(name=st.text(alphabet="abcgptclaude-0123456789.o", min_size=1, max_size=30))
def test_case_does_not_matter(name: str) -> None:
    assert canonical_name(name.upper()) == canonical_name(name)
