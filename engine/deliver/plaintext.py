"""The plain-text part of a message, written from the Markdown's syntax tree."""

from __future__ import annotations

import re

from markdown_it.tree import SyntaxTreeNode

# Marks an address behind a link's words; these control characters cannot come from a template.
LINK_TAIL = re.compile("\x01(?P<url>[^\x02]*)\x02")


def write_plain(node: SyntaxTreeNode) -> str:
    """Readable text: links as ``words: URL`` (the URL between the marks of ``LINK_TAIL``), lists with dashes
    or numbers, tables with bars, no other markup."""
    return _blocks(node.children, "\n\n") + "\n"


def _blocks(nodes: list[SyntaxTreeNode], gap: str) -> str:
    return gap.join(filter(None, (_block(node) for node in nodes)))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "bullet_list":
            return _items(node, ["- "] * len(node.children))
        case "ordered_list":
            start = int(node.attrs.get("start", 1))
            return _items(node, [f"{start + index}. " for index in range(len(node.children))])
        case "blockquote":
            return _indent(_blocks(node.children, "\n\n"), "> ", "> ")
        case "fence":
            return _indent(node.content.rstrip("\n"), "    ", "    ")
        case "hr":
            return "-" * 40
        case "table":
            rows = [row for part in node.children for row in part.children]
            return "\n".join(" | ".join(_blocks(cell.children, " ") for cell in row.children) for row in rows)
        case "inline":
            return _inline(node.children)
        case _:
            return _blocks(node.children, "\n")


def _items(node: SyntaxTreeNode, marks: list[str]) -> str:
    tight = all(
        child.hidden for item in node.children for child in item.children if child.type == "paragraph"
    )
    gap = "\n" if tight else "\n\n"
    pairs = zip(marks, node.children, strict=True)
    return gap.join(_indent(_blocks(item.children, gap), mark, " " * len(mark)) for mark, item in pairs)


def _indent(text: str, first: str, rest: str) -> str:
    return first + text.replace("\n", "\n" + rest)


def _inline(nodes: list[SyntaxTreeNode]) -> str:
    return "".join(_span(node) for node in nodes)


def _span(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "text" | "code_inline" | "text_special":
            return node.content
        case "link":
            words, url = _inline(node.children), str(node.attrs["href"])
            return words if words == url or f"mailto:{words}" == url else f"{words}\x01{url}\x02"
        case _:
            return _inline(node.children)
