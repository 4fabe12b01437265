"""Signatures of webhooks as Standard Webhooks defines them
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac


def signing_key(secret: str) -> bytes:
    """The bytes to sign with: ``whsec_`` and base64 as the standard writes it, any other text as UTF-8.
    Raises ``ValueError`` for ``whsec_`` with something else than base64."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("what follows whsec_ is not base64") from error


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``: v1, then base64 of HMAC-SHA256 over ``id.timestamp.body``."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
