"""Azure OpenAI's `/audio/transcriptions`: the client's own form, untouched."""

from collections.abc import Mapping
from urllib.parse import quote

from proxy_core.errors import UpstreamError
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.upstream_errors import decode_error

__all__ = ["AzureTranscriptions"]

_API_VERSION = "2024-06-01"


class AzureTranscriptions:
    """The deployment decides the model, whatever the form says."""

    name = "azure_openai"

    def adapt_request(self, form: bytes, content_type: str, target: Target) -> UpstreamRequest:
        path = f"/audio/transcriptions?api-version={quote(target.api_version or _API_VERSION, safe='')}"
        return UpstreamRequest(path, {}, {"Content-Type": content_type}, raw=form)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return decode_error(status, headers, body)
