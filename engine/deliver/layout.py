"""From a message's shape (Markdown with placeholders) to HTML and plain text that only want filling in.

The shape of a template differs only with its conditions and the length of its lists, so the dear work
(Markdown, cleaning, style) is done once a shape and kept; a message then costs one pass over its pieces.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote

import css_inline
import nh3
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from ...dsl.frozen import frozen
from ..template.sandbox import PLACEHOLDER
from .plaintext import LINK_TAIL, write_plain

_TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol"),
    *("p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"style"}, "th": {"style"}}
_DYNAMIC_LINK = re.compile(
    rf'<a (?P<before>[^>]*?)href="(?P<url>[^"]*{PLACEHOLDER.pattern}[^"]*)"'
    r"(?P<after>[^>]*)>(?P<inner>.*?)</a>",
    re.DOTALL,
)
_SAFE_URL = re.compile(r"(?:https?://[^\s/?#]|mailto:[^\s])[^\s]*", re.IGNORECASE)
_URL_PUNCTUATION = "%/:?#[]@!$&'()*+,;=~-._"

_PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8">\
<meta name="viewport" content="width=device-width, initial-scale=1"><title></title>\
<style>
body {{ margin: 0; padding: 0; background: #ffffff; }}
.page {{ max-width: 640px; margin: 0 auto; padding: 24px; color: #1f2933; font-size: 16px; line-height: 1.7;
  font-family: "Hiragino Sans", "Yu Gothic", Meiryo, "Segoe UI", Helvetica, Arial, sans-serif; }}
h1 {{ font-size: 22px; line-height: 1.4; }} h2 {{ font-size: 19px; }} h3 {{ font-size: 17px; }}
a {{ color: #0b5cad; }}
table {{ border-collapse: collapse; margin: 16px 0; }}
th, td {{ border: 1px solid #d5dce3; padding: 6px 12px; text-align: left; vertical-align: top; }}
th {{ background: #f3f6f9; }}
blockquote {{ margin: 16px 0; padding: 0 16px; border-left: 4px solid #d5dce3; }}
pre, code {{ font-family: Menlo, Consolas, monospace; font-size: 14px; }}
hr {{ border: 0; border-top: 1px solid #d5dce3; }}
</style></head><body><div class="page">{body}</div></body></html>
"""


@frozen
class _Link:
    """A link whose address holds values. ``before`` and ``after`` are the markup around the address, empty in
    plain text; ``inner`` is what stays when the address turns out not to be one."""

    url: tuple[str | int, ...]
    before: str
    after: str
    inner: tuple[str | int, ...]


_Piece = str | int | _Link  # literal text, the number of a value, a link


@frozen
class Layout:
    """A laid-out shape."""

    html_pieces: tuple[_Piece, ...]
    text_pieces: tuple[_Piece, ...]

    def to_html(self, texts: Sequence[str]) -> str:
        """The HTML page with the texts filled in, escaped; newlines in them become line breaks."""
        escaped = [html.escape(text).replace("\n", "<br>\n") for text in texts]
        return "".join(_fill(self.html_pieces, escaped, texts, html.escape))

    def to_text(self, texts: Sequence[str]) -> str:
        """The plain text with the texts filled in as they are."""
        return "".join(_fill(self.text_pieces, texts, texts, _without_scheme))


@lru_cache(512)
def lay_out(shape: str, language: str) -> Layout:
    """Markdown to pieces. Raw HTML in the shape is shown as text; images are not supported."""
    markdown = _markdown()
    tokens = markdown.parse(shape)
    body = nh3.clean(
        markdown.renderer.render(tokens, markdown.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        filter_style_properties={"text-align"},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    page = _inliner().inline(_PAGE.format(language=html.escape(language), body=body))
    text = write_plain(SyntaxTreeNode(tokens))
    return Layout(tuple(_html_pieces(page)), tuple(_text_pieces(text)))


@lru_cache(1)
def _markdown() -> MarkdownIt:
    """CommonMark with tables; a line break in the template is one in the message, as Japanese mail wants it,
    and indented lines (inside {% if %}) are no code."""
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
    return markdown.enable(["table", "strikethrough"]).disable(["code", "image"])


@lru_cache(1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False)


def _html_pieces(page: str) -> Iterator[_Piece]:
    end = 0
    for match in _DYNAMIC_LINK.finditer(page):
        yield from _split(page[end : match.start()])
        before, after = f'<a {match["before"]}href="', f'"{match["after"]}>'
        yield _Link(_split(html.unescape(match["url"])), before, after, _split(match["inner"]))
        end = match.end()
    yield from _split(page[end:])


def _text_pieces(text: str) -> Iterator[_Piece]:
    end = 0
    for match in LINK_TAIL.finditer(text):
        yield from _split(text[end : match.start()])
        yield _Link(_split(match["url"]), ": ", "", ())
        end = match.end()
    yield from _split(text[end:])


def _split(text: str) -> tuple[str | int, ...]:
    """Literal texts and the numbers of the values between them."""
    parts = PLACEHOLDER.split(text)
    pieces = [part if index % 2 == 0 else int(part) for index, part in enumerate(parts)]
    return tuple(piece for piece in pieces if piece != "")


def _fill(
    pieces: Sequence[_Piece], shown: Sequence[str], raw: Sequence[str], escape: Callable[[str], str]
) -> Iterator[str]:
    """The pieces as text: ``shown`` are the values as they stand in running text, ``raw`` for addresses."""
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
        elif isinstance(piece, int):
            yield shown[piece]
        else:
            url = _address(piece.url, raw)
            if url is not None:
                yield f"{piece.before}{escape(url)}{piece.after}"
            yield from _fill(piece.inner, shown, raw, escape)
            if url is not None and piece.after:
                yield "</a>"


def _without_scheme(address: str) -> str:
    """An e-mail address in plain text stands alone."""
    return address.removeprefix("mailto:")


def _address(parts: tuple[str | int, ...], raw: Sequence[str]) -> str | None:
    """A link's address with its values: a value that begins it is taken as a whole address, one further on
    is percent-encoded as data. None unless it is http, https or mailto."""
    keep = "@" if parts[0] == "mailto:" else ""
    filled = [
        part if isinstance(part, str) else raw[part].strip() if index == 0 else quote(raw[part], safe=keep)
        for index, part in enumerate(parts)
    ]
    address = "".join(filled)
    return quote(address, safe=_URL_PUNCTUATION) if _SAFE_URL.fullmatch(address) else None
