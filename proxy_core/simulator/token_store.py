"""The access tokens that the simulator gave out: texts that look like JWTs, and what has become of them."""

import base64
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["ISSUER", "Token", "TokenStore", "jwt_claims"]

ISSUER = "https://simulator.authentication.example/oauth/token"
MOST = 4096
TYPICAL_LENGTH = 2200


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    tenant: str
    expires_at: float


class TokenStore:
    """Several tokens of a sub-account are valid at once. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._revoked: set[str] = set()
        self._lock = threading.Lock()

    def issue(self, tenant: str, client_id: str, lifetime: float) -> Token:
        now = self._clock()
        claims = {
            "jti": secrets.token_hex(16),
            "iss": ISSUER,
            "zid": tenant,
            "client_id": client_id,
            "iat": int(now),
            "exp": int(now + lifetime),
        }
        token = Token(jwt_text(claims), tenant, now + lifetime)
        with self._lock:
            self._tokens[token.text] = token
            while len(self._tokens) > MOST:
                self._revoked.discard(forgotten := next(iter(self._tokens)))
                del self._tokens[forgotten]
        return token

    def find(self, text: str) -> Token | None:
        return self._tokens.get(text)

    def is_over(self, token: Token) -> bool:
        """Expired or revoked."""
        return token.text in self._revoked or self._clock() >= token.expires_at

    def revoke_all(self, tenant: str | None = None) -> None:
        """From now on the tokens given out so far answer `Jwt is expired`."""
        with self._lock:
            self._revoked |= {text for text, token in self._tokens.items() if tenant in (None, token.tenant)}


def jwt_text(claims: dict[str, Any]) -> str:
    header = {
        "alg": "RS256",
        "jku": ISSUER.replace("/oauth/token", "/token_keys"),
        "kid": "default-jwt-key",
        "typ": "JWT",
    }
    padded = {**claims, "scope": ["aicore!b540." + secrets.token_hex(24) for _ in range(20)]}
    text = f"{part(header)}.{part(padded)}."
    return text + secrets.token_urlsafe(max(256, TYPICAL_LENGTH - len(text)))[:344]


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwt_claims(text: str) -> dict[str, Any] | None:
    """The claims of a text that has the form of a JWT, unverified; None for any other text."""
    sections = text.split(".")
    if len(sections) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(sections[1] + "=" * (-len(sections[1]) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None
