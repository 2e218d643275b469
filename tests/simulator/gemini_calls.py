"""Calls to the simulated Gemini for tests."""

import json
from typing import Any

from proxy_core.simulator.exchange import Answer, Call, SimDeployment, Stream
from proxy_core.simulator.gemini import family as gemini

PRO_25 = "gemini-2.5-pro"
FLASH_25 = "gemini-2.5-flash"
FLASH_35 = "gemini-3.5-flash"
WEATHER = {
    "name": "weather",
    "description": "Weather of a city",
    "parametersJsonSchema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
TOOLS = [{"functionDeclarations": [WEATHER]}]
HELLO = {"role": "user", "parts": [{"text": "Hello"}]}


def asking(text: str, **changes: Any) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], **changes}


def respond(
    body: Any, model: str = FLASH_25, action: str = "generateContent", *, query: dict[str, str] | None = None
) -> Answer | Stream:
    deployment = SimDeployment("d2", "tenant", "default", model, "gcp-vertexai")
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return gemini.handle(Call(deployment, "POST", f"/models/{model}:{action}", query or {}, {}, raw))


def generate(body: Any, model: str = FLASH_25) -> dict[str, Any]:
    answer = respond(body, model)
    assert isinstance(answer, Answer)
    assert answer.status == 200, answer.body
    parsed: dict[str, Any] = json.loads(answer.body)
    return parsed


def parts(body: Any, model: str = FLASH_25) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = generate(body, model)["candidates"][0]["content"].get("parts", [])
    return found


def stream(body: Any, model: str = FLASH_25) -> list[dict[str, Any]]:
    answer = respond(body, model, "streamGenerateContent", query={"alt": "sse"})
    assert isinstance(answer, Stream), answer
    return [json.loads(frame.removeprefix(b"data: ").removesuffix(b"\r\n\r\n")) for frame in answer.frames]


def refusal(body: Any, model: str = FLASH_25) -> str:
    answer = respond(body, model)
    assert isinstance(answer, Answer)
    assert answer.status == 400, answer.body
    error = json.loads(answer.body)["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    return str(error["message"])
