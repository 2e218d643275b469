"""Deployments that make vectors, one module a wire. They are called once for a request, or once for each text."""

from proxy_core.upstream_families.embeddings.azure import AzureEmbeddings
from proxy_core.upstream_families.embeddings.gemini import GeminiEmbeddings
from proxy_core.upstream_families.embeddings.nvidia import NvidiaEmbeddings
from proxy_core.upstream_families.embeddings.orchestration import OrchestrationEmbeddings
from proxy_core.upstream_families.embeddings.titan import TitanEmbeddings

__all__ = [
    "AzureEmbeddings",
    "GeminiEmbeddings",
    "NvidiaEmbeddings",
    "OrchestrationEmbeddings",
    "TitanEmbeddings",
]
