"""An answer in pieces and the same answer whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.neutral.events import PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.fold import fold, unfold
from proxy_core.neutral.messages import (
    ChatResponse,
    FilePart,
    FinishKind,
    FinishReason,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
    Usage,
)

SIGNATURES = st.none() | st.builds(Signature, st.just("gemini"), st.text(min_size=1))
PARTS = st.one_of(
    st.builds(TextPart, st.text(), SIGNATURES),
    st.builds(ReasoningPart, st.text(), SIGNATURES),
    st.builds(ToolCallPart, st.text(), st.text(), st.text(), SIGNATURES),
    st.builds(FilePart, st.just("image"), st.just("image/png"), st.text()),
)
RESPONSES = st.builds(
    ChatResponse,
    id=st.text(),
    model=st.text(),
    parts=st.lists(PARTS, max_size=5).map(tuple),
    finish=st.builds(FinishReason, st.sampled_from(FinishKind)),
    usage=st.builds(Usage, st.integers(0, 9), st.integers(0, 9)),
)


@given(RESPONSES)
def test_an_unfolded_answer_folds_back_to_itself(response: ChatResponse) -> None:
    assert fold(unfold(response)) == response


def test_deltas_join_in_order_and_the_end_brings_the_signature() -> None:
    signature = Signature("anthropic", "sig")
    events = [
        StreamStart("id", "m"),
        PartStart(0, ReasoningPart("")),
        PartDelta(0, "a"),
        PartDelta(0, "b"),
        PartEnd(0, signature),
        StreamEnd(FinishReason(FinishKind.STOP), Usage()),
    ]

    assert fold(events).parts == (ReasoningPart("ab", signature),)


def test_a_stream_without_its_end_is_refused() -> None:
    with pytest.raises(ValueError, match="not complete"):
        fold([StreamStart("id", "m")])


def test_an_end_without_a_start_is_refused() -> None:
    with pytest.raises(ValueError, match="not opened"):
        fold([StreamStart("id", "m"), PartEnd(0)])
