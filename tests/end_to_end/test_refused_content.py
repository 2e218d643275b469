"""Content that a model cannot take is refused by the name that it has in the client's own request."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_conversations import png

COMMAND = "cohere--command-a-reasoning"
ABAP, GPT, NOVA = "sap-abap-1", "gpt-5.5", "amazon--nova-pro"
URL = "data:image/png;base64,"
SOUND = {"data": "UklGRg==", "format": "wav"}
PDF = "data:application/pdf;base64,JVBERi0="


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("refused")) as stand:
        yield stand


def said(part: Any) -> list[Any]:
    """A conversation whose second message has the part in second place."""
    text = {"type": "text", "text": "hi"}
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [text, part]}]


def image_in(dialect: str) -> tuple[str, dict[str, Any], str]:
    """Path, body and the image's own name in the body."""
    source = {"type": "base64", "media_type": "image/png", "data": png()}
    match dialect:
        case "chat":
            part = {"type": "image_url", "image_url": {"url": f"{URL}{png()}"}}
            return "/v1/chat/completions", {"messages": said(part)}, "messages[1].content[1].image_url.url"
        case "messages":
            turns = [{"role": "user", "content": [{"type": "image", "source": source}]}]
            body = {"system": "Be brief.", "max_tokens": 99, "messages": turns}
            return "/v1/messages", body, "messages[0].content[0]"
        case "responses":
            part = {"type": "input_image", "image_url": f"{URL}{png()}"}
            turns = [{"role": "user", "content": "hi"}, {"role": "user", "content": [part]}]
            return "/v1/responses", {"instructions": "Be brief.", "input": turns}, "input[1].content[0].image_url"
        case _:
            part = {"inlineData": {"mimeType": "image/png", "data": png()}}
            turns = [{"role": "user", "parts": [{"text": "hi"}, part]}]
            return "", {"contents": turns}, "contents[0].parts[1].inlineData"


@pytest.mark.parametrize("model", [COMMAND, ABAP])
@pytest.mark.parametrize("dialect", ["chat", "messages", "responses", "gemini"])
def test_an_image_that_a_model_cannot_see_is_named(stand: Stand, model: str, dialect: str) -> None:
    path, body, name = image_in(dialect)
    path = path or f"/v1beta/models/{model}:generateContent"

    answer = stand.request("POST", path, {**body, **({} if dialect == "gemini" else {"model": model})})

    error = answer.json()["error"]
    assert (answer.status, error["message"]) == (400, f"{name}: this model does not read images.")
    if dialect in ("chat", "responses"):
        assert error["param"] == name


@pytest.mark.parametrize(
    ("model", "part", "name", "words"),
    [
        (
            COMMAND,
            {"type": "input_audio", "input_audio": SOUND},
            "input_audio",
            "this model cannot listen to audio.",
        ),
        (GPT, {"type": "input_audio", "input_audio": SOUND}, "input_audio", "the orchestration service passes on"),
        (NOVA, {"type": "input_audio", "input_audio": SOUND}, "input_audio", "this model cannot listen to audio."),
        (COMMAND, {"type": "file", "file": {"file_data": PDF}}, "file", "this model reads documents as text only."),
        (GPT, {"type": "file", "file": {"file_data": PDF}}, "file", "this model reads documents as text only."),
    ],
    ids=str,
)
def test_other_content_is_named_too(stand: Stand, model: str, part: Any, name: str, words: str) -> None:
    answer = stand.request("POST", "/v1/chat/completions", {"model": model, "messages": said(part)})

    error = answer.json()["error"]
    assert (answer.status, error["param"]) == (400, f"messages[1].content[1].{name}")
    assert error["message"].startswith(f"messages[1].content[1].{name}: {words}")
