from typing import Any

import pytest

from proxy_core.gateway.conversation_key import session_of
from proxy_core.routing.affinity import Session

USER = {"role": "user", "content": "Why is the sky blue?"}
ANSWER = {"role": "assistant", "content": "It scatters."}
ONE_MORE = {"role": "user", "content": "And at dusk?"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x-claude-code-session-id": "one"}, {}),
        ({"session-id": "one"}, {}),
        ({"x-session-affinity": "one"}, {}),
        ({"x-session-id": "one"}, {"messages": [USER]}),
        ({}, {"prompt_cache_key": "one"}),
    ],
)
def test_what_the_client_says_is_believed(headers: dict[str, str], body: dict[str, Any]) -> None:
    assert session_of(headers, body) == Session("one")


@pytest.mark.parametrize(
    "user", ['{"device_id":"d","session_id":"0123-4567"}', "user_abc_account__session_0123-4567"]
)
def test_the_session_in_claude_codes_user_id_counts(user: str) -> None:
    assert session_of({}, {"metadata": {"user_id": user}, "messages": [USER]}) == Session("0123-4567")


def test_a_long_name_is_kept_as_a_short_one() -> None:
    found = [session_of({}, {"prompt_cache_key": "x" * 1_000_000 + end}) for end in ("a", "a", "b")]

    assert found[0] == found[1] != found[2]
    assert found[0] is not None
    assert len(found[0].key) < 100


def test_a_user_without_a_session_is_no_conversation() -> None:
    found = session_of({}, {"metadata": {"user_id": "somebody"}, "messages": [USER]})

    assert found == session_of({}, {"messages": [USER]})


def test_all_turns_of_a_conversation_have_one_key() -> None:
    first = session_of({}, {"messages": [USER]})
    second = session_of({}, {"messages": [USER, ANSWER, ONE_MORE]})

    assert first
    assert second
    assert first.key == second.key
    assert (first.begins, second.begins) == (True, False)


def test_cache_marks_and_system_prompts_change_nothing() -> None:
    part = {"type": "text", "text": "Why?"}
    marked = {"role": "user", "content": [{**part, "cache_control": {"type": "ephemeral"}}]}
    plain = {"role": "user", "content": [part]}

    assert session_of({}, {"messages": [marked], "system": "It is noon."}) == session_of({}, {"messages": [plain]})


def test_the_same_conversation_is_known_in_every_dialect() -> None:
    bodies: list[dict[str, Any]] = [
        {"messages": [{"role": "system", "content": "Be kind."}, USER, ANSWER]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": USER["content"]}]}, ANSWER]},
        {"input": [USER, {"type": "function_call", "name": "look"}]},
        {"contents": [{"role": "user", "parts": [{"text": USER["content"]}]}, {"role": "model", "parts": []}]},
    ]
    found = [session_of({}, body) for body in bodies]

    assert found[0] == Session(found[0].key) if found[0] else False
    assert len(set(found)) == 1


def test_a_single_text_begins_a_conversation() -> None:
    found = session_of({}, {"input": "Why is the sky blue?"})

    assert found
    assert found.begins


@pytest.mark.parametrize(
    "body",
    [{}, {"messages": []}, {"messages": [None, 3]}, {"messages": [{"role": []}]}, {"messages": [{"role": "user"}]}],
)
def test_nothing_is_told_by_a_body_without_words(body: dict[str, Any]) -> None:
    found = session_of({}, body)

    assert found is None
