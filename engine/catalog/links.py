"""Where customers open the pages that messages link to, and the keys that sign those links."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...dsl.frozen import frozen
from ..document import Scalar
from ..shape import Fields, as_list, read_fields, read_text, shape
from .secrets import HELP

NO_ADDRESS = "surveys and quotes are answered on a page, which has no address"
ADD_LINKS = 'add `links: {url: "https://…", keys: ["${LINK_KEY}"]}` to playcall.yaml'
LINKS = shape("`links`", "url keys", "url")
_HERE = ("localhost", "127.0.0.1", "::1")


@frozen
class LinkConfig:
    """``links`` of playcall.yaml: the address under which `playcall serve` is reached, without a slash at its
    end, and the secrets, the newest first: it signs, all of them verify. Pages on this machine need none: a
    key is made for them where the first link is signed."""

    url: str
    keys: tuple[str, ...]


def read_links(fields: Fields) -> LinkConfig | None:
    """The configured links; None where there are none, or they are wrong, which is reported."""
    node = fields.get("links")
    links = read_fields(node, LINKS, fields.findings) if node is not None else None
    if links is None:
        return None
    url, keys = _url(links), _keys(links)
    if "keys" not in links and url is not None and urlsplit(url).hostname not in _HERE:
        message = "`links` has no `keys`, which sign what customers open"
        links.findings.add("E106", links.node.location, message, 'add keys: ["${LINK_KEY}"]')
    wrong = url is None or ("keys" in links) != bool(keys)
    return None if wrong or url is None else LinkConfig(url, keys)


def _url(links: Fields) -> str | None:
    url = links.text("url")
    if url is None or "${" in url:
        return url
    parts = urlsplit(url)
    local = parts.hostname in _HERE
    if parts.hostname and not parts.query and not parts.fragment and parts.scheme in ("https", "http"):
        if parts.scheme == "https" or local:
            return url.rstrip("/")
        help_text = "what the link proves could be read on the way; write https://"
        links.findings.add("E107", links.location("url"), "`url` is not encrypted", help_text)
        return None
    message = f"`url` is the address of the pages, such as https://renewals.example.com, not `{url}`"
    links.findings.add("E107", links.location("url"), message)
    return None


def _keys(links: Fields) -> tuple[str, ...]:
    found: list[str] = []
    for item in as_list(links.get("keys")):
        text = read_text(item, links.findings, "`keys`")
        if text is not None and "${" not in text and isinstance(item, Scalar):
            links.findings.add("E111", item.location, "`keys` holds a secret as literal text", HELP)
        elif text is not None:
            found.append(text)
    return tuple(found)
