"""Markdown, by a CommonMark parser; its marks are gone from the text, as a person would read it rendered.

>>> [(block.kind, block.level, block.text) for block in read_markdown("# Who *leads*?\\n\\n- one\\n- **two**").blocks]
[('heading', 1, 'Who leads?'), ('list_item', None, 'one'), ('list_item', None, 'two')]
"""

import re
from collections.abc import Sequence
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.healing import clean
from pipeline.stages.ingest.quality import count
from pipeline.stages.ingest.structure import finish

_FRONT_MATTER = re.compile(r"\A---\n(?P<fields>.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
# What is never closed goes on to the end, as in a browser; to look for its end at every opening would take too long.
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LONGEST_NAVIGATION = 160
_MARKS = ("'", '"')
_FIELD = re.compile(r"^(title|author|date):(.*)$", re.MULTILINE)


def read_markdown(text: str) -> Reading:
    """Read Markdown (CommonMark with tables); YAML front matter gives hints."""
    hints: dict[str, str] = {}
    front = _FRONT_MATTER.match(text)
    if front:
        hints = {name: _unquoted(value.strip()) for name, value in _FIELD.findall(front["fields"])}
        text = text[front.end() :]
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    removed = [_text(token.children or []) for token in tokens if _is_navigation(token)]
    blocks = _blocks([token for token in tokens if not _is_navigation(token)])
    return Reading(finish(blocks), hints=hints, removed=removed, seen=sum(map(_letters, tokens)))


def _letters(token: Token) -> int:
    if token.type == "inline":
        return count(_text(token.children or []))
    return count(_without_tags(token.content)) if token.type in {"fence", "code_block", "html_block"} else 0


def _blocks(tokens: Sequence[Token]) -> list[Block]:
    blocks: list[Block] = []
    context: list[str] = []
    rows: list[list[str]] = []
    for number, token in enumerate(tokens):
        if token.nesting == 1:
            context.append(token.type)
        elif token.nesting == -1:
            context.pop()
            if token.type == "table_close":
                blocks.append(Block("table", "\n".join("\t".join(row) for row in rows)))
                rows = []
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            text = _text(token.children or [])
            if "table_open" in context:
                rows[-1].append(text.replace("\n", " "))
            elif text:
                blocks.append(_block(text, context, tokens[number - 1]))
        elif token.type in {"fence", "code_block", "html_block"}:
            text = _without_tags(token.content) if token.type == "html_block" else token.content
            blocks.append(Block("paragraph", clean(text).strip()))
    return _merge_quotes([block for block in blocks if block.text])


def _without_tags(html: str) -> str:
    """Return the words of a stretch of HTML inside Markdown."""
    return unescape(_TAG.sub(" ", _UNSEEN.sub(" ", html)))


def _is_navigation(token: Token) -> bool:
    """Tell a line with a link back to the top of the page."""
    if token.type != "inline":
        return False
    links = [str(child.attrs.get("href")) for child in token.children or [] if child.type == "link_open"]
    return any(link in {"#", "#top"} for link in links) and len(token.content) <= _LONGEST_NAVIGATION


def _unquoted(value: str) -> str:
    """Return a value without the marks around it."""
    return value[value[:1] in _MARKS : len(value) - (value[-1:] in _MARKS and len(value) > 1)]


def _block(text: str, context: list[str], opening: Token) -> Block:
    if context[-1] == "heading_open":
        return Block("heading", text.replace("\n", " "), level=int(opening.tag[1]))
    if "blockquote_open" in context:
        return Block("quote", text)
    if "list_item_open" in context:
        return Block("list_item", text.replace("\n", " "))
    return Block("paragraph", text)


def _text(children: Sequence[Token]) -> str:
    """Render inline tokens as plain text; a hard break stays a line break, a soft one is a space."""
    parts: list[str] = []
    for child in children:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "html_inline" and _BREAK.match(child.content):
            parts.append("\n")
    return clean("".join(parts)).strip()


def _merge_quotes(blocks: list[Block]) -> list[Block]:
    """Keep an attribution line in one block with the quotation above it."""
    merged: list[Block] = []
    for block in blocks:
        if merged and block.kind == merged[-1].kind == "quote" and block.text[:1] in "—–-":
            merged[-1] = Block("quote", f"{merged[-1].text}\n{block.text}")
        else:
            merged.append(block)
    return merged
