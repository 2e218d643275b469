"""What a simulated model answers. Deterministic, pure; the families write the plan in their wire.

It introduces itself and says what it understood, calls a tool when the text asks for one, and quotes the result
afterwards, without a second call. Structured output is filled from the schema. `directions` lists the magic
words that steer it. One token is four characters.

`Plan.output_tokens` includes `thinking_tokens`. When `max_tokens` ends inside a call's JSON, the finish is
`length` and `extras["cut_call"]` is the number of characters of the last call's arguments that still fit.
`extras["filtered_prompt"]` says that the content filter refuses the prompt; the other `extras` are the texts of
`[[sim: extra NAME VALUE]]`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from proxy_core.simulator.mind.asked_schema import schema_in_words
from proxy_core.simulator.mind.conversation import Conversation, Plan, PlannedCall, SeenToolResult
from proxy_core.simulator.mind.directions import Directions, read_directions, what_the_user_said
from proxy_core.simulator.mind.schema_sample import sample_value
from proxy_core.simulator.mind.tool_pick import build_call, pick_tool

__all__ = ["count_tokens", "plan"]

Finish = Literal["stop", "stop_sequence", "length", "tool", "filtered", "refusal"]

CHARACTERS_A_TOKEN = 4
LONGEST_ECHO = 200
LONGEST_QUOTE = 1000
UNLIMITED = 1_000_000
WORDS = ("the", "proxy", "reads", "what", "SAP", "sends", "and", "hands", "it", "on", "to", "the", "client")
REFUSAL = "I am sorry, but I cannot help with that."
ENDINGS: dict[str, Finish] = {"refuse": "refusal", "filter": "filtered", "length": "length"}


def count_tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_A_TOKEN)


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before its tokens are counted."""

    thinking: str
    text: str
    calls: tuple[PlannedCall, ...]
    finish: Finish
    stop_sequence: str | None
    extras: Mapping[str, Any]


def plan(conversation: Conversation) -> Plan:
    """Decide the answer to a conversation."""
    asked = read_directions(what_the_user_said(conversation.user_text))
    return counted_plan(conversation, asked, limited(drafted(conversation, asked), conversation.max_tokens))


def drafted(conversation: Conversation, asked: Directions) -> Draft:
    calls = planned_calls(conversation, asked)
    text, stop = cut_at_stop(answer_text(conversation, asked, calls), conversation.stop)
    finish: Finish = next((ENDINGS[word] for word in ENDINGS if word in asked.words), "tool" if calls else "stop")
    if stop is not None:
        finish = "stop_sequence"
    if finish not in ("tool", "length"):
        calls = ()
    extras: dict[str, Any] = dict(asked.extras)
    if asked.words.get("filter") == "prompt":
        extras["filtered_prompt"] = True
    return Draft(thoughts(conversation, asked), text, calls, finish, stop, extras)


def thoughts(conversation: Conversation, asked: Directions) -> str:
    if (count := asked.number("think")) is not None:
        return many_words(count)
    if not conversation.wants_thinking and "redacted" not in asked.words:
        return ""
    if conversation.results:
        return "The tool has answered. I tell the user what it said."
    return f"The user says: {shortened(asked.text, 80)} I think about it and then answer briefly."


def planned_calls(conversation: Conversation, asked: Directions) -> tuple[PlannedCall, ...]:
    if not conversation.tools or conversation.tool_choice == "none":
        return ()
    if conversation.results and conversation.tool_choice != "required" and conversation.forced_tool is None:
        return ()
    calls = asked_calls(conversation, asked)
    if not calls and (tool := pick_tool(conversation, asked.text)) is not None:
        calls = [build_call(tool, asked.text)]
    return tuple(calls if conversation.parallel else calls[:1])


def asked_calls(conversation: Conversation, asked: Directions) -> list[PlannedCall]:
    by_name = {tool.name: tool for tool in conversation.tools}
    if "parallel" in asked.words:
        first = pick_tool(conversation, asked.text) or conversation.tools[0]
        second = next((tool for tool in conversation.tools if tool is not first), first)
        return [build_call(tool, asked.text) for tool in (first, second)]
    calls = []
    for call in asked.calls:
        if call.arguments is None and call.name in by_name:
            calls.append(build_call(by_name[call.name], asked.text))
        else:
            calls.append(PlannedCall(call.name, call.arguments or {}))
    return calls


