"""Links that customers open: signed, for one purpose, until a moment, and never guessed.

A token is ``ID.EXPIRES.SIGNATURE``: the id of the ledger's row, the second it expires, and an HMAC-SHA256 of
both under a key derived for its purpose (itsdangerous). The newest key signs, every key verifies: keys are
rotated by adding one, and removing the old one when its links have expired. The ledger keeps only a token's
hash.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final, Literal, get_args

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen

Purpose = Literal["survey", "quote", "preferences", "unsubscribe"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
# Inside: what exactly was wrong. Outside people hear one sentence, whichever it was.
Refusal = Literal["malformed", "tampered", "purpose", "expired", "unknown", "revoked", "used"]
REFUSED: Final = {
    "en": "This link is not valid any more. Please use the newest message from us, or reply to it.",
    "ja": "このリンクはご利用いただけません。最新のメールのリンクをお使いください。",
}
MIN_KEY_BYTES: Final = 32  # as long as the hash: RFC 2104 discourages shorter keys
MAX_TOKEN: Final = 200
_BODY = re.compile(r"(?P<id>[a-z0-9]{1,64})\.(?P<expires>[0-9]{1,12})")


class LinkRefusedError(Exception):
    """A token that opens nothing. ``refusal`` is for the log alone."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal: Refusal = refusal


@frozen
class Opened:
    """What a token proves: which link, of which purpose, and until when."""

    link: str
    purpose: Purpose
    expires_at: datetime


@frozen
class Keys:
    """The secrets that sign links, the newest first."""

    secrets: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.secrets:
            raise PlaycallError('links need a key: add `links: {keys: ["${LINK_KEY}"]}` to playcall.yaml')
        if any(len(secret.encode()) < MIN_KEY_BYTES for secret in self.secrets):
            raise PlaycallError(
                f"a key of `links` is shorter than {MIN_KEY_BYTES} bytes. Make one: openssl rand -hex 32"
            )
        if len(set(self.secrets)) < len(self.secrets):
            raise PlaycallError("two keys of `links` are the same. Remove one of them")


def sign(keys: Keys, purpose: Purpose, link: str, expires_at: datetime) -> str:
    """The token of a link. The same link, expiry and key give the same token."""
    return sign_body(keys, purpose, _body(link, expires_at))


def open_token(keys: Keys, purpose: Purpose, token: str, now: datetime) -> Opened:
    """What a token proves at a moment. Raises ``LinkRefusedError``; whether the link is still there is the
    ledger's to say."""
    if len(token) > MAX_TOKEN or not token.isascii():
        raise LinkRefusedError("malformed")
    body = verified_body(keys, purpose, token)
    if body is None:
        elsewhere = (other for other in PURPOSES if other != purpose)
        foreign = any(verified_body(keys, other, token) is not None for other in elsewhere)
        raise LinkRefusedError("purpose" if foreign else "tampered")
    found = _BODY.fullmatch(body)
    if found is None:
        raise LinkRefusedError("malformed")
    expires_at = datetime.fromtimestamp(int(found["expires"]), UTC)
    if now >= expires_at:
        raise LinkRefusedError("expired")
    return Opened(found["id"], purpose, expires_at)


def token_hash(token: str) -> str:
    """What the ledger keeps of a token: enough to find it, nothing to make it from."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed_by(keys: Keys, purpose: Purpose, link: str, expires_at: datetime, kept: str) -> int | None:
    """Which of the keys, from 1, signed the token of a link of which the ledger kept a hash; None: none."""
    for number, secret in enumerate(keys.secrets, start=1):
        if token_hash(_signed(secret, purpose, _body(link, expires_at))) == kept:
            return number
    return None


def sign_body(keys: Keys, purpose: str, body: str) -> str:
    """A text with its signature, by the newest key."""
    return _signed(keys.secrets[0], purpose, body)


def verified_body(keys: Keys, purpose: str, token: str) -> str | None:
    """What was signed, by any of the keys; None if it was not. It is signed again and compared, in constant
    time: other spellings of its base64 (``/`` for ``_``, other bits at its end) are not ours."""
    if not token.isascii():
        return None
    body = token.rpartition(".")[0]
    ours = any(compare_digest(_signed(secret, purpose, body), token) for secret in keys.secrets)
    return body if ours else None


def _body(link: str, expires_at: datetime) -> str:
    return f"{link}.{int(expires_at.timestamp())}"


def _signed(secret: str, purpose: str, body: str) -> str:
    from itsdangerous import Signer

    salt = f"playcall.link.{purpose}"
    signer = Signer(secret, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.sign(body).decode("ascii")
