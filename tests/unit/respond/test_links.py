"""Tokens and nonces: what opens, and what exactly is wrong with what does not."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import Signer

from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.respond.links import (
    PURPOSES,
    REFUSED,
    Keys,
    LinkRefusedError,
    Purpose,
    open_token,
    sign,
    token_hash,
)
from playcall.engine.respond.nonces import (
    LIFETIME,
    new_nonce,
    open_nonce,
    suspicion,
)

OLD, NEW = "o" * 32, "n" * 32
KEYS = Keys((NEW, OLD))
NOW = datetime(2026, 3, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
TOKEN = sign(KEYS, "survey", "link1", LATER)


def refusal(keys: Keys, purpose: Purpose, token: str, now: datetime = NOW) -> str:
    with pytest.raises(LinkRefusedError) as refused:
        open_token(keys, purpose, token, now)
    return refused.value.refusal


def test_a_token_opens_for_its_purpose_until_it_expires() -> None:
    opened = open_token(KEYS, "survey", TOKEN, LATER - timedelta(seconds=1))
    assert (opened.link, opened.purpose, opened.expires_at) == ("link1", "survey", LATER)
    assert refusal(KEYS, "survey", TOKEN, LATER) == "expired"


def test_the_signature_is_sha256_with_the_purpose_as_salt() -> None:
    signer = Signer(NEW, salt="playcall.link.survey", key_derivation="hmac", digest_method=hashlib.sha256)
    assert signer.sign(f"link1.{int(LATER.timestamp())}").decode() == TOKEN
    assert len(TOKEN.rpartition(".")[2]) == 43  # 32 bytes


@pytest.mark.parametrize("purpose", [one for one in PURPOSES if one != "survey"])
def test_a_token_opens_nothing_else(purpose: Purpose) -> None:
    assert refusal(KEYS, purpose, TOKEN) == "purpose"


def test_keys_rotate() -> None:
    by_old = sign(Keys((OLD,)), "quote", "link1", LATER)
    assert open_token(KEYS, "quote", by_old, NOW).link == "link1"
    assert sign(KEYS, "quote", "link1", LATER) != by_old
    assert refusal(Keys((NEW,)), "quote", by_old) == "tampered"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "tampered"),
        (".", "tampered"),
        ("link1", "tampered"),
        ("link1.99999999999." + "A" * 43, "tampered"),
        ("ｌink1." + TOKEN, "malformed"),
        (TOKEN + "\n", "tampered"),
        (" " + TOKEN, "tampered"),
        ("x" * 201, "malformed"),
        (TOKEN.replace("link1", "link2"), "tampered"),
        (TOKEN.replace(str(int(LATER.timestamp())), "99999999999"), "tampered"),
    ],
)
def test_what_was_not_signed_is_refused(token: str, why: str) -> None:
    assert refusal(KEYS, "survey", token) == why


@given(st.integers(0, len(TOKEN) - 1), st.characters(min_codepoint=33, max_codepoint=126))
@example(len(TOKEN) - 1, chr(ord(TOKEN[-1]) + 1))  # of 43 base64 characters the last carries four bits only
@example(TOKEN.index("_"), "/")  # as base64 has it where no URL is meant
def test_no_character_of_a_token_can_be_changed(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    if changed != TOKEN:
        assert refusal(KEYS, "survey", changed) == "tampered"


def test_people_hear_one_sentence() -> None:
    assert set(REFUSED) == {"en", "ja"}


def test_the_hash_of_a_token_is_of_all_of_it() -> None:
    assert token_hash(TOKEN) == hashlib.sha256(TOKEN.encode()).hexdigest()


@pytest.mark.parametrize(
    ("secrets", "why"),
    [((), "need a key"), (("short",), "shorter than 32"), ((NEW, NEW), "the same")],
)
def test_bad_keys_are_said(secrets: tuple[str, ...], why: str) -> None:
    with pytest.raises(PlaycallError, match=why):
        Keys(secrets)


def test_a_nonce_is_of_one_page() -> None:
    posted = new_nonce(KEYS, "link1", NOW)
    assert posted != new_nonce(KEYS, "link1", NOW)
    found = open_nonce(KEYS, "link1", posted, NOW + timedelta(minutes=5))
    assert (found.link, found.made_at, len(found.text)) == ("link1", NOW, 22)


@pytest.mark.parametrize(
    ("link", "posted", "after", "why"),
    [
        ("link2", "", timedelta(0), "purpose"),
        ("link1", "x", timedelta(0), "tampered"),
        ("link1", "", LIFETIME, "expired"),
        ("link1", "", -timedelta(minutes=2), "expired"),
    ],
)
def test_a_nonce_of_elsewhere_is_refused(link: str, posted: str, after: timedelta, why: str) -> None:
    made = posted + new_nonce(KEYS, "link1", NOW)
    with pytest.raises(LinkRefusedError) as refused:
        open_nonce(KEYS, link, made, NOW + after)
    assert refused.value.refusal == why


def test_a_token_is_no_nonce() -> None:
    with pytest.raises(LinkRefusedError):
        open_nonce(KEYS, "link1", TOKEN, NOW)


@pytest.mark.parametrize(
    ("page", "delivered", "others", "why"),
    [
        (1, 3600, 0, "page"),
        (2, 3600, 0, ""),
        (30, 59, 0, "delivery"),
        (30, 60, 0, ""),
        (30, None, 4, ""),
        (30, None, 5, "many"),
    ],
)
def test_answers_that_look_automated(page: int, delivered: int | None, others: int, why: str) -> None:
    delivered_at = None if delivered is None else NOW - timedelta(seconds=delivered)
    assert suspicion(NOW, NOW - timedelta(seconds=page), delivered_at, others) == why