def answer_text(conversation: Conversation, asked: Directions, calls: tuple[PlannedCall, ...]) -> str:
    if "refuse" in asked.words:
        return REFUSAL
    if "filter" in asked.words:
        return introduction(conversation)
    if (said := asked.words.get("say")) is not None:
        return said
    if (count := asked.number("words")) is not None:
        return many_words(count)
    if calls:
        return "" if conversation.tool_choice == "required" or conversation.forced_tool else announcement(calls)
    text = spoken_answer(conversation, asked)
    schema = conversation.schema or schema_in_words(conversation.system)
    if schema is not None:
        return json.dumps(structured(schema, text), ensure_ascii=False)
    return json.dumps({"answer": text}, ensure_ascii=False) if conversation.wants_json else text


def structured(schema: Mapping[str, Any], text: str) -> Any:
    def hint(name: str) -> Any:
        return "Talk with the demo" if name == "title" else text if name in ("answer", "text", "message") else None

    return sample_value(schema, hint, every_property=True)


def spoken_answer(conversation: Conversation, asked: Directions) -> str:
    parts = [quoted(result) for result in conversation.results]
    if not parts:
        parts.append(introduction(conversation))
        if asked.text:
            parts.append(f'You said: "{shortened(asked.text, LONGEST_ECHO)}".')
    if seen := seen_files(conversation):
        parts.append(seen)
    return " ".join(parts)


def introduction(conversation: Conversation) -> str:
    return f"I am the simulated {conversation.model} of the demo; no real model is behind me."


def announcement(calls: tuple[PlannedCall, ...]) -> str:
    return f"I use {' and '.join(call.name for call in calls)} for that."


def quoted(result: SeenToolResult) -> str:
    text = shortened(what_the_user_said(result.text), LONGEST_QUOTE)
    images = f" and {counted(result.images, 'image')}" if result.images else ""
    if result.is_error:
        return f"The tool reported an error: {text}{images}"
    return f"The tool answered: {text}{images}"


def seen_files(conversation: Conversation) -> str:
    seen = [
        counted(count, noun)
        for count, noun in ((conversation.images, "image"), (conversation.documents, "document"))
        if count
    ]
    return f"I see {' and '.join(seen)}." if seen else ""


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("s" if count != 1 else "")


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def many_words(count: int) -> str:
    return " ".join(WORDS[number % len(WORDS)] for number in range(count))


def cut_at_stop(text: str, stops: Iterable[str]) -> tuple[str, str | None]:
    """Cut before the stop sequence that comes first."""
    found = [(text.find(stop), stop) for stop in stops if stop and stop in text]
    if not found:
        return text, None
    place, stop = min(found)
    return text[:place], stop


def limited(draft: Draft, max_tokens: int | None) -> Draft:
    """Cut the draft to `max_tokens`, which thinking counts against."""
    left = (max_tokens or UNLIMITED) * CHARACTERS_A_TOKEN
    if len(draft.thinking) + len(draft.text) + size_of(draft.calls) <= left:
        return draft
    thinking = draft.thinking[:left]
    left -= len(thinking)
    text = draft.text[:left]
    left -= len(text)
    cut = replace(draft, thinking=thinking, text=text, finish="length", stop_sequence=None)
    if left == 0 or not draft.calls:
        return replace(cut, calls=())
    fits = max(0, left - size_of(draft.calls[:-1]))
    return replace(cut, extras={**draft.extras, "cut_call": fits})


def size_of(calls: tuple[PlannedCall, ...]) -> int:
    return sum(len(json.dumps(call.arguments)) for call in calls)


def counted_plan(conversation: Conversation, asked: Directions, draft: Draft) -> Plan:
    usage = asked.usage()
    thought = usage.get("thinking", count_tokens(draft.thinking))
    spoken = count_tokens(draft.text) + -(-size_of(draft.calls) // CHARACTERS_A_TOKEN)
    heard = conversation.system + conversation.user_text + "".join(result.text for result in conversation.results)
    return Plan(
        pieces(draft.thinking),
        pieces(draft.text),
        draft.calls,
        draft.finish,
        stop_sequence=draft.stop_sequence,
        input_tokens=usage.get("input", conversation.input_tokens or max(1, count_tokens(heard))),
        output_tokens=usage.get("output", max(1, thought + spoken)),
        thinking_tokens=thought,
        cached_tokens=usage.get("cached", 0),
        redacted_thinking="redacted" in asked.words,
        extras=draft.extras,
    )


def pieces(text: str) -> tuple[str, ...]:
    """One piece a word, each with the space that follows, as models stream."""
    if not text:
        return ()
    words = text.split(" ")
    return (*(f"{word} " for word in words[:-1]), *words[-1:]) if words[-1] else tuple(f"{w} " for w in words[:-1])
