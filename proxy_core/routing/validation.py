"""Warnings about configured names that do not fit the deployments behind them. They never block anything."""

from proxy_core.aicore.deployment import Deployment
from proxy_core.model_names import compare_names

__all__ = ["describe_mismatch"]


def describe_mismatch(configured: str, deployment: Deployment) -> str | None:
    """One line when the deployment runs another model than its configured name says, else None. Family weighs
    more than version, version more than variant."""
    if not deployment.model:
        return None
    mismatch = compare_names(configured, deployment.model)
    if mismatch is None:
        return None
    return (
        f"Configuration mismatch: Model '{configured}' mapped to deployment '{deployment.id}' "
        f"which is running '{deployment.model}' ({mismatch} mismatch)"
    )
