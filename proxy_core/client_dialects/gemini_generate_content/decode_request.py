"""A Gemini body to a neutral request. Source: https://ai.google.dev/api/generate-content"""

from proxy_core.client_dialects.gemini_generate_content.decode_contents import ContentReader
from proxy_core.client_dialects.gemini_generate_content.decode_tools import decode_tool_choice, decode_tools
from proxy_core.client_dialects.gemini_generate_content.fields import Fields, refused
from proxy_core.client_dialects.gemini_generate_content.schema import decode_schema
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import NO_EXTRAS, ChatRequest, Reasoning, ResponseFormat, Sampling

__all__ = ["decode_request"]

_READ = frozenset(
    {
        "model", "stream", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig",
        "safetySettings", "generateContentRequest",
    }
)  # fmt: skip
_CONFIG_READ = frozenset(
    {
        "temperature", "topP", "topK", "candidateCount", "maxOutputTokens", "stopSequences", "presencePenalty",
        "frequencyPenalty", "seed", "responseMimeType", "responseSchema", "responseJsonSchema", "thinkingConfig",
    }
)  # fmt: skip
_NO_COUNTERPART = "it has no counterpart at this model"


def decode_request(body: JsonObject) -> ChatRequest:
    """Raises `ClientError` whose `param` is the JSON path of the field at fault."""
    fields = Fields(body, "")
    config = fields.child("generationConfig") or Fields({}, "generationConfig")
    notes = [Diagnostic(name, _NO_COUNTERPART) for name in fields.unknown(_READ)]
    notes += [Diagnostic(f"{config.path}.{name}", _NO_COUNTERPART) for name in config.unknown(_CONFIG_READ)]
    if (config.integer("candidateCount") or 1) != 1:
        raise ClientError(
            f"This model gives one answer a request: leave out `{config.where('candidateCount')}` or set it to 1.",
            param=config.where("candidateCount"),
        )
    if fields.get("cachedContent") is not None:
        where = fields.where("cachedContent")
        raise ClientError(f"`{where}` cannot be read here: send the content itself.", param=where)
    tools = decode_tools(fields, notes)
    settings = fields.items("safetySettings")
    return ChatRequest(
        model=fields.required_text("model"),
        messages=ContentReader().read(fields.get("systemInstruction"), fields.get("contents")),
        stream=fields.flag("stream"),
        tools=tools,
        tool_choice=decode_tool_choice(fields, tools),
        response_format=_decode_format(config, notes),
        sampling=_decode_sampling(config),
        reasoning=_decode_reasoning(config.child("thinkingConfig")),
        extras={"gemini.safety_settings": settings} if settings else NO_EXTRAS,
        diagnostics=tuple(notes),
    )


def _decode_sampling(config: Fields) -> Sampling:
    maximum = config.integer("maxOutputTokens")
    if maximum is not None and maximum < 1:
        raise refused(config.where("maxOutputTokens"), "at least 1")
    stop = config.items("stopSequences")
    if not all(isinstance(text, str) for text in stop):
        raise refused(config.where("stopSequences"), "a list of strings")
    return Sampling(
        max_output_tokens=maximum,
        temperature=config.number("temperature"),
        top_p=config.number("topP"),
        top_k=config.integer("topK"),
        stop=tuple(stop),
        seed=config.integer("seed"),
        presence_penalty=config.number("presencePenalty"),
        frequency_penalty=config.number("frequencyPenalty"),
    )


def _decode_reasoning(thinking: Fields | None) -> Reasoning | None:
    if thinking is None:
        return None
    if level := thinking.text("thinkingLevel"):
        return Reasoning("effort", effort=level.lower())
    match thinking.integer("thinkingBudget"):
        case None:
            return Reasoning("adaptive") if thinking.flag("includeThoughts") else None
        case 0:
            return Reasoning("off")
        case budget if budget < 0:
            return Reasoning("adaptive")
        case budget:
            return Reasoning("budget", budget_tokens=budget)


def _decode_format(config: Fields, notes: list[Diagnostic]) -> ResponseFormat | None:
    kind = config.text("responseMimeType")
    if schema := config.child("responseJsonSchema"):
        return ResponseFormat("json_schema", schema=schema.value)
    if schema := config.child("responseSchema"):
        return ResponseFormat("json_schema", schema=decode_schema(schema.value))
    match kind:
        case None | "text/plain":
            return None
        case "application/json":
            return ResponseFormat("json_object")
        case _:
            notes.append(Diagnostic(config.where("responseMimeType"), _NO_COUNTERPART))
            return None
