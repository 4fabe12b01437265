"""What the world's mail servers find in the DNS about the domains that messages come from: SPF (RFC 7208),
DKIM (RFC 6376), DMARC (RFC 7489), and where answers go (MX). Asked only where a channel really sends mail.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import TYPE_CHECKING, Final

from ....dsl.frozen import frozen
from ...catalog.model import Project
from .check import Check, fail, ok, warn

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS: Final = 3.0  # for one answer
MOST_DOMAINS: Final = 10
MOST_LOOKUPS: Final = 10  # RFC 7208, 4.6.4
LEAST_RSA: Final = 270  # bytes of a key of 2048 bits in DER (RFC 8301 asks for as many)
_LOOKS_UP = re.compile(r"(?:include:|exists:|redirect=|(?:a|mx|ptr)(?:[:/]|$))")


class NoAnswerError(Exception):
    """The DNS could not be asked; the text says why."""


@frozen
class Asking:
    """How the DNS is asked: ``resolver`` is ``ADDRESS`` or ``ADDRESS:PORT`` (empty: the system's),
    ``selector`` names the key that the mail server signs with (DKIM; empty: it is not known)."""

    resolver: str = ""
    selector: str = ""


@dataclass(slots=True)
class Dns:
    """Answers of the DNS, each asked for once."""

    _resolver: Resolver
    _known: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @classmethod
    def at(cls, resolver: str) -> Dns:
        """Raises ``NoAnswerError`` where none is configured."""
        from dns.resolver import NoResolverConfiguration, Resolver

        try:
            made = Resolver(configure=not resolver)
            if resolver:
                host, _, port = resolver.partition(":")
                made.nameservers, made.port = [host], int(port or 53)
        except (NoResolverConfiguration, ValueError, OSError) as error:
            raise NoAnswerError(f"there is no resolver to ask: {error}") from None
        made.lifetime = SECONDS
        return cls(made)

    def ask(self, name: str, kind: str) -> list[str]:
        """The records of a name as text; empty where there are none. Raises ``NoAnswerError``."""
        place = (name.lower(), kind)
        if place not in self._known:
            self._known[place] = self._asked(*place)
        return self._known[place]

    def _asked(self, name: str, kind: str) -> list[str]:
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            answer = self._resolver.resolve(name, kind)
        except (NXDOMAIN, NoAnswer):
            return []
        except DNSException as error:
            raise NoAnswerError(f"the DNS gives no answer about {name}: {error}") from None
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [record.to_text() for record in answer]


def senders(project: Project, asking: Asking) -> Iterator[Check]:
    """The checks of every domain that messages come from."""
    for domain, return_paths in _domains(project).items():
        try:
            dns = Dns.at(asking.resolver)
            yield from _domain(dns, domain, return_paths, asking.selector)
        except NoAnswerError as error:
            advice = "ask another resolver: playcall doctor --resolver ADDRESS"
            yield warn(f"domain {domain}", f"SPF, DKIM and DMARC were not checked: {error}", advice)
            return


def _domains(project: Project) -> dict[str, bool]:
    """The domains of senders, and whether reports come back to each (it stands in MAIL FROM)."""
    mail = [config for config in project.channels.values() if config.adapter == "smtp"]
    if not mail:
        return {}
    froms = [str(config.options.get("from") or "") for config in mail]
    froms += [user.get("email", "") for user in project.users.values()]
    returns = [str(config.options["bounces"]) for config in mail if config.options.get("bounces")]
    names = list(dict.fromkeys(filter(None, map(_domain_of, [*returns, *froms]))))[:MOST_DOMAINS]
    back = set(map(_domain_of, returns)) or set(names)
    return {name: name in back for name in names}


def _domain_of(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2].strip().lower()


def _domain(dns: Dns, domain: str, return_paths: bool, selector: str) -> Iterator[Check]:
    if return_paths:
        yield _spf(dns, domain)
        yield _mx(dns, domain)
    yield _dkim(dns, domain, selector)
    yield _dmarc(dns, domain)


def _spf(dns: Dns, domain: str) -> Check:
    name = f"SPF of {domain}"
    found = _policies(dns, domain)
    if not found:
        advice = f'publish a TXT record for {domain}: "v=spf1 include:YOUR-MAIL-SERVICE -all"'
        return fail(name, "there is none: what is sent looks forged to many", advice)
    if len(found) > 1:
        return fail(name, f"there are {len(found)}, so that none counts", "leave one of the TXT records")
    terms = found[0].lower().split()[1:]
    lookups = _lookups(dns, domain, MOST_LOOKUPS + 1)
    if lookups > MOST_LOOKUPS:
        advice = "name addresses (ip4:, ip6:) in the place of some `include:`"
        return fail(name, f"it takes more than {MOST_LOOKUPS} look-ups: receivers give up", advice)
    if any(term in ("+all", "all") for term in terms):
        return fail(name, "`+all` lets everybody send in your name", "end it with -all")
    if not any(term.endswith("all") or term.startswith("redirect=") for term in terms):
        return warn(name, f"it does not say what is forged: {found[0]}", "end it with -all or ~all")
    return ok(name, found[0])


def _policies(dns: Dns, domain: str) -> list[str]:
    return [text for text in dns.ask(domain, "TXT") if text.lower().split(" ")[0] == "v=spf1"]


def _lookups(dns: Dns, domain: str, left: int) -> int:
    """How many look-ups a receiver needs for it, up to ``left``."""
    count = 0
    for term in (_policies(dns, domain) or [""])[0].lower().split()[1:]:
        bare = term.lstrip("+-~?")
        if count >= left or not _LOOKS_UP.match(bare):
            continue
        count += 1
        for word in ("include:", "redirect="):
            if bare.startswith(word):
                count += _lookups(dns, bare.removeprefix(word), left - count)
    return count


def _mx(dns: Dns, domain: str) -> Check:
    name = f"MX of {domain}"
    found = dns.ask(domain, "MX")
    if any(record.endswith(" .") for record in found):
        return warn(name, "it takes no mail (RFC 7505): reports and replies are lost", "publish an MX record")
    if not found and not dns.ask(domain, "A") and not dns.ask(domain, "AAAA"):
        return fail(name, "mail cannot go there: reports and replies are lost", "publish an MX record")
    return ok(name, ", ".join(sorted(found)) or "its own address")


def _dkim(dns: Dns, domain: str, selector: str) -> Check:
    name = f"DKIM of {domain}"
    if not selector:
        where = "`s=` in the DKIM-Signature of a message that was sent"
        return ok(name, f"not checked: say which key signs with --dkim SELECTOR ({where})")
    place = f"{selector}._domainkey.{domain}"
    found = [text for text in dns.ask(place, "TXT") if "p=" in text]
    if not found:
        return fail(name, f"there is no key at {place}", "publish the key of your mail server there")
    tags = dict(tag.strip().partition("=")[::2] for tag in found[0].split(";"))
    key = "".join(tags.get("p", "").split())
    if not key:
        return fail(name, f"the key at {place} is revoked", "let the mail server sign with one that is not")
    if tags.get("k", "rsa") == "rsa" and _size(key) < LEAST_RSA:
        return warn(name, f"the key at {place} is shorter than 2048 bits", "make a longer one")
    return ok(name, f"a key at {place}")


def _size(key: str) -> int:
    try:
        return len(base64.b64decode(key))
    except (binascii.Error, ValueError):
        return 0


def _dmarc(dns: Dns, domain: str) -> Check:
    name = f"DMARC of {domain}"
    for parent in _upwards(domain):
        found = [text for text in dns.ask(f"_dmarc.{parent}", "TXT") if text.lower().startswith("v=dmarc1")]
        if len(found) > 1:
            return fail(name, f"_dmarc.{parent} has {len(found)}, so that none counts", "leave one of them")
        if found:
            return _policy(name, found[0])
    advice = f'publish a TXT record for _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:…", then p=quarantine'
    return fail(name, "there is none: Gmail and others take no bulk mail without it", advice)


def _policy(name: str, text: str) -> Check:
    tags = dict(tag.strip().lower().partition("=")[::2] for tag in text.split(";"))
    if tags.get("p") not in ("quarantine", "reject"):
        return warn(name, f"it only watches: {text}", "when its reports are clean, say p=quarantine")
    return ok(name, text)


def _upwards(domain: str) -> Sequence[str]:
    """A domain and those above it, down to two labels: a policy holds for what lies below."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
