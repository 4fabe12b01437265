"""The identity provider that lets staff in (`sign_in:` of playcall.yaml)."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...dsl.frozen import frozen
from ..document import Scalar
from ..shape import Fields, read_fields, shape
from .secrets import HELP

SIGN_IN = shape("`sign_in`", "issuer client_id client_secret", "issuer client_id client_secret")


@frozen
class SignInConfig:
    """An OpenID Connect provider: its issuer identifier as it writes it, and what it knows us by."""

    issuer: str
    client_id: str
    client_secret: str


def read_sign_in(fields: Fields) -> SignInConfig | None:
    """The configured provider; None where there is none, or it is wrong, which is reported."""
    node = fields.get("sign_in")
    given = read_fields(node, SIGN_IN, fields.findings) if node is not None else None
    if given is None:
        return None
    issuer, client, secret = _issuer(given), given.text("client_id"), given.text("client_secret")
    written = given.get("client_secret")
    if secret is not None and "${" not in secret and isinstance(written, Scalar):
        given.findings.add("E111", written.location, "`client_secret` holds a secret as literal text", HELP)
    if issuer is None or client is None or secret is None:
        return None
    return SignInConfig(issuer, client, secret)


def _issuer(given: Fields) -> str | None:
    issuer = given.text("issuer")
    if issuer is None or "${" in issuer:
        return issuer
    parts = urlsplit(issuer)
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    plain = not parts.query and not parts.fragment
    if parts.hostname and plain and (parts.scheme == "https" or local):
        return issuer
    message = (
        f"`issuer` is the address of the identity provider, such as https://login.example.com, not `{issuer}`"
    )
    given.findings.add("E107", given.location("issuer"), message)
    return None
