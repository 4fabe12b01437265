"""Names of companies and people, drawn from the word lists without repetition where a key hangs on it."""

from __future__ import annotations

import itertools
from random import Random

from ...dsl.frozen import frozen
from . import words


@frozen
class CompanyName:
    """What a company is called, and its mail domain."""

    name: str
    domain: str


@frozen
class PersonName:
    """What a person is called, and the part of a mail address before the @."""

    name: str
    mailbox: str


def japanese_companies(rng: Random, count: int) -> list[CompanyName]:
    """``count`` different Japanese companies; raises ValueError when the words do not reach."""
    pairs = rng.sample(list(itertools.product(words.JA_STEMS, words.JA_TRADES)), count)
    return [
        CompanyName(_japanese_form(rng, stem + trade, trade), f"{stem_latin}-{trade_latin}.example")
        for (stem, stem_latin), (trade, trade_latin) in pairs
    ]


def _japanese_form(rng: Random, name: str, trade: str) -> str:
    if trade in words.JA_PLAIN_TRADES:
        return name
    return f"株式会社{name}" if rng.random() < 0.6 else f"{name}株式会社"


def western_companies(rng: Random, countries: list[str]) -> list[CompanyName]:
    """A different company for each country code; raises ValueError when the words do not reach."""
    parts = itertools.product(words.EN_HEADS, words.EN_TAILS, words.EN_TRADES)
    names = rng.sample(list(parts), len(countries))
    return [
        CompanyName(
            f"{head}{tail} {trade} {words.EN_FORMS[country]}",
            f"{head}{tail}-{trade}.example".lower(),
        )
        for (head, tail, trade), country in zip(names, countries, strict=True)
    ]


def person(rng: Random, japanese: bool) -> PersonName:
    """A person; two people may share a name, as people do."""
    if japanese:
        surname, surname_latin = rng.choice(words.JA_SURNAMES)
        given, given_latin = rng.choice(words.JA_GIVEN)
        return PersonName(f"{surname} {given}", f"{given_latin}.{surname_latin}")
    given, surname = rng.choice(words.EN_GIVEN), rng.choice(words.EN_SURNAMES)
    return PersonName(f"{given} {surname}", f"{given}.{surname}".lower())
