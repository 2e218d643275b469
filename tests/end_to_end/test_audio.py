"""Transcriptions through the running proxy: the client's form to the deployment, its answer back."""

import http.client
from collections.abc import Mapping
from typing import Any

import openai
import pytest

from proxy_core.simulator.faults import Fault
from tests.end_to_end.stand import KEY, Answer, Stand

PATH = "/v1/audio/transcriptions"
SOUND = b"RIFF\x24\0\0\0WAVEfmt " + bytes(range(256)) * 8
BOUNDARY = "a-boundary"
END = f"--{BOUNDARY}--\r\n".encode()


def form(fields: Mapping[str, str], file: bytes | None = SOUND, filename: str = "talk.wav") -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        head = f'Content-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: audio/wav'
        parts.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + file + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def send(stand: Stand, body: bytes, path: str = PATH, content_type: str | None = None) -> Answer:
    headers = {"Content-Type": content_type or f"multipart/form-data; boundary={BOUNDARY}"}
    return stand.request("POST", path, body, headers)


def test_the_official_sdk_transcribes(stand: Stand) -> None:
    answer = stand.openai().audio.transcriptions.create(model="whisper", file=("talk.wav", SOUND))

    assert answer.text == f"You recorded {len(SOUND)} bytes in talk.wav."


def test_openais_own_name_of_whisper_works(stand: Stand) -> None:
    """No client of OpenAI's API knows another one."""
    assert stand.openai().audio.transcriptions.create(model="whisper-1", file=("talk.wav", SOUND)).text


@pytest.mark.parametrize("form_name", ["text", "srt", "vtt", "verbose_json"])
def test_every_form_of_answer_passes_through(stand: Stand, form_name: Any) -> None:
    answer = stand.openai().audio.transcriptions.create(
        model="whisper", file=("talk.wav", SOUND), response_format=form_name
    )

    assert "You recorded" in (answer if isinstance(answer, str) else answer.text)


def test_the_form_arrives_as_it_was_sent(stand: Stand) -> None:
    body = form({"model": "whisper", "language": "de"})

    assert send(stand, body).status == 200

    seen = stand.world.requests.last()
    assert seen.raw == body
    assert seen.headers["content-type"] == f"multipart/form-data; boundary={BOUNDARY}"
    assert (seen.path.rpartition("/audio")[2], seen.query) == ("/transcriptions", {"api-version": "2024-06-01"})


@pytest.mark.parametrize("path", ["/audio/transcriptions", "/openai/deployments/whisper/audio/transcriptions"])
def test_every_spelling_of_the_path_works(stand: Stand, path: str) -> None:
    assert send(stand, form({} if "deployments" in path else {"model": "whisper"}), path).status == 200


@pytest.mark.parametrize(
    ("body", "content_type", "param", "words"),
    [
        (form({"model": "whisper"}, None), None, "file", "`file` is missing"),
        (form({"model": "whisper"}, b""), None, "file", "`file` is empty"),
        (form({"model": "whisper", "file": "x"}, None), None, "file", "`file` is missing"),
        (form({}), None, "model", "`model` must name a model"),
        (form({"model": " "}), None, "model", "`model` must name a model"),
        (
            form({"model": "gpt-5"}, None).removesuffix(END) + form({"model": "whisper"}),
            None,
            "model",
            "more than once",
        ),
        (form({}).removesuffix(END) + form({"model": "whisper"}), None, "file", "more than once"),
        (form({}).replace(b'name="file"', b'name="model"'), None, "file", "`file` is missing"),
        (form({"model": "whisper", "temperature": "hot"}), None, "temperature", "`temperature` must be a number"),
        (b'{"model": "whisper"}', "application/json", None, "must be a form"),
        (form({"model": "whisper"}), "multipart/form-data", None, "boundary"),
        (form({"model": "whisper"}), "multipart/form-data; boundary=other", None, "boundary"),
        (form({"model": "whisper"})[:-40], None, None, "cut off"),
        (b"", None, None, "boundary"),
    ],
    ids=[
        "no file",
        "empty",
        "no filename",
        "no model",
        "blank",
        "two models",
        "two files",
        "a file as model",
        "hot",
        "json",
        "no boundary",
        "other",
        "cut",
        "nothing",
    ],
)
def test_a_bad_form_is_told_and_nothing_is_sent(
    stand: Stand, body: bytes, content_type: str | None, param: str | None, words: str
) -> None:
    answer = send(stand, body, content_type=content_type)

    assert answer.status == 400
    assert answer.json()["error"]["param"] == param
    assert words in answer.json()["error"]["message"]
    assert stand.world.requests.inference() == ()


def test_saps_refusal_keeps_its_words(stand: Stand) -> None:
    with pytest.raises(openai.BadRequestError, match="Invalid response_format 'shouted'"):
        stand.openai().audio.transcriptions.create(
            model="whisper",
            file=("talk.wav", SOUND),
            response_format="shouted",  # type: ignore[call-overload]
        )


def test_a_chat_model_does_not_transcribe(stand: Stand) -> None:
    answer = send(stand, form({"model": "gpt-5"}))

    assert answer.status == 404
    assert "it does not write down speech" in answer.json()["error"]["message"]


def test_a_model_that_transcribes_does_not_chat(stand: Stand) -> None:
    body = {"model": "whisper", "messages": [{"role": "user", "content": "x"}]}

    answer = stand.request("POST", "/v1/chat/completions", body)

    assert answer.status == 404
    assert "writes down speech; it does not chat" in answer.json()["error"]["message"]


def test_a_throttled_deployment_is_told_with_its_wait(stand: Stand) -> None:
    (deployment,) = stand.deployments("whisper")
    stand.world.faults.set(deployment, Fault("status", retry_after="7", times=1))

    answer = send(stand, form({"model": "whisper"}))

    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


def test_a_dead_token_is_fetched_anew(stand: Stand) -> None:
    stand.world.tokens.revoke_all()

    assert send(stand, form({"model": "whisper"})).status == 200


def test_a_form_beyond_the_limit_is_refused(stand: Stand) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stand.engine.port, timeout=30)
    try:
        connection.putrequest("POST", PATH)
        connection.putheader("Authorization", f"Bearer {KEY}")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("Content-Length", str(300 * 1024 * 1024))
        connection.endheaders()
        assert connection.getresponse().status == 413
    finally:
        connection.close()
