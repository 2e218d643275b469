"""One sub-account of SAP AI Core: what every call to it carries."""

import threading

from proxy_core.aicore.service_key import ServiceKey
from proxy_core.aicore.tokens import TokenSource
from proxy_core.aicore.transport import Transport

__all__ = ["SubAccount"]

_CLIENT_TYPE = "AI Core Proxy"


class SubAccount:
    """`base_url` is the API's URL with `/v2`. Safe for use from many threads."""

    def __init__(self, name: str, service_key: ServiceKey, resource_group: str, transport: Transport) -> None:
        self.name = name
        self.service_key = service_key
        self.resource_group = resource_group
        self.transport = transport
        self.base_url = f"{service_key.api_url}/v2"
        self._tokens = TokenSource(service_key, transport)
        self._last = threading.local()
        self._fixed = {
            "AI-Resource-Group": resource_group,
            "AI-Client-Type": _CLIENT_TYPE,
            "Content-Type": "application/json",
        }
        if service_key.identity_zone_id:
            self._fixed["AI-Tenant-Id"] = service_key.identity_zone_id

    def headers(self) -> dict[str, str]:
        """A new dict of headers with a good token. Raises `UpstreamError`."""
        token = self._tokens.token()
        self._last.token = token
        return {"Authorization": f"Bearer {token}", **self._fixed}

    def forget_token(self) -> None:
        """SAP answered 401 to the headers that this thread got last. When many threads meet the same dead
        token, the first one's new token is not dropped by the others."""
        token = getattr(self._last, "token", None) or self._tokens.current()
        if token is not None:
            self._tokens.forget(token)

    def drop_token(self) -> None:
        """Have the next call fetch a new token, however good the present one seems."""
        token = self._tokens.current()
        if token is not None:
            self._tokens.forget(token)
