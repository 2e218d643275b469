"""What the simulated service offers: the model catalogue and the deployments of the demo. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["AWKWARD", "CATALOGUE", "DEMO", "AwkwardEntry", "CatalogueModel", "model_facts"]


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model that can be deployed. `context` and `output` are tokens; `retirement` is a date or empty."""

    name: str
    executable: str
    provider: str
    version: str
    context: int
    output: int
    inputs: tuple[str, ...] = ("text",)
    retirement: str = ""
    deprecated: bool = False
    capability: str = "text-generation"


SEES = ("text", "image")
READS = ("text", "image", "document")
EMBEDS = "embeddings"
AZURE, BEDROCK, VERTEX, MISTRAL = "azure-openai", "aws-bedrock", "gcp-vertexai", "aicore-mistralai"
COHERE, PERPLEXITY, SAP = "aicore-cohere", "perplexity-ai", "aicore-sap"

CATALOGUE = (
    CatalogueModel("gpt-5", AZURE, "OpenAI", "2025-08-07", 400_000, 128_000, SEES),
    CatalogueModel("gpt-5-mini", AZURE, "OpenAI", "2025-08-07", 400_000, 128_000, SEES),
    CatalogueModel("gpt-5-nano", AZURE, "OpenAI", "2025-08-07", 400_000, 128_000, SEES),
    CatalogueModel("gpt-5.1", AZURE, "OpenAI", "2025-11-13", 400_000, 128_000, SEES),
    CatalogueModel("gpt-5.2", AZURE, "OpenAI", "2025-12-11", 400_000, 128_000, SEES),
    CatalogueModel("gpt-5.3-codex", AZURE, "OpenAI", "2026-02-24", 400_000, 128_000, SEES),
    CatalogueModel("gpt-5.4", AZURE, "OpenAI", "2026-03-05", 1_050_000, 128_000, SEES),
    CatalogueModel("gpt-5.5", AZURE, "OpenAI", "2026-04-24", 1_050_000, 128_000, SEES),
    CatalogueModel("gpt-4.1", AZURE, "OpenAI", "2025-04-14", 1_047_576, 32_768, SEES, "2026-10-14", True),
    CatalogueModel("gpt-4o", AZURE, "OpenAI", "2024-11-20", 128_000, 16_384, SEES, "2026-10-01", True),
    CatalogueModel("o4-mini", AZURE, "OpenAI", "2025-04-16", 200_000, 100_000, SEES, "2026-10-16", True),
    CatalogueModel("text-embedding-3-small", AZURE, "OpenAI", "1", 8_191, 1_536, capability=EMBEDS),
    CatalogueModel("text-embedding-3-large", AZURE, "OpenAI", "1", 8_191, 3_072, capability=EMBEDS),
    CatalogueModel(
        "text-embedding-ada-002", AZURE, "OpenAI", "2", 8_191, 1_536, deprecated=True, capability=EMBEDS
    ),
    CatalogueModel("whisper", AZURE, "OpenAI", "001", 0, 0, ("audio",), capability="audio-transcription"),
    CatalogueModel(
        "anthropic--claude-4-sonnet", BEDROCK, "Anthropic", "1", 200_000, 64_000, READS, "2026-10-14", True
    ),
    CatalogueModel("anthropic--claude-4.5-haiku", BEDROCK, "Anthropic", "1", 200_000, 64_000, READS),
    CatalogueModel("anthropic--claude-4.5-sonnet", BEDROCK, "Anthropic", "1", 200_000, 64_000, READS),
    CatalogueModel("anthropic--claude-4.5-opus", BEDROCK, "Anthropic", "1", 200_000, 64_000, READS),
    CatalogueModel("anthropic--claude-4.6-sonnet", BEDROCK, "Anthropic", "1", 1_000_000, 64_000, READS),
    CatalogueModel("anthropic--claude-4.6-opus", BEDROCK, "Anthropic", "1", 1_000_000, 128_000, READS),
    CatalogueModel("anthropic--claude-4.7-opus", BEDROCK, "Anthropic", "1", 1_000_000, 128_000, READS),
    CatalogueModel("anthropic--claude-4.8-opus", BEDROCK, "Anthropic", "1", 1_000_000, 128_000, READS),
    CatalogueModel("amazon--nova-pro", BEDROCK, "Amazon", "1", 300_000, 8_192, READS),
    CatalogueModel("amazon--nova-lite", BEDROCK, "Amazon", "2", 1_000_000, 64_000, READS),
    CatalogueModel("amazon--titan-embed-text", BEDROCK, "Amazon", "2", 8_192, 1_024, capability=EMBEDS),
    CatalogueModel(
        "nvidia--llama-3.2-nv-embedqa-1b", "aicore-nvidia", "NVIDIA", "1", 8_192, 2_048, capability=EMBEDS
    ),
    CatalogueModel("gemini-2.5-pro", VERTEX, "Google", "001", 1_048_576, 65_536, READS, "2026-10-16", True),
    CatalogueModel("gemini-2.5-flash", VERTEX, "Google", "001", 1_048_576, 65_536, READS, "2026-10-16", True),
    CatalogueModel("gemini-2.5-flash-lite", VERTEX, "Google", "001", 1_048_576, 65_536, READS),
    CatalogueModel("gemini-3.5-flash", VERTEX, "Google", "001", 1_048_576, 65_536, READS),
    CatalogueModel("gemini-embedding", VERTEX, "Google", "001", 2_048, 3_072, capability=EMBEDS),
    CatalogueModel("mistralai--mistral-small", MISTRAL, "Mistral AI", "2603", 128_000, 128_000),
    CatalogueModel("mistralai--mistral-medium-instruct", MISTRAL, "Mistral AI", "2505", 128_000, 128_000),
    CatalogueModel("cohere--command-a-reasoning", COHERE, "Cohere", "2508", 256_000, 32_000),
    CatalogueModel("sonar", PERPLEXITY, "Perplexity", "perplexity-us", 128_000, 128_000, SEES),
    CatalogueModel("sonar-pro", PERPLEXITY, "Perplexity", "perplexity-us", 200_000, 128_000, SEES),
    CatalogueModel("sap-abap-1", SAP, "SAP", "1", 32_000, 4_096),
)

