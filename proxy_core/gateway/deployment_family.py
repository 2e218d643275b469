"""The family that speaks with a deployment, by what it is asked for. A model that cannot do it is not found."""

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.registry import resolve_embedder, resolve_family, resolve_transcriber
from proxy_core.upstream_families.base import EmbeddingFamily, TranscriptionFamily, UpstreamFamily

__all__ = ["chat_family_of", "embedder_of", "transcriber_of"]


def chat_family_of(deployment: Deployment) -> UpstreamFamily:
    """Raises `UpstreamError`."""
    family = resolve_family(deployment.executable_id, deployment.model)
    if family is None:
        raise _wrong_work(deployment, "be asked to chat")
    return family


def embedder_of(deployment: Deployment) -> EmbeddingFamily:
    """Raises `UpstreamError`."""
    family = resolve_embedder(deployment.executable_id, deployment.model)
    if family is None:
        raise _wrong_work(deployment, "make embeddings")
    return family


def transcriber_of(deployment: Deployment) -> TranscriptionFamily:
    """Raises `UpstreamError`."""
    family = resolve_transcriber(deployment.executable_id, deployment.model)
    if family is None:
        raise _wrong_work(deployment, "write down speech")
    return family


def _wrong_work(deployment: Deployment, work: str) -> UpstreamError:
    return UpstreamError(
        f"The model {deployment.model} cannot {work}.",
        status=404,
        kind=ErrorKind.MODEL_NOT_FOUND,
        code="model_not_found",
    )
