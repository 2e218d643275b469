"""Every client dialect on every family with every feature, whole and streamed.

`docs/compatibility.md` is written from `EXCEPTIONS` with `COMPATIBILITY_WRITE=1` in the environment, and
compared without.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from proxy_core.simulator.world import demo_world
from tests.end_to_end.compatibility import DIALECTS, FEATURES, Heard, ask, heard_in
from tests.end_to_end.stand import Answer, Stand, running_stand

PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"
CONVERSE_CLAUDE = "anthropic--claude-sonnet-5"


@dataclass(frozen=True)
class Row:
    """A family, the model that stands for it, and the words in which it refuses a conversation that is too long."""

    family: str
    model: str
    too_long: Mapping[str, Any]


def orchestrated(message: str) -> dict[str, Any]:
    text = f"400 - LLM Module: {message}"
    return {"error": {"request_id": "1", "code": 400, "message": text, "location": "LLM Module"}}


TOO_LONG_FOR_GEMINI = "The input token count (1250074) exceeds the maximum number of tokens allowed (1048576)."
TOO_LONG_FOR_VLLM = "This model's maximum context length is 128000 tokens."
GPT = {"message": "Your input exceeds the context window of this model.", "code": "context_length_exceeded"}
VERTEX = {"code": 400, "message": TOO_LONG_FOR_GEMINI}
VLLM = {"object": "error", "message": TOO_LONG_FOR_VLLM, "code": 400}
TOO_LONG_FOR_COHERE = (
    "too many tokens: total number of tokens in the prompt cannot exceed 256000 - received 300000. Try using a "
    "shorter prompt."
)
TOO_LONG_FOR_CLAUDE = "prompt is too long: 210000 tokens > 200000 maximum"

ROWS = (
    Row("GPT that reasons, Azure", "gpt-5", {"error": GPT}),
    Row("GPT that does not, Azure", "gpt-4o", {"error": GPT}),
    Row("Claude", "anthropic--claude-4.5-sonnet", {"message": TOO_LONG_FOR_CLAUDE}),
    Row("Claude, Converse only", CONVERSE_CLAUDE, {"message": "Input is too long for requested model."}),
    Row("Gemini 2.5", "gemini-2.5-pro", {"error": VERTEX}),
    Row("Gemini 3.5", "gemini-3.5-flash", {"error": VERTEX}),
    Row("Nova", "amazon--nova-pro", {"message": "Input Tokens Exceeded: 300001 is more than 300000."}),
    Row("Mistral", "mistralai--mistral-small", VLLM),
    Row("Sonar", "sonar", VLLM),
    Row("Cohere", "cohere--command-a-reasoning", {"message": TOO_LONG_FOR_COHERE}),
    Row("GPT, orchestrated", "gpt-5.5", orchestrated(GPT["message"])),
    Row("Claude, orchestrated", "anthropic--claude-4.7-opus", orchestrated(TOO_LONG_FOR_CLAUDE)),
    Row("Gemini, orchestrated", "gemini-2.5-flash-lite", orchestrated(TOO_LONG_FOR_GEMINI)),
    Row("Mistral, orchestrated", "mistralai--mistral-medium-instruct", orchestrated(TOO_LONG_FOR_VLLM)),
)

WORKS = "works"
UNSEEN = "works; the service shows no thoughts"
LEFT_OUT = "left out"
NO_TOOLS = "refused: the model cannot call tools"
NO_IMAGES = "refused: the model does not read images"

EXCEPTIONS: Mapping[tuple[str, str, str], str] = MappingProxyType(
    {
        **{
            (feature, "sonar", dialect): NO_TOOLS for feature in ("tools", "parallel tools") for dialect in DIALECTS
        },
        **{("images", "cohere--command-a-reasoning", dialect): NO_IMAGES for dialect in DIALECTS},
        **{
            ("thinking", model, dialect): LEFT_OUT
            for model in (
                "gpt-4o",
                "amazon--nova-pro",
                "mistralai--mistral-small",
                "sonar",
                "gemini-2.5-flash-lite",
                "mistralai--mistral-medium-instruct",
            )
            for dialect in DIALECTS
        },
        **{("thinking", "gpt-5.5", dialect): UNSEEN for dialect in DIALECTS},
        ("thinking", "gpt-5", "messages"): UNSEEN,
    }
)
"""What does not simply work, by feature, model and dialect."""
REFUSED_WORDS = MappingProxyType({NO_TOOLS: "tools", NO_IMAGES: "images"})
"""What the refusal must name."""
THROTTLED = MappingProxyType(
    {
        "chat": ("code", "rate_limit_exceeded"),
        "messages": ("type", "rate_limit_error"),
        "responses": ("code", "rate_limit_exceeded"),
        "gemini": ("status", "RESOURCE_EXHAUSTED"),
    }
)
"""Where each dialect says that SAP throttles, and how."""
MEANINGS = MappingProxyType(
    {
        "text": "An answer in text, outside ASCII too.",
        "tools": "One call of a tool with the right arguments.",
        "parallel tools": "Two calls in one answer.",
        "images": "A picture in the question.",
        "thinking": "The model is asked to think; thoughts are shown, or their tokens counted where the API has no "
        "place for them.",
        "structured output": "JSON that follows a schema.",
        "error": "SAP throttles: status 429 in the dialect's own shape, with the time to wait.",
        "overflow": "The conversation is too long: status 400 in the form by which the dialect's clients know it.",
    }
)


@pytest.fixture(scope="module")
def wide_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """The demo, and a Claude that answers on `/converse` alone."""
    world = demo_world()
    world.deploy("demo-eu", CONVERSE_CLAUDE, executable="aws-bedrock")
    with running_stand(tmp_path_factory.mktemp("compatibility"), world=world) as stand:
        yield stand


@pytest.fixture
def wide(wide_stand: Stand) -> Iterator[Stand]:
    wide_stand.reset()
    yield wide_stand
    wide_stand.reset()


def outcome(feature: str, row: Row, dialect: str) -> str:
    return EXCEPTIONS.get((feature, row.model, dialect), WORKS)


def error_of(dialect: str, answer: Answer) -> Any:
    """The error object; the dialect's own shape is asserted."""
    body = answer.json()
    error = body["error"]
    match dialect:
        case "messages":
            assert (body["type"], bool(error["type"])) == ("error", True)
        case "gemini":
            assert (error["code"], bool(error["status"])) == (answer.status, True)
        case _:
            assert {"message", "type", "param", "code"} <= error.keys()
    return error


