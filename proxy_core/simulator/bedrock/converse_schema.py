"""The shape of a Bedrock Converse body. Source: botocore's public `bedrock-runtime` service description."""

from proxy_core.simulator.validation.shapes import BOOL, TEXT, MapOf, Number, Obj, Seq, Text

__all__ = ["BODY"]

_OPEN = Obj(open_=True)
_NAME = Text(pattern="[a-zA-Z0-9_-]+", min_length=1, max_length=64)
_CALL_ID = Text(pattern="[a-zA-Z0-9_.:-]+", min_length=1, max_length=64)
_CACHE_POINT = Obj({"type": Text(("default",)), "ttl": Text(("5m", "1h"))}, ("type",))
_SOURCE = Obj({"bytes": TEXT, "s3Location": _OPEN}, sole=True)
_IMAGE = Obj({"format": Text(("png", "jpeg", "gif", "webp")), "source": _SOURCE}, ("format", "source"))
_DOCUMENT = Obj(
    {
        "format": Text(("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")),
        "name": Text(min_length=1, max_length=200),
        "source": Obj(
            {"bytes": TEXT, "s3Location": _OPEN, "text": TEXT, "content": Seq(Obj({"text": TEXT}))}, sole=True
        ),
        "context": TEXT,
        "citations": Obj({"enabled": BOOL}),
    },
    ("name", "source"),
)
_VIDEO = Obj({"format": TEXT, "source": _SOURCE}, ("format", "source"))
_RESULT_BLOCK = Obj(
    {"json": _OPEN, "text": TEXT, "image": _IMAGE, "document": _DOCUMENT, "video": _VIDEO}, sole=True
)
_REASONING = Obj(
    {"reasoningText": Obj({"text": TEXT, "signature": TEXT}, ("text",)), "redactedContent": TEXT}, sole=True
)
_BLOCK = Obj(
    {
        "text": TEXT,
        "image": _IMAGE,
        "document": _DOCUMENT,
        "video": _VIDEO,
        "toolUse": Obj({"toolUseId": _CALL_ID, "name": _NAME, "input": _OPEN}, ("toolUseId", "name", "input")),
        "toolResult": Obj(
            {
                "toolUseId": _CALL_ID,
                "content": Seq(_RESULT_BLOCK),
                "status": Text(("success", "error")),
            },
            ("toolUseId", "content"),
        ),
        "reasoningContent": _REASONING,
        "cachePoint": _CACHE_POINT,
    },
    sole=True,
)
_TOOL = Obj(
    {
        "toolSpec": Obj(
            {
                "name": _NAME,
                "description": Text(min_length=1),
                "inputSchema": Obj({"json": _OPEN}, sole=True),
                "strict": BOOL,
            },
            ("name", "inputSchema"),
        ),
        "cachePoint": _CACHE_POINT,
    },
    sole=True,
)
_CHOICE = Obj({"auto": Obj(), "any": Obj(), "tool": Obj({"name": _NAME}, ("name",))}, sole=True)

BODY = Obj(
    {
        "messages": Seq(
            Obj({"role": Text(("user", "assistant")), "content": Seq(_BLOCK)}, ("role", "content")),
        ),
        "system": Seq(Obj({"text": Text(min_length=1), "cachePoint": _CACHE_POINT}, sole=True)),
        "inferenceConfig": Obj(
            {
                "maxTokens": Number(integer=True, minimum=1),
                "temperature": Number(minimum=0, maximum=1),
                "topP": Number(minimum=0, maximum=1),
                "stopSequences": Seq(Text(min_length=1)),
            }
        ),
        "toolConfig": Obj({"tools": Seq(_TOOL, 1), "toolChoice": _CHOICE}, ("tools",)),
        "additionalModelRequestFields": _OPEN,
        "additionalModelResponseFieldPaths": Seq(TEXT),
        "requestMetadata": MapOf(TEXT),
        "performanceConfig": Obj({"latency": TEXT}),
        "outputConfig": _OPEN,
    },
    ("messages",),
)
