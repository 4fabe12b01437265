"""Signing in at an OpenID Connect provider: authorization code with PKCE, state and nonce.

Authlib makes the requests and checks the claims of the ID token; joserfc, which it stands on, the signature.
The provider's document and keys are kept for an hour, and read again for a key that is not among them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ...dsl.diagnostics import PlaycallError
from ...engine.catalog.sign_in import SignInConfig

SCOPE: Final = "openid email"
ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA"]  # of signatures that only the provider can make
TIMEOUT: Final = 10  # seconds, for each request to the provider
KEPT: Final = 3600.0  # seconds
LEEWAY: Final = 60  # seconds by which the provider's clock may differ
_DISCOVERY: Final = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0, 4


class OidcError(PlaycallError):
    """The identity provider cannot be asked, or what it says is not to be believed."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What is remembered of somebody who is on the way to the provider and back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Whom the provider has let in. ``email``: an address that it says it has verified."""

    issuer: str
    subject: str
    email: str | None


class Oidc:
    """The identity provider of a project. ``back``: the address that it sends people back to."""

    def __init__(self, config: SignInConfig, back: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._back = back
        self._clock = clock
        self._read: dict[str, tuple[float, Mapping[str, Any]]] = {}

    def begin(self) -> tuple[str, Flow]:
        """Where to send somebody, and what to remember. Raises ``OidcError``."""
        from authlib.common.security import generate_token

        flow = Flow(generate_token(32), generate_token(32), generate_token(64))
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._place("authorization_endpoint"),
                state=flow.state,
                nonce=flow.nonce,
                code_verifier=flow.verifier,
            )
        return str(url), flow

    def finish(self, flow: Flow, state: str, code: str) -> Shown:
        """Who came back. Raises ``OidcError`` for an answer to another question, and for a token that is not
        the provider's, not for us, too old, or was shown before."""
        import hmac

        from authlib.integrations.base_client import OAuthError
        from requests import RequestException

        if not hmac.compare_digest(flow.state.encode(), state.encode()):
            raise OidcError("the answer of the identity provider belongs to another attempt; try again")
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._place("token_endpoint"), code=code, code_verifier=flow.verifier, timeout=TIMEOUT
                )
        except (OAuthError, RequestException, ValueError) as error:
            raise OidcError(f"the identity provider refuses ({type(error).__name__}); try again") from None
        return self._believed(token, flow.nonce)

    def _believed(self, token: Mapping[str, Any], nonce: str) -> Shown:
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        try:
            decoded = self._decoded(str(token.get("id_token", "")))
            known = {"nonce": nonce, "client_id": self._config.client_id}
            if "access_token" in token:
                known["access_token"] = token["access_token"]
            audience = {"values": [self._config.client_id]}
            wanted = {"iss": {"values": [self._config.issuer]}, "aud": audience}
            claims = CodeIDToken(decoded.claims, decoded.header, wanted, known)
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError) as error:
            raise OidcError(f"what the identity provider says cannot be believed ({error})") from None
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Shown(str(claims["iss"]), str(claims["sub"]), str(email) if email else None)

    def _decoded(self, text: str) -> Any:
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet

        for fresh in (False, True):
            keys = KeySet.import_key_set(self._document(self._place("jwks_uri"), fresh=fresh))  # type: ignore[arg-type]
            try:
                return jwt.decode(text, keys, algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                if fresh:
                    raise
        return None

    def _client(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        config = self._config
        return OAuth2Session(
            config.client_id,
            config.client_secret,
            scope=SCOPE,
            redirect_uri=self._back,
            code_challenge_method="S256",
        )

    def _place(self, name: str) -> str:
        """An address of the provider's document."""
        issuer = self._config.issuer
        document = self._document(issuer.rstrip("/") + _DISCOVERY)
        if document.get("issuer") != issuer:
            raise OidcError(f"the identity provider calls itself {document.get('issuer')!r}, not {issuer}")
        place = str(document.get(name, ""))
        if urlsplit(place).scheme != urlsplit(issuer).scheme:
            raise OidcError(f"the identity provider has no usable `{name}`")
        return place

    def _document(self, url: str, *, fresh: bool = False) -> Mapping[str, Any]:
        import requests

        known = self._read.get(url)
        if known is not None and not fresh and self._clock() - known[0] < KEPT:
            return known[1]
        try:
            answer = requests.get(url, timeout=TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise OidcError(
                f"the identity provider cannot be asked ({type(error).__name__}); try again later"
            ) from None
        if not isinstance(found, dict):
            raise OidcError("the identity provider says something else than is wanted of it")
        self._read[url] = (self._clock(), found)
        return found
