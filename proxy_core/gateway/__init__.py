"""One request from start to end: no web framework, no HTTP library, no threads."""

from proxy_core.gateway.gateway import Gateway, GatewayOptions

__all__ = ["Gateway", "GatewayOptions"]
