"""Bodies of Anthropic clients to neutral requests.

Each `tests/golden/anthropic_messages/requests/*.json` holds a `request` and what is read from it: `decoded`.
Write `decoded` anew with `python -m tests.client_dialects.test_anthropic_messages_requests` and read the
difference.
"""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from proxy_core.client_dialects.anthropic_messages import AnthropicMessages
from proxy_core.errors import ClientError
from proxy_core.neutral.messages import ChatRequest, Message, TextPart

GOLDEN = Path(__file__).parents[1] / "golden" / "anthropic_messages" / "requests"
CASES = sorted(path.stem for path in GOLDEN.glob("*.json"))
DIALECT = AnthropicMessages()


def decode(**changes: Any) -> ChatRequest:
    body = {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}], **changes}
    return DIALECT.decode_request({key: value for key, value in body.items() if value is not None}, {})


def plain(value: Any) -> Any:
    """A neutral value as JSON, without the fields that say nothing."""
    if is_dataclass(value):
        kind = {"kind_": type(value).__name__} if type(value).__name__.endswith("Part") else {}
        return kind | {
            f.name: plain(v) for f in fields(value) if (v := getattr(value, f.name)) not in (None, "", (), {})
        }
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return dict(value) if hasattr(value, "keys") else value


def load(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
    return case


@pytest.mark.parametrize("name", CASES)
def test_request_is_read(name: str) -> None:
    case = load(name)

    assert plain(DIALECT.decode_request(case["request"], {})) == case["decoded"]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"model": None}, "model"),
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": "10"}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"messages": None}, "messages"),
        ({"messages": {}}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["x"]}, "messages[0]"),
        ({"messages": [{"role": "robot", "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [5]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 5}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "hologram"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "messages[0].content[0].source"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "file"}}]}]},
            "messages[0].content[0].source.type",
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "data": ""}}]}
                ]
            },
            "messages[0].content[0].source.media_type",
        ),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "name": "x"}]}]},
            "messages[0].content[0].id",
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": 5}]}
                ]
            },
            "messages[0].content[0].content",
        ),
        ({"system": 5}, "system"),
        ({"system": [{"type": "text"}]}, "system[0].text"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"input_schema": {}}]}, "tools[0].name"),
        ({"tools": [{"name": "x", "input_schema": []}]}, "tools[0].input_schema"),
        ({"tools": [{"name": "x"}], "tool_choice": {"type": "some"}}, "tool_choice.type"),
        ({"tools": [{"name": "x"}], "tool_choice": "auto"}, "tool_choice"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"thinking": {"type": "deep"}}, "thinking.type"),
        ({"output_config": {"format": {"type": "yaml"}}}, "output_config.format.type"),
        ({"temperature": "hot"}, "temperature"),
        ({"stop_sequences": [5]}, "stop_sequences[0]"),
        ({"metadata": {"user_id": 5}}, "metadata.user_id"),
    ],
)
def test_misshapen_field_is_named(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(ClientError) as caught:
        decode(**changes)

    assert (caught.value.status, caught.value.param) == (400, param)
    assert caught.value.message.startswith(f"{param}: ")


def test_billing_block_is_left_out() -> None:
    """Its text changes with every prompt and would defeat prefix caching."""
    block = {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.330.9bb; cc_entrypoint=sdk-cli;"}

    assert decode(system=[block]).messages == (Message("user", (TextPart("hi"),)),)


if __name__ == "__main__":
    for case_name in CASES:
        golden = load(case_name)
        golden["decoded"] = plain(DIALECT.decode_request(golden["request"], {}))
        (GOLDEN / f"{case_name}.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