BY_NAME = MappingProxyType({model.name: model for model in CATALOGUE})


def model_facts(name: str) -> CatalogueModel:
    """The catalogue entry of a model; one with wide limits for a model that is not in it."""
    return BY_NAME.get(name) or CatalogueModel(name, "", "", "latest", 1_000_000, 1_000_000, READS)


SHARED = (
    "gpt-5",
    "gpt-5-mini",
    "gpt-4o",
    "text-embedding-3-small",
    "anthropic--claude-4.5-sonnet",
    "anthropic--claude-4.5-haiku",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
)

DEMO = MappingProxyType(
    {
        "demo-eu": (
            *SHARED,
            "gpt-5",
            "gpt-4.1",
            "anthropic--claude-4.6-opus",
            "anthropic--claude-4.6-sonnet",
            "mistralai--mistral-small",
            "amazon--titan-embed-text",
            "gemini-embedding",
        ),
        "demo-us": (
            *SHARED,
            "gpt-5.4",
            "anthropic--claude-4.8-opus",
            "gemini-3.5-flash",
            "amazon--nova-pro",
            "amazon--nova-lite",
            "text-embedding-3-large",
            "nvidia--llama-3.2-nv-embedqa-1b",
            "whisper",
            "cohere--command-a-reasoning",
            "sonar",
        ),
    }
)
"""Models by sub-account; a name that stands twice is deployed twice."""


@dataclass(frozen=True, slots=True)
class AwkwardEntry:
    """A list entry as the real service sends them at times. `changes` replace keys, `absent` keys are left out.
    `details` is both, camel, snake, empty, null or absent."""

    model: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    status: str = "RUNNING"
    scenario: str = "foundation-models"
    details: str = "both"


AWKWARD = (
    AwkwardEntry("gpt-4o", status="STOPPED", absent=("startTime",)),
    AwkwardEntry("gpt-5", status="PENDING", changes={"deploymentUrl": ""}),
    AwkwardEntry("gpt-4o", status="UNKNOWN", changes={"deploymentUrl": ""}),
    AwkwardEntry("gpt-4.1", status="DEAD", changes={"statusMessage": "The model server did not start."}),
    AwkwardEntry("gpt-5-nano", details="null"),
    AwkwardEntry("o4-mini", details="absent"),
    AwkwardEntry("gpt-5.1", details="camel", absent=("executableId",)),
    AwkwardEntry("gpt-5.2", details="snake", absent=("executableId",)),
    AwkwardEntry("my-own-classifier", details="empty", scenario="my-scenario", changes={"executableId": "serve"}),
    AwkwardEntry("text-embedding-ada-002", changes={"aFieldOfTheFuture": {"deep": [1]}, "ttl": "7D"}),
)
