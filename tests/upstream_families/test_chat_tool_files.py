"""A chat client's tool messages with pictures, and answers without a word, on routes that pass its messages on."""

from typing import Any

from proxy_core.upstream_families.chat_wire.native_messages import adapt_messages
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.notes import Notes

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}}
TEXT = {"type": "text", "text": "see"}
CALLS = [{"id": name, "type": "function", "function": {"name": "look", "arguments": "{}"}} for name in ("c1", "c2")]
ASKED: list[Any] = [
    {"role": "user", "content": "look"},
    {"role": "assistant", "content": None, "tool_calls": CALLS},
]


def tool(identity: str, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identity, "content": content}


def adapted(*messages: Any) -> tuple[list[Any], list[str]]:
    notes = Notes()
    return adapt_messages([*ASKED, *messages], ToolNames(), notes), [note.field for note in notes.all()]


def test_pictures_follow_all_results_of_the_turn() -> None:
    messages, changed = adapted(tool("c1", [TEXT, IMAGE]), tool("c2", "15 C"), {"role": "user", "content": "so?"})

    heading = {"type": "text", "text": "Attachments from tool call c1:"}
    assert messages[2:] == [
        tool("c1", [TEXT]),
        tool("c2", "15 C"),
        {"role": "user", "content": [heading, IMAGE]},
        {"role": "user", "content": "so?"},
    ]
    assert changed == ["messages[].content"]


def test_a_result_that_is_a_picture_says_so() -> None:
    messages, _ = adapted(tool("c1", [IMAGE]), tool("c2", [IMAGE]))

    assert [message["content"] for message in messages[2:4]] == ["The result is attached below."] * 2
    assert [part.get("text") for part in messages[4]["content"]] == [
        "Attachments from tool call c1:", None, "Attachments from tool call c2:", None,
    ]  # fmt: skip


def test_results_without_pictures_stay_the_same_objects() -> None:
    result = tool("c1", [TEXT])

    messages, changed = adapted(result, tool("c2", "15 C"))

    assert messages[2] is result
    assert changed == []


def test_an_answer_without_a_word_gets_an_empty_text() -> None:
    messages, _ = adapted(tool("c1", "a"), tool("c2", "b"), {"role": "assistant", "content": None})

    assert messages[-1] == {"role": "assistant", "content": ""}


def test_a_call_needs_no_text() -> None:
    assert adapted()[0][1]["content"] is None