def check_overflow(dialect: str, answer: Answer) -> None:
    error = error_of(dialect, answer)
    assert answer.status == 400
    match dialect:
        case "messages":
            assert error["type"] == "invalid_request_error"
            assert error["message"].startswith("prompt is too long: ")
        case "gemini":
            assert error["status"] == "INVALID_ARGUMENT"
        case _:
            assert error["code"] == "context_length_exceeded"


def check_error(dialect: str, answer: Answer) -> None:
    error = error_of(dialect, answer)
    key, wanted = THROTTLED[dialect]
    assert (answer.status, error[key], answer.headers["retry-after"]) == (429, wanted, "7")


def check_refusal(wide: Stand, dialect: str, answer: Answer, word: str) -> None:
    assert answer.status == 400
    assert word in error_of(dialect, answer)["message"]
    assert wide.inference_bodies() == []


def check_feature(feature: str, heard: Heard) -> None:
    rome, cologne = ("weather", {"city": "Rom"}), ("weather", {"city": "Köln"})
    match feature:
        case "text":
            assert heard.text.startswith("Grüße, data: 😀")
        case "tools":
            assert heard.calls == (rome,)
        case "parallel tools":
            assert heard.calls == (cologne, rome)
        case "images":
            assert "I see 1 image" in heard.text
        case "structured output":
            assert json.loads(heard.text).keys() == {"name", "age"}
        case _:
            assert heard.text


def check_thoughts(wide: Stand, expected: str, answer: Answer, heard: Heard) -> None:
    assert heard.thoughts is (expected == WORKS)
    asked = "reasoning_effort" in json.dumps(wide.inference_bodies()[-1])
    if expected == UNSEEN:
        assert asked
    if expected == LEFT_OUT:
        assert "reasoning" in answer.headers["x-proxy-dropped"]
        assert not asked


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.model)
@pytest.mark.parametrize("feature", FEATURES)
def test_each_cell_is_as_the_page_says(wide: Stand, feature: str, row: Row, dialect: str, stream: bool) -> None:
    expected = outcome(feature, row, dialect)
    if feature == "error":
        wide.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=429, retry_after="7"))
    if feature == "overflow":
        wide.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=400, text=json.dumps(row.too_long)))

    answer = ask(wide, dialect, row.model, feature, stream=stream)

    if feature == "error":
        return check_error(dialect, answer)
    if feature == "overflow":
        return check_overflow(dialect, answer)
    if expected in REFUSED_WORDS:
        return check_refusal(wide, dialect, answer, REFUSED_WORDS[expected])
    assert answer.status == 200, answer.body[:300]
    assert ("event-stream" in answer.headers["content-type"]) is stream
    heard = heard_in(dialect, answer)
    assert heard.ended
    check_feature(feature, heard)
    if feature == "thinking":
        check_thoughts(wide, expected, answer, heard)
    return None


def page() -> str:
    """The text of `docs/compatibility.md`."""
    head = (
        "# Compatibility\n\n"
        "What each client API can do on each family of models, whole and streamed. A test asks every cell of the "
        "simulated\nSAP AI Core and compares this page with what it expects; do not edit it by hand.\n\n"
        "`chat` is `/v1/chat/completions`, `messages` is `/v1/messages`, `responses` is `/v1/responses`, `gemini`\n"
        "is `/v1beta/models/MODEL:generateContent`. A refusal is a 400 in the API's own shape, and SAP is not "
        "asked. What is\nleft out is named in the header `x-proxy-dropped`; the question is answered all "
        "the same.\n"
    )
    return head + "".join(map(table, FEATURES))


def table(feature: str) -> str:
    title = f"\n## {feature.capitalize()}\n\n{MEANINGS[feature]}\n\n"
    head = [("family", "model", *DIALECTS), ("---",) * (len(DIALECTS) + 2)]
    cells = [(row.family, f"`{row.model}`", *(outcome(feature, row, name) for name in DIALECTS)) for row in ROWS]
    return title + "".join(f"| {' | '.join(line)} |\n" for line in (*head, *cells))


def test_the_page_says_what_is_tested() -> None:
    if os.environ.get("COMPATIBILITY_WRITE") == "1":
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page(), "run this test with COMPATIBILITY_WRITE=1"


def test_each_exception_belongs_to_a_cell() -> None:
    cells = {(feature, row.model, dialect) for feature in FEATURES for row in ROWS for dialect in DIALECTS}

    assert EXCEPTIONS.keys() <= cells
