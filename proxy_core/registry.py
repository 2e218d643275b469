"""Which dialects and families there are, for chat, vectors and transcripts. A new one is one line here."""

import re
from collections.abc import Mapping

from proxy_core.client_dialects.anthropic_messages import AnthropicMessages
from proxy_core.client_dialects.base import ClientDialect, EmbeddingDialect
from proxy_core.client_dialects.gemini_generate_content import (
    GeminiBatchEmbedContents,
    GeminiEmbedContent,
    GeminiGenerateContent,
)
from proxy_core.client_dialects.openai_chat import OpenAIChat
from proxy_core.client_dialects.openai_embeddings import OpenAIEmbeddings
from proxy_core.client_dialects.openai_responses import OpenAIResponses, OpenAIResponsesCompact
from proxy_core.upstream_families.anthropic_bedrock import AnthropicBedrock
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.azure_openai.transcriptions import AzureTranscriptions
from proxy_core.upstream_families.base import EmbeddingFamily, TranscriptionFamily, UpstreamFamily
from proxy_core.upstream_families.bedrock_converse import BedrockConverse
from proxy_core.upstream_families.cohere import Cohere
from proxy_core.upstream_families.either import EitherFamily
from proxy_core.upstream_families.embeddings import (
    AzureEmbeddings,
    GeminiEmbeddings,
    NvidiaEmbeddings,
    OrchestrationEmbeddings,
    TitanEmbeddings,
)
from proxy_core.upstream_families.gemini import Gemini
from proxy_core.upstream_families.openai_compatible import OpenAICompatible
from proxy_core.upstream_families.orchestration import Orchestration

__all__ = [
    "DIALECTS",
    "EMBEDDING_DIALECTS",
    "FAMILIES",
    "can_call",
    "resolve_embedder",
    "resolve_family",
    "resolve_transcriber",
]

DIALECTS: Mapping[str, ClientDialect] = {
    "openai.chat": OpenAIChat(),
    "anthropic.messages": AnthropicMessages(),
    "openai.responses": OpenAIResponses(),
    "openai.responses.compact": OpenAIResponsesCompact(),
    "gemini.generate_content": GeminiGenerateContent(),
}

EMBEDDING_DIALECTS: Mapping[str, EmbeddingDialect] = {
    "embeddings": OpenAIEmbeddings(),
    "embed_content": GeminiEmbedContent(),
    "batch_embed_contents": GeminiBatchEmbedContents(),
}
"""By the name of the endpoint."""

FAMILIES: Mapping[str, UpstreamFamily] = {
    "azure_openai": AzureOpenAI(),
    "anthropic_bedrock": AnthropicBedrock(),
    "anthropic_bedrock_or_converse": EitherFamily(AnthropicBedrock(), BedrockConverse(), "invoke"),
    "bedrock_converse": BedrockConverse(),
    "cohere": Cohere(),
    "gemini": Gemini(),
    "openai_compatible": OpenAICompatible(),
    "orchestration": Orchestration(),
}

_FAMILY_BY_EXECUTABLE: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("azure-openai", re.compile(r"^(?!text-embedding|gpt-realtime|whisper|.*transcribe)"), "azure_openai"),
    ("aws-bedrock", re.compile(r"^anthropic--claude-[34]\b"), "anthropic_bedrock"),
    ("aws-bedrock", re.compile(r"^anthropic--"), "anthropic_bedrock_or_converse"),
    ("aws-bedrock", re.compile(r"^amazon--nova"), "bedrock_converse"),
    ("gcp-vertexai", re.compile(r"^gemini(?!-embedding)"), "gemini"),
    ("aicore-mistralai", re.compile(r""), "openai_compatible"),
    ("aicore-opensource", re.compile(r""), "openai_compatible"),
    ("aicore-ibm", re.compile(r""), "openai_compatible"),
    ("aicore-cohere", re.compile(r"^cohere--"), "cohere"),
    ("perplexity-ai", re.compile(r"^sonar"), "openai_compatible"),
    ("orchestration", re.compile(r"^(?!.*embed)."), "orchestration"),
)


def resolve_family(executable_id: str, model: str) -> UpstreamFamily | None:
    """The family that calls deployments of this executable and model, or None when no family can chat with it."""
    for executable, pattern, family in _FAMILY_BY_EXECUTABLE:
        if executable == executable_id and pattern.search(model):
            return FAMILIES[family]
    return None


_EMBEDDERS: tuple[tuple[str, re.Pattern[str], EmbeddingFamily], ...] = (
    ("azure-openai", re.compile(r"^text-embedding"), AzureEmbeddings()),
    ("aicore-nvidia", re.compile(r"embed"), NvidiaEmbeddings()),
    ("aws-bedrock", re.compile(r"titan-embed-text"), TitanEmbeddings()),
    ("gcp-vertexai", re.compile(r"^gemini-embedding"), GeminiEmbeddings()),
    ("orchestration", re.compile(r"embed"), OrchestrationEmbeddings()),
)
_TRANSCRIBERS: tuple[tuple[str, re.Pattern[str], TranscriptionFamily], ...] = (
    ("azure-openai", re.compile(r"whisper|transcribe"), AzureTranscriptions()),
)


def resolve_embedder(executable_id: str, model: str) -> EmbeddingFamily | None:
    """The family that gets vectors from deployments of this executable and model, or None."""
    for executable, pattern, family in _EMBEDDERS:
        if executable == executable_id and pattern.search(model):
            return family
    return None


def resolve_transcriber(executable_id: str, model: str) -> TranscriptionFamily | None:
    """The family that has deployments of this executable and model write down speech, or None."""
    for executable, pattern, family in _TRANSCRIBERS:
        if executable == executable_id and pattern.search(model):
            return family
    return None


def can_call(executable_id: str, model: str) -> bool:
    """Whether any family can call deployments of this executable and model."""
    return any(resolve(executable_id, model) for resolve in (resolve_family, resolve_embedder, resolve_transcriber))
