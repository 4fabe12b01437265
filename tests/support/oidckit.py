"""A small OpenID Connect provider on loopback: discovery, authorization with PKCE, tokens, keys. Whoever
comes is the same person, without being asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "playcall", "the-clients-secret-of-some-length"


@dataclass(slots=True)
class Provider:
    """What it says. ``claims`` are put over those of a right ID token (None takes one away), ``algorithm``
    signs it; ``issuer`` is what the discovery document says."""

    url: str = ""
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        places = {"authorization": "authorize", "token": "token"}
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.url}/keys",
            **{f"{name}_endpoint": f"{self.url}/{place}" for name, place in places.items()},
        }

    def authorize(self, asked: Mapping[str, str]) -> str:
        """Where the browser is sent, with a code."""
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256" and asked["nonce"] and asked["state"]
        self.asked.append(asked)
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, posted: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """What a code is worth, once, to who began."""
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = self.codes.pop(posted.get("code", ""), None)
        verifier = posted.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        if known is None or challenge != known["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self._signed(known["nonce"])}

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        right = {"iss": self.issuer, "sub": "42", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        mail = {"email": "kato@acme.test", "email_verified": True}
        claims = {
            name: value for name, value in {**right, **mail, **self.claims}.items() if value is not None
        }
        header = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm == "RS256":
            return jwt.encode(header, claims, self.key)
        signed = f"{_encoded(header)}.{_encoded(claims)}"
        return f"{signed}.{self._forged(signed.encode())}"

    def _forged(self, signed: bytes) -> str:
        """What anybody can make who knows the public key: nothing, or an HMAC of which that is the secret
        (CVE-2016-10555)."""
        if self.algorithm == "none":
            return ""
        made = hmac.digest(self.key.as_pem(private=False), signed, "sha256")
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _encoded(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@contextmanager
def provider() -> Iterator[Provider]:
    """One that runs."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            match parts.path:
                case "/.well-known/openid-configuration":
                    self._json(200, made.document())
                case "/keys":
                    self._json(200, {"keys": [made.key.as_dict(private=False)]})
                case "/authorize":
                    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                    self.send_response(302)
                    self.send_header("Location", made.authorize(asked))
                    self.end_headers()
                case _:
                    self._json(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            posted = {name: values[0] for name, values in parse_qs(body).items()}
            self._json(*made.token(posted, self.headers.get("Authorization", "")))

        def _json(self, status: int, content: Mapping[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()
