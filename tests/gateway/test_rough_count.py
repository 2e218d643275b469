"""The guess that a stream begins with."""

import json
from typing import Any

import pytest

from proxy_core.gateway.rough_count import guess_tokens

PICTURE = "A" * 4_000_000


def guess(*content: Any) -> int:
    body = {"model": "m", "messages": [{"role": "user", "content": list(content)}]}
    return guess_tokens(len(json.dumps(body)), body)


def test_text_counts_by_its_length() -> None:
    assert 1000 < guess({"type": "text", "text": "word " * 1000}) < 1500


@pytest.mark.parametrize(
    "picture",
    [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
        {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PICTURE}"}},
        {"type": "tool_result", "content": [{"type": "image", "source": {"data": PICTURE}}]},
    ],
)
def test_a_file_of_megabytes_has_few_tokens(picture: Any) -> None:
    assert guess(picture) < 2000


def test_an_address_is_text() -> None:
    assert guess({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}) < 100


def test_deep_nesting_costs_nothing() -> None:
    node: Any = "x"
    for _ in range(5000):
        node = [node]

    assert guess_tokens(10_000, {"messages": node}) == 2500


@pytest.mark.parametrize(
    "turns",
    [
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": f"data:;base64,{PICTURE}"}]}]},
        {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": PICTURE}}]}]},
    ],
)
def test_files_are_found_in_the_turns_of_every_wire(turns: Any) -> None:
    assert guess_tokens(len(json.dumps(turns)), turns) < 2000
