"""`POST /oauth/token`, as XSUAA answers it.

Client id and secret may come in the form body, by HTTP Basic, or the grant in the query. With a client certificate
(mutual TLS) no secret is needed. Token requests never reach the request log.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl

from proxy_core.simulator.exchange import Answer, json_answer
from proxy_core.simulator.request import SimRequest
from proxy_core.simulator.world import Tenant, World

__all__ = ["answer_token"]


def answer_token(world: World, request: SimRequest) -> Answer:
    if request.method != "POST":
        return oauth_error(405, "method_not_allowed", f"Request method '{request.method}' not supported")
    form = {**request.query, **dict(parse_qsl(request.body.decode("latin-1"), keep_blank_values=True))}
    grant = form.get("grant_type")
    if grant is None:
        return oauth_error(400, "invalid_request", "Missing grant type")
    if grant != "client_credentials":
        return oauth_error(400, "unsupported_grant_type", f"Unsupported grant type: {grant}")
    client_id, secret = credentials(form, request.headers)
    tenant = world.tenant_of_client(client_id)
    if refused := refusal(tenant, secret, request.certificate):
        return refused
    return issued(world, tenant) if tenant else oauth_error(401, "invalid_client", "unknown client")


def credentials(form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret; both may be empty."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    client_id, _, secret = text.partition(":")
    return client_id, secret


def refusal(tenant: Tenant | None, secret: str, certificate: bool) -> Answer | None:
    if tenant is None:
        return oauth_error(401, "invalid_client", "Client with requested ID does not exist")
    if certificate and not secret:
        return None
    if not secret:
        return oauth_error(401, "invalid_client", "Client authentication failed")
    if not secrets.compare_digest(secret.encode(), tenant.client_secret.encode()):
        return oauth_error(401, "unauthorized", "Bad credentials")
    return None


def issued(world: World, tenant: Tenant) -> Answer:
    lifetime = world.switches.token_lifetime
    token = world.tokens.issue(tenant.name, tenant.client_id, lifetime)
    body = {
        "access_token": token.text,
        "token_type": "bearer",
        "expires_in": lifetime,
        "scope": "aicore!b540.deployments.predict aicore!b540.deployments.read uaa.resource",
        "jti": secrets.token_hex(16),
    }
    return json_answer(200, body, {"cache-control": "no-store", "pragma": "no-cache"})


def oauth_error(status: int, error: str, description: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": description})
