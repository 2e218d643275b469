"""What SAP counts together. Knows names only.

Source: "Rate Limit Management" in SAP's guide to generative AI hub: all resource groups of a tenant share one limit
for a model. So two configured sub-accounts with the same tenant have one quota between them.
"""

from collections.abc import Mapping

from proxy_core.aicore.deployment import Deployment

__all__ = ["Share", "Tenants"]

Share = tuple[str, str]
"""A tenant and a SAP model name: what one limit of requests per minute is for."""


class Tenants:
    """`names` holds the tenant by the name of a sub-account; one that is not named has a tenant of its own."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = names or {}

    def share_of(self, deployment: Deployment) -> Share:
        """Equal for all deployments that use up the same limit."""
        account = deployment.sub_account
        return self._names.get(account, account), deployment.model
