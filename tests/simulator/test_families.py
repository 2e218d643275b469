"""Every family answers over the wire, whole and streamed."""

from typing import Any

import pytest

from tests.simulator.caller import API_VERSION, Caller

CLAUDE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "hello"}],
}
CONVERSE = {"messages": [{"role": "user", "content": [{"text": "hello"}]}]}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
CHAT = {"messages": [{"role": "user", "content": "hello"}]}
PROMPT = {"template": [{"role": "user", "content": "hello"}]}
MODULES = {"prompt_templating": {"prompt": PROMPT, "model": {"name": "gpt-4o"}}}
WHOLE: list[tuple[str, str, Any]] = [
    ("gpt-5", f"/chat/completions{API_VERSION}", CHAT),
    ("gpt-5", "/responses", {"input": "hello"}),
    ("anthropic--claude-4.5-sonnet", "/invoke", CLAUDE),
    ("anthropic--claude-4.5-sonnet", "/converse", CONVERSE),
    ("amazon--nova-pro", "/converse", CONVERSE),
    ("gemini-2.5-pro", "/models/gemini-2.5-pro:generateContent", GEMINI),
    ("", "/v2/completion", {"config": {"modules": MODULES}}),
]
STREAMED: list[tuple[str, str, Any]] = [
    ("gpt-5", f"/chat/completions{API_VERSION}", {**CHAT, "stream": True}),
    ("gpt-5", "/responses", {"input": "hello", "stream": True}),
    ("anthropic--claude-4.5-sonnet", "/invoke-with-response-stream", CLAUDE),
    ("anthropic--claude-4.5-sonnet", "/converse-stream", CONVERSE),
    ("amazon--nova-pro", "/converse-stream", CONVERSE),
    ("gemini-2.5-pro", "/models/gemini-2.5-pro:streamGenerateContent", GEMINI),
    ("", "/v2/completion", {"config": {"modules": MODULES, "stream": {"enabled": True}}}),
]


def ask(caller: Caller, model: str, path: str, body: Any) -> Any:
    tenant = "demo-us" if model.startswith("amazon--nova") else "demo-eu"
    return Caller(caller.simulator, tenant).infer(model, path, body)


@pytest.mark.parametrize(("model", "path", "body"), WHOLE)
def test_family_answers(caller: Caller, model: str, path: str, body: Any) -> None:
    got = ask(caller, model, path, body)

    assert (got.status, got.headers["content-type"]) == (200, "application/json")
    assert "I am the simulated" in got.text


@pytest.mark.parametrize(("model", "path", "body"), STREAMED)
def test_family_streams(caller: Caller, model: str, path: str, body: Any) -> None:
    got = ask(caller, model, path, body)

    assert (got.status, got.headers["content-type"]) == (200, "text/event-stream")
    assert got.text.count("data: ") >= 5
