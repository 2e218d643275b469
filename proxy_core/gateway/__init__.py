"""One request from start to end: no web framework, no HTTP library, no threads."""

from proxy_core.gateway.gateway import Gateway, GatewayOptions
from proxy_core.gateway.trial import Patience

__all__ = ["Gateway", "GatewayOptions", "Patience"]
