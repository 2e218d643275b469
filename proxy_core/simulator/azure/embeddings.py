"""Azure OpenAI's embeddings. The answer names an odd model, as the real one does."""

import base64
import struct
from typing import Any, NoReturn

from proxy_core.simulator.azure.models import azure_model
from proxy_core.simulator.azure.openai_words import RefusedError, check_body
from proxy_core.simulator.exchange import Answer, Call, json_answer
from proxy_core.simulator.mind.brain import count_tokens
from proxy_core.simulator.validation.shapes import ANY, TEXT, Nullable, Number, Obj, Text
from proxy_core.simulator.vectors import embed

__all__ = ["answer_embeddings"]

SHAPE = Obj(
    {
        "input": ANY,
        "model": TEXT,
        "dimensions": Nullable(Number(integer=True, minimum=1)),
        "encoding_format": Text(values=("float", "base64")),
        "user": TEXT,
        "input_type": TEXT,
    },
    ("input",),
)
MOST_INPUTS = 2_048
REPORTED = {"text-embedding-ada-002": "ada", "text-embedding-3-small": "text-embedding-3-small"}


def answer_embeddings(call: Call, body: Any) -> Answer:
    """Raises `RefusedError` when the service would refuse the body."""
    model = azure_model(call.deployment.model)
    if not model.embeds:
        text = (
            f"The embeddings operation does not work with the specified model, {model.name}. Please choose "
            "different model and try again."
        )
        return json_answer(400, {"error": {"code": "OperationNotSupported", "message": text}})
    check_body(SHAPE, body)
    texts = read_inputs(body["input"])
    size = body.get("dimensions") or model.output
    check_size(body, model.name, model.output)
    encode = as_base64 if body.get("encoding_format") == "base64" else list
    used = 0
    data = []
    for index, (text, tokens) in enumerate(texts):
        used += tokens
        data.append({"object": "embedding", "index": index, "embedding": encode(embed(text, size))})
    usage = {"prompt_tokens": used, "total_tokens": used}
    return json_answer(
        200, {"object": "list", "data": data, "model": REPORTED.get(model.name, "ada"), "usage": usage}
    )


def as_base64(vector: list[float]) -> str:
    """Little-endian float32, as OpenAI writes it."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def check_size(body: dict[str, Any], model: str, biggest: int) -> None:
    asked = body.get("dimensions")
    if asked is None:
        return
    if "ada" in model:
        raise RefusedError("This model does not support specifying dimensions.", None)
    if asked > biggest:
        text = f"Invalid value for 'dimensions' = {asked}. Must be less than or equal to {biggest}."
        raise RefusedError(text, None)


def read_inputs(given: Any) -> list[tuple[str, int]]:
    """Text and token count of each input: a text, texts, tokens, or lists of tokens."""
    if isinstance(given, str) or (isinstance(given, list) and given and isinstance(given[0], int)):
        given = [given]
    if not isinstance(given, list) or not given or len(given) > MOST_INPUTS:
        refuse_input()
    return [read_input(item) for item in given]


def read_input(item: Any) -> tuple[str, int]:
    if isinstance(item, str) and item:
        return item, max(1, count_tokens(item))
    if isinstance(item, list) and item and all(isinstance(token, int) and token >= 0 for token in item):
        return " ".join(map(str, item)), len(item)
    return refuse_input()


def refuse_input() -> NoReturn:
    text = "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."
    raise RefusedError(text, None)
