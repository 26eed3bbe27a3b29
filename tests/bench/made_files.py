"""Writes the blocks of a made document as a file: plain text, Markdown, HTML or DOCX."""

import html
import io
import textwrap
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

SUFFIXES = {".txt": 50, ".md": 25, ".html": 20, ".docx": 5}
"""How often each format is drawn, in percent."""


@dataclass(frozen=True)
class Block:
    """A passage to write. `level`: of headings, from 1; 0 for all else."""

    kind: str
    text: str
    level: int = 0


def rendered(path: str, blocks: Sequence[Block]) -> bytes:
    """Return the bytes of a file; its format is that of its name."""
    return _RENDERERS[PurePosixPath(path).suffix](blocks)


def _text(blocks: Sequence[Block]) -> bytes:
    return ("\n\n".join(_grouped(blocks, _plain)) + "\n").encode()


def _plain(block: Block) -> str:
    if block.kind in {"heading", "table"}:
        return block.text
    if block.kind == "list_item":
        return textwrap.fill(_line(block), 88, initial_indent="- ", subsequent_indent="  ")
    indent = "        " if block.kind == "quote" else ""
    return textwrap.fill(_line(block), 88, initial_indent=indent, subsequent_indent=indent)


def _markdown(blocks: Sequence[Block]) -> bytes:
    return ("\n\n".join(_grouped(blocks, _marked)) + "\n").encode()


def _marked(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * block.level} {_line(block)}"
    if block.kind == "table":
        head, *rows = ("| " + " | ".join(row) + " |" for row in _rows(block))
        return "\n".join([head, "|" + "---|" * len(_rows(block)[0]), *rows])
    mark = {"list_item": "- ", "quote": "> "}.get(block.kind, "")
    return f"{mark}{_line(block)}"


def _grouped(blocks: Sequence[Block], write: Callable[[Block], str]) -> Iterable[str]:
    """Yield what is written; list items that follow each other stand in lines that do, too."""
    lines: list[str] = []
    for block in blocks:
        if block.kind != "list_item" and lines:
            yield "\n".join(lines)
            lines = []
        if block.kind == "list_item":
            lines.append(write(block))
        else:
            yield write(block)
    if lines:
        yield "\n".join(lines)


def _html(blocks: Sequence[Block]) -> bytes:
    title = html.escape(_line(blocks[0]))
    body = "\n".join(_element(block) for block in blocks).replace("</li></ul>\n<ul><li>", "</li>\n<li>")
    head = f'<meta charset="utf-8">\n<title>{title}</title>'
    nav = '<nav><a href="/">Home</a> <a href="/meetings">Meetings</a></nav>'
    parts = ('<!DOCTYPE html>\n<html lang="en">\n<head>', head, "</head>\n<body>", nav, "<main>", body, "</main>")
    return "\n".join([*parts, "</body>\n</html>\n"]).encode()


def _element(block: Block) -> str:
    if block.kind == "table":
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in _rows(block))
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
    text = html.escape(_line(block), quote=False)
    if block.kind == "heading":
        return f"<h{block.level}>{text}</h{block.level}>"
    form = {"list_item": "<ul><li>{}</li></ul>", "quote": "<blockquote><p>{}</p></blockquote>"}
    return form.get(block.kind, "<p>{}</p>").format(text)


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLE_NAMES = {
    "Normal": "Normal", "Heading1": "heading 1", "Heading2": "heading 2", "Heading3": "heading 3",
    "ListBullet": "List Bullet", "Quote": "Quote",
}  # fmt: skip
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
    for key, name in _STYLE_NAMES.items()
)
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "word/styles.xml": f'<w:styles xmlns:w="{_WORD}">{_STYLES}</w:styles>',
}


def _docx(blocks: Sequence[Block]) -> bytes:
    body = "".join(map(_paragraphs, blocks))
    parts = {**_PARTS, "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():  # a fixed date, so that the same blocks are the same bytes
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), _XML + content)
    return file.getvalue()


def _paragraphs(block: Block) -> str:
    if block.kind == "table":
        rows = ("".join(f"<w:tc>{_paragraph(cell, 'Normal')}</w:tc>" for cell in row) for row in _rows(block))
        return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"
    heading = f"Heading{min(3, block.level)}"
    style = {"heading": heading, "list_item": "ListBullet", "quote": "Quote"}.get(block.kind, "Normal")
    return _paragraph(_line(block), style)


def _paragraph(text: str, style: str) -> str:
    run = f'<w:r><w:t xml:space="preserve">{html.escape(text, quote=False)}</w:t></w:r>'
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run}</w:p>'


def _line(block: Block) -> str:
    return " ".join(block.text.split())


def _rows(block: Block) -> list[list[str]]:
    return [row.split("\t") for row in block.text.splitlines()]


_RENDERERS = {".txt": _text, ".md": _markdown, ".html": _html, ".docx": _docx}
