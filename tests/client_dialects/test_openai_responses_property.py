"""Whatever stands in a Responses body, both ways through the proxy read it or name what is wrong."""

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy_core.capabilities import capabilities_of
from proxy_core.client_dialects.openai_responses import OpenAIResponses
from proxy_core.errors import ClientError
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.base import RemoteFile, Target

TARGETS = [Target(model, "m", capabilities_of(model)) for model in ("gpt-5", "gpt-4o")]
BODY: Any = {
    "input": [
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "a"},
            {"type": "input_image", "image_url": "data:image/png;base64,QQ==", "detail": "low"},
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="},
            {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}},
        ]},
        {"type": "additional_tools", "tools": [{"type": "custom", "name": "exec", "format": {"definition": "x"}}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "a"}],
         "encrypted_content": "g"},
        {"type": "custom_tool_call", "id": "c", "call_id": "c", "name": "exec", "input": "a"},
        {"type": "function_call", "call_id": "d", "name": "f", "namespace": "n", "arguments": "{}"},
        {"type": "local_shell_call", "call_id": "e", "action": {}},
        {"type": "function_call_output", "call_id": "d", "output": [{"type": "input_text", "text": "a"}]},
        {"type": "compaction", "encrypted_content": "acp1.summary.QQ"},
    ],
    "instructions": "a",
    "tools": [
        {"type": "namespace", "name": "n", "description": "a", "tools": [{"type": "function", "name": "f"}]},
        {"type": "function", "name": "g", "description": "a", "parameters": {"type": "object"}, "strict": True},
    ],
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "g"}]},
    "text": {"format": {"type": "json_schema", "name": "n", "schema": {}}, "verbosity": "low"},
    "reasoning": {"effort": "high", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "max_output_tokens": 99,
    "temperature": 0.5,
    "user": "me",
}  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(-1, 1)
    | st.sampled_from(["", "a", "function", "auto"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "name", "text", "role", "content", "a"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def places(value: Any) -> list[tuple[Any, ...]]:
    """The paths of everything within a value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path for key in keys for path in ((key,), *((key, *rest) for rest in places(value[key])))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


def no_file(url: str) -> RemoteFile:
    raise AssertionError(url)


@settings(max_examples=600, deadline=None)
@given(path=st.sampled_from(places(BODY)), new=JSON)
def test_a_body_with_anything_anywhere_is_read_or_refused(path: tuple[Any, ...], new: Any) -> None:
    body = {"model": "m", **changed(BODY, path, new)}
    ways = [
        lambda: OpenAIResponses().decode_request(body, {}),
        *(
            lambda to=to: AzureOpenAI().native["openai.responses"].adapt_request(body, {}, to, no_file)
            for to in TARGETS
        ),
    ]

    for way in ways:
        with contextlib.suppress(ClientError):
            way()
