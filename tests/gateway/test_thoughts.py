"""Signed thoughts find back to their tool calls."""

from proxy_core.gateway.thoughts import ThoughtMemory, ThoughtRecorder
from proxy_core.neutral.events import PartDelta, PartEnd, PartStart, StreamStart
from proxy_core.neutral.messages import ChatRequest, Message, ReasoningPart, Signature, TextPart, ToolCallPart

SIGNATURE = Signature("anthropic", "sig")
CALL = ToolCallPart("call_1", "weather", "{}")


def request(*parts: TextPart | ReasoningPart | ToolCallPart) -> ChatRequest:
    return ChatRequest("m", (Message("assistant", parts),), stream=False)


def recorded(limit: int = 10) -> ThoughtMemory:
    memory = ThoughtMemory(limit)
    recorder = ThoughtRecorder(memory)
    recorder.watch([StreamStart("id", "m"), PartStart(0, ReasoningPart("")), PartDelta(0, "let ")])
    recorder.watch([PartDelta(0, "me"), PartEnd(0, SIGNATURE), PartStart(1, CALL), PartEnd(1)])
    return memory


def test_a_streamed_thought_comes_back_before_its_call() -> None:
    restored = recorded().restore(request(TextPart("hm"), CALL))

    assert restored.messages[0].parts == (ReasoningPart("let me", SIGNATURE), TextPart("hm"), CALL)


def test_an_unsigned_copy_of_the_thought_is_replaced() -> None:
    restored = recorded().restore(request(ReasoningPart("let me"), CALL))

    assert restored.messages[0].parts == (ReasoningPart("let me", SIGNATURE), CALL)


def test_a_signed_thought_of_the_client_stays() -> None:
    own = ReasoningPart("mine", Signature("anthropic", "other"))

    assert recorded().restore(request(own, CALL)).messages[0].parts == (own, CALL)


def test_the_signature_of_a_call_comes_back() -> None:
    memory = ThoughtMemory()
    signed = ToolCallPart("call_2", "f", "{}", Signature("gemini", "g"))
    memory.keep(signed, ())

    assert memory.restore(request(ToolCallPart("call_2", "f", "{}"))).messages[0].parts == (signed,)


def test_the_oldest_entry_goes_first() -> None:
    memory = recorded(limit=1)
    memory.keep(ToolCallPart("call_2", "f", "{}", SIGNATURE), ())

    assert memory.restore(request(CALL)).messages[0].parts == (CALL,)


def test_calls_without_signed_thoughts_are_not_kept() -> None:
    memory = ThoughtMemory()
    memory.keep(CALL, (ReasoningPart("unsigned"),))

    assert memory.restore(request(CALL)).messages[0].parts == (CALL,)


def test_the_oldest_entry_goes_when_thoughts_grow_too_large() -> None:
    memory = ThoughtMemory(size_limit=1000)
    for number in range(3):
        thought = ReasoningPart("x" * 400, SIGNATURE)
        memory.keep(ToolCallPart(f"call_{number}", "f", "{}"), (thought,))

    parts = [memory.restore(request(ToolCallPart(f"call_{n}", "f", "{}"))).messages[0].parts for n in range(3)]
    assert [len(found) for found in parts] == [1, 2, 2]


def test_the_same_call_kept_again_counts_once() -> None:
    memory = ThoughtMemory(size_limit=1000)
    for _ in range(9):
        memory.keep(CALL, (ReasoningPart("x" * 400, SIGNATURE),))

    assert len(memory.restore(request(CALL)).messages[0].parts) == 2
