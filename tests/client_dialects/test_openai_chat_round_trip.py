"""A neutral conversation written for Azure and read as a client's body is the same conversation."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.capabilities import Capabilities
from proxy_core.client_dialects.openai_chat import OpenAIChat
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    Message,
    Part,
    Sampling,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolDefinition,
    ToolResultPart,
)
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.base import Target

names = st.text("abcXYZ_-09", min_size=1, max_size=20)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
texts = st.builds(TextPart, words)
images = st.builds(lambda data: FilePart("image", media_type="image/png", data=data), st.just("QQ=="))
documents = st.builds(
    lambda name: FilePart("document", media_type="application/pdf", data="QQ==", filename=name + ".pdf"), names
)
user_turns = st.builds(
    lambda parts: Message("user", tuple(parts)),
    st.lists(st.one_of(texts, images, documents), min_size=1, max_size=3),
)
system_turns = st.builds(lambda parts: Message("system", tuple(parts)), st.lists(texts, min_size=1, max_size=2))
answers = st.builds(lambda parts: Message("assistant", tuple(parts)), st.lists(texts, min_size=1, max_size=2))


@st.composite
def tool_turns(draw: st.DrawFn) -> list[Message]:
    """An assistant turn with calls, and the user turn that answers them and says something more."""
    identities = draw(st.lists(st.text("abc09_", min_size=1, max_size=30), min_size=1, max_size=3, unique=True))
    calls = tuple(ToolCallPart(identity, draw(names), draw(words)) for identity in identities)
    said: tuple[Part, ...] = tuple(draw(st.lists(texts, max_size=1)))
    results = tuple(ToolResultPart(call.id, (draw(texts),), name=call.name) for call in calls)
    more: tuple[Part, ...] = tuple(draw(st.lists(texts, max_size=1)))
    return [Message("assistant", (*said, *calls)), Message("user", (*results, *more)), draw(answers)]


conversations = st.lists(
    st.one_of(system_turns.map(lambda turn: [turn]), user_turns.map(lambda turn: [turn]), tool_turns()),
    min_size=1,
    max_size=5,
).map(lambda turns: tuple(message for turn in turns for message in turn))
requests = st.builds(
    ChatRequest,
    model=st.just("m"),
    messages=conversations,
    stream=st.booleans(),
    tools=st.just((ToolDefinition("f", "d", {"type": "object"}), ToolDefinition("g", "", {"type": "object"}))),
    tool_choice=st.sampled_from([None, ToolChoice("auto"), ToolChoice("required"), ToolChoice("one", name="f")]),
    parallel_tool_calls=st.sampled_from([None, True, False]),
    sampling=st.builds(
        Sampling,
        max_output_tokens=st.none() | st.integers(1, 1000),
        temperature=st.none() | st.floats(0, 2),
        stop=st.lists(words, max_size=4).map(tuple),
        seed=st.none() | st.integers(0, 99),
    ),
)


@given(requests)
def test_a_request_survives_the_way_to_the_wire_and_back(request: ChatRequest) -> None:
    target = Target("gpt-4o", "m", Capabilities())
    sent = AzureOpenAI().encode_request(request, target, pytest.fail)
    again = OpenAIChat().decode_request({"model": "m", **sent.body}, {})

    assert again == replace(request, diagnostics=())
