"""The request rules of Claude on Bedrock: a client's body in, the body that is sent out.

Each `tests/golden/anthropic_bedrock/edits/*.json` holds `model`, `headers`, `request`, and what must come of
it: `sent` and `notes`. Write `sent` and `notes` anew with
`python -m tests.upstream_families.test_anthropic_bedrock_edits` and read the difference.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ClientError
from proxy_core.simulator.bedrock import invoke as bedrock_invoke
from proxy_core.simulator.exchange import Answer, Call, SimDeployment
from proxy_core.upstream_families.anthropic_bedrock import AnthropicBedrock
from proxy_core.upstream_families.base import RemoteFile, Target, UpstreamRequest

GOLDEN = Path(__file__).parents[1] / "golden" / "anthropic_bedrock" / "edits"
CASES = sorted(path.stem for path in GOLDEN.glob("*.json"))
ROUTE = AnthropicBedrock().native["anthropic.messages"]
HI = [{"role": "user", "content": "hi"}]
FILES = {
    "https://example.com/cat.jpg": RemoteFile("image/jpeg", b"\x89PNG\r\n\x1a\n and the rest"),
    "https://example.com/paper.pdf": RemoteFile("application/pdf", b"%PDF-1.7 and the rest"),
    "https://example.com/notes.txt": RemoteFile("text/plain", "Größe".encode()),
    "https://example.com/sheet.xls": RemoteFile("application/vnd.ms-excel", b"\xd0\xcf\x11\xe0"),
}


def target_of(model: str) -> Target:
    return Target(model, "the-public-name", capabilities_of(model))


def adapt(body: dict[str, Any], model: str = "anthropic--claude-4.5-sonnet", **headers: str) -> UpstreamRequest:
    return ROUTE.adapt_request(body, headers, target_of(model), FILES.__getitem__)


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    sent = ROUTE.adapt_request(case["request"], case["headers"], target_of(case["model"]), FILES.__getitem__)
    notes = sorted(f"{note.action} {note.field}" for note in sent.diagnostics)
    return {"path": sent.path, "sent": sent.body, "notes": notes}


def load(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
    return case


@pytest.mark.parametrize("name", CASES)
def test_request_is_edited_by_the_rules(name: str) -> None:
    case = load(name)

    found = outcome(case)

    assert found == {key: case[key] for key in found}


@pytest.mark.parametrize("name", CASES)
def test_client_body_stays_as_it_was(name: str) -> None:
    case = load(name)
    before = copy.deepcopy(case["request"])

    outcome(case)

    assert case["request"] == before


@pytest.mark.parametrize("name", CASES)
def test_edited_request_needs_no_second_edit(name: str) -> None:
    case = load(name)

    again = outcome({**case, "request": case["sent"], "headers": {}})

    assert again["sent"] == case["sent"]


@pytest.mark.parametrize("name", [name for name in CASES if "made_up_proof" not in name])
def test_simulated_bedrock_takes_the_edited_request(name: str) -> None:
    """Cases with invented signatures of Claude are left out: the simulator knows its own only."""
    case = load(name)
    deployment = SimDeployment("d1", "tenant", "default", case["model"], "aws-bedrock")

    answer = bedrock_invoke.handle(
        Call(deployment, "POST", "/invoke", {}, {}, json.dumps(case["sent"]).encode(), {})
    )

    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (200, answer.body)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"max_tokens": 5}, "messages"),
        ({"messages": HI}, "max_tokens"),
        ({"messages": HI, "max_tokens": "5"}, "max_tokens"),
        ({"messages": HI, "max_tokens": 0}, "max_tokens"),
        ({"messages": {}, "max_tokens": 5}, "messages"),
        ({"messages": [], "max_tokens": 5}, "messages"),
        ({"messages": ["hi"], "max_tokens": 5}, "messages[0]"),
        ({"messages": [{"role": "robot", "content": "hi"}], "max_tokens": 5}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}], "max_tokens": 5}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["hi"]}], "max_tokens": 5}, "messages[0].content[0]"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": 7}]}], "max_tokens": 5},
            "messages[0].content[0].text",
        ),
        ({"messages": HI, "max_tokens": 5, "system": 7}, "system"),
        ({"messages": HI, "max_tokens": 5, "tools": {}}, "tools"),
        ({"messages": HI, "max_tokens": 5, "tools": ["x"]}, "tools[0]"),
        ({"messages": HI, "max_tokens": 5, "tool_choice": "auto"}, "tool_choice"),
        ({"messages": HI, "max_tokens": 5, "thinking": True}, "thinking"),
        ({"messages": HI, "max_tokens": 5, "thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"messages": HI, "max_tokens": 5, "output_config": "high"}, "output_config"),
        (
            {"messages": HI, "max_tokens": 5, "output_config": {"format": {"type": "json_schema"}}},
            "output_config.format.schema",
        ),
    ],
)
def test_misshapen_field_is_named(body: dict[str, Any], param: str) -> None:
    with pytest.raises(ClientError) as caught:
        adapt(body)

    assert caught.value.param == param
    assert caught.value.message.startswith(f"{param}: ")


@pytest.mark.parametrize(
    ("block", "word"),
    [
        ({"type": "document", "source": {"type": "url", "url": "https://example.com/sheet.xls"}}, "ms-excel"),
        ({"type": "image", "source": {"type": "file", "file_id": "file_1"}}, "'file'"),
    ],
)
def test_file_that_claude_cannot_read_is_refused(block: dict[str, Any], word: str) -> None:
    with pytest.raises(ClientError, match=word):
        adapt({"max_tokens": 5, "messages": [{"role": "user", "content": [block]}]})


def test_untouched_messages_are_not_copied() -> None:
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "text", "text": "hello"}]},
        {"role": "user", "content": [{"type": "text", "text": "go on"}]},
    ]

    sent = adapt({"max_tokens": 5, "messages": messages})

    assert all(new is old for new, old in zip(sent.body["messages"], messages, strict=True))


def test_untouched_blocks_of_a_changed_message_are_not_copied() -> None:
    kept = {"type": "text", "text": "hi"}

    sent = adapt(
        {"max_tokens": 5, "messages": [{"role": "user", "content": [{"type": "text", "text": " "}, kept]}]}
    )

    assert sent.body["messages"][0]["content"][0] is kept


def test_stream_is_asked_for_as_server_sent_events() -> None:
    sent = adapt({"max_tokens": 5, "messages": [{"role": "user", "content": "hi"}], "stream": True})

    assert (sent.path, sent.headers["accept"]) == ("/invoke-with-response-stream", "application/json")


if __name__ == "__main__":
    for case_name in CASES:
        golden = load(case_name)
        text = json.dumps({**golden, **outcome(golden)}, indent=1, ensure_ascii=False)
        (GOLDEN / f"{case_name}.json").write_text(text + "\n")
