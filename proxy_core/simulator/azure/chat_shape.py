"""The shape of a chat completions body at Azure OpenAI: every field it knows. Data only."""

from proxy_core.simulator.validation.shapes import (
    ANY,
    BOOL,
    TEXT,
    Either,
    MapOf,
    Nullable,
    Number,
    Obj,
    Seq,
    Tagged,
    Text,
)

__all__ = ["CHAT_SHAPE", "TOOL_NAME"]

TOOL_NAME = Text(pattern="[a-zA-Z0-9_-]+", max_length=64)
CALL_ID = Text(max_length=40)
LONGEST_DESCRIPTION = 1_024
MOST_TOOLS = 128

TEXT_PART = Obj({"type": TEXT, "text": TEXT}, ("text",))
IMAGE_PART = Obj(
    {
        "type": TEXT,
        "image_url": Obj({"url": TEXT, "detail": Text(values=("auto", "low", "high", "original"))}, ("url",)),
    },
    ("image_url",),
)
FILE_PART = Obj({"type": TEXT, "file": Obj({"file_data": TEXT, "filename": TEXT, "file_id": TEXT})}, ("file",))
AUDIO_PART = Obj(
    {"type": TEXT, "input_audio": Obj({"data": TEXT, "format": Text(values=("wav", "mp3"))}, ("data", "format"))},
    ("input_audio",),
)
REFUSAL_PART = Obj({"type": TEXT, "refusal": TEXT}, ("refusal",))
PART = Tagged(
    {
        "text": TEXT_PART,
        "image_url": IMAGE_PART,
        "input_audio": AUDIO_PART,
        "refusal": REFUSAL_PART,
        "file": FILE_PART,
    },
    step=False,
)
CONTENT = Either((Seq(PART, min_length=1), TEXT))
TOOL_CALL = Obj(
    {
        "id": CALL_ID,
        "type": Text(values=("function",)),
        "index": Number(integer=True),
        "function": Obj({"name": TOOL_NAME, "arguments": TEXT}, ("name", "arguments")),
    },
    ("id", "type", "function"),
)
FUNCTION_CALL = Obj({"name": TEXT, "arguments": TEXT}, ("name", "arguments"))


def message(**more: object) -> Obj:
    return Obj({"role": TEXT, "content": CONTENT, "name": Text(max_length=64)} | more, ("content",))  # type: ignore[arg-type]


MESSAGE = Tagged(
    {
        "system": message(),
        "assistant": Obj(
            {
                "role": TEXT,
                "content": Nullable(CONTENT),
                "name": TEXT,
                "refusal": Nullable(TEXT),
                "audio": Nullable(ANY),
                "annotations": ANY,
                "tool_calls": Seq(TOOL_CALL, min_length=1),
                "function_call": Nullable(FUNCTION_CALL),
            }
        ),
        "user": message(),
        "function": message(),
        "tool": Obj(
            {"role": TEXT, "content": CONTENT, "tool_call_id": CALL_ID, "name": TEXT}, ("content", "tool_call_id")
        ),
        "developer": message(),
    },
    key="role",
    step=False,
)
FUNCTION = Obj(
    {
        "name": TOOL_NAME,
        "description": Text(max_length=LONGEST_DESCRIPTION),
        "parameters": Nullable(MapOf(ANY)),
        "strict": Nullable(BOOL),
    },
    ("name",),
)
TOOL = Tagged({"function": Obj({"type": TEXT, "function": FUNCTION}, ("function",))}, step=False)
NAMED_CHOICE = Tagged(
    {"function": Obj({"type": TEXT, "function": Obj({"name": TEXT}, ("name",))}, ("function",))}, step=False
)
RESPONSE_FORMAT = Tagged(
    {
        "text": Obj({"type": TEXT}),
        "json_object": Obj({"type": TEXT}),
        "json_schema": Obj(
            {
                "type": TEXT,
                "json_schema": Obj(
                    {"name": TOOL_NAME, "description": TEXT, "schema": MapOf(ANY), "strict": Nullable(BOOL)},
                    ("name",),
                ),
            },
            ("json_schema",),
        ),
    },
    step=False,
)
PENALTY = Nullable(Number(minimum=-2, maximum=2))
COUNT = Nullable(Number(integer=True, minimum=1))

CHAT_SHAPE = Obj(
    {
        "messages": Seq(MESSAGE, min_length=1),
        "model": TEXT,
        "tools": Seq(TOOL, min_length=1, max_length=MOST_TOOLS),
        "tool_choice": Either((NAMED_CHOICE, Text(values=("none", "auto", "required")))),
        "parallel_tool_calls": BOOL,
        "functions": Seq(FUNCTION, min_length=1, max_length=MOST_TOOLS),
        "function_call": ANY,
        "response_format": Nullable(RESPONSE_FORMAT),
        "stream": Nullable(BOOL),
        "stream_options": Nullable(Obj({"include_usage": BOOL, "include_obfuscation": BOOL})),
        "max_tokens": COUNT,
        "max_completion_tokens": COUNT,
        "temperature": Nullable(Number(minimum=0, maximum=2)),
        "top_p": Nullable(Number(minimum=0, maximum=1)),
        "n": Nullable(Number(integer=True, minimum=1, maximum=128)),
        "stop": Nullable(Either((Seq(TEXT, max_length=4), TEXT))),
        "seed": Nullable(Number(integer=True)),
        "logprobs": Nullable(BOOL),
        "top_logprobs": Nullable(Number(integer=True, minimum=0, maximum=20)),
        "logit_bias": Nullable(MapOf(Number())),
        "frequency_penalty": PENALTY,
        "presence_penalty": PENALTY,
        "user": TEXT,
        "reasoning_effort": Nullable(TEXT),
        "verbosity": Nullable(Text(values=("low", "medium", "high"))),
        "prediction": ANY,
        "modalities": ANY,
        "audio": ANY,
        "store": Nullable(BOOL),
        "metadata": Nullable(MapOf(Text(max_length=512))),
        "service_tier": Nullable(TEXT),
        "prompt_cache_key": TEXT,
        "safety_identifier": TEXT,
    },
    ("messages",),
)
