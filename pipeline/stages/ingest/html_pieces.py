"""What blocks of a web page show only beside each other: headings without a tag, pull quotes that repeat the text."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from pipeline.stages.ingest.blocks import Block
from pipeline.stages.ingest.healing import LONGEST_HEADING, bare_words, is_repeated
from pipeline.stages.ingest.html_walk import Piece

_SHORTEST_TITLE = 12
_TITLE_ZONE = 8  # paragraphs among which the title stands
_SENTENCE_END = re.compile(r"[.:,;!…][”\"’')]*$")
_LABEL_END = re.compile(r"[:.,;]$")


def with_title(pieces: list[Piece], title: str, removed: list[str]) -> list[Piece]:
    """Make a heading of the title of a page that has no other, and take the name of the site above it away."""
    if any(piece.block.kind == "heading" for piece in pieces):
        return pieces
    words = bare_words(title)
    fitting = [i for i, piece in enumerate(pieces[:_TITLE_ZONE]) if _is_part(piece.block.text, words)]
    if not fitting:
        return pieces
    best = max(fitting, key=lambda i: len(pieces[i].block.text))
    removed.extend(pieces[i].block.text for i in fitting if i < best)
    heading = _heading(pieces[best], 1)
    kept = [(i, piece) for i, piece in enumerate(pieces) if i >= best or i not in fitting]
    return [replace(piece, block=heading) if i == best else piece for i, piece in kept]


def _is_part(text: str, title: str) -> bool:
    return len(text) > _SHORTEST_TITLE and f" {bare_words(text)} " in f" {title} "


def with_named_headings(pieces: list[Piece]) -> list[Piece]:
    """Take short paragraphs for headings that share a class of their own and stand above text, where no tag says so."""
    if sum(piece.block.kind == "heading" for piece in pieces) > 1:
        return pieces
    named: dict[str, list[bool]] = {}
    for piece, following in zip_longest(pieces, pieces[1:]):
        above = following is not None and following.name != piece.name and following.block.kind != "heading"
        short = len(piece.block.text) <= LONGEST_HEADING and not _SENTENCE_END.search(piece.block.text)
        named.setdefault(piece.name, []).append(short and above and piece.block.kind == "paragraph")
    names = {name for name, fits in named.items() if name and len(fits) > 1 and all(fits)}
    return [replace(piece, block=_heading(piece, 2)) if piece.name in names else piece for piece in pieces]


def _heading(piece: Piece, level: int) -> Block:
    return Block("heading", " ".join(piece.block.text.split()), level=level)


def with_bold_headings(pieces: list[Piece]) -> list[Piece]:
    """Take short paragraphs in bold type that stand above others for the headings that they are."""
    result: list[Piece] = []
    level = 0
    for piece, following in zip_longest(pieces, pieces[1:]):
        block = piece.block
        if block.kind == "heading":
            level = block.level or level
        elif following and _looks_like_heading(piece, following):
            block = Block("heading", " ".join(block.text.split()), level=min(6, level + 1))
        result.append(replace(piece, block=block))
    return result


def _looks_like_heading(piece: Piece, following: Piece) -> bool:
    text = piece.block.text
    return (
        piece.bold
        and piece.block.kind == "paragraph"
        and len(text) <= LONGEST_HEADING
        and not _LABEL_END.search(text)
        and not following.bold
        and following.block.kind != "heading"
    )


def without_pull_quotes(pieces: list[Piece], removed: list[str]) -> list[Piece]:
    """Remove pull quotes whose words stand in the body as well; keep the others as quotations."""
    body = bare_words(" ".join(piece.block.text for piece in pieces if not piece.pulled))
    result: list[Piece] = []
    for group in _runs(pieces):
        if group[0].pulled and is_repeated(group[0].block.text, body):
            removed.extend(piece.block.text for piece in group)
        elif group[0].pulled:
            text = "\n".join(piece.block.text for piece in group)
            result.append(replace(group[0], block=Block("quote", text)))
        else:
            result.extend(group)
    return result


def _runs(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Yield the pieces of a pull quote together and all others singly."""
    group: list[Piece] = []
    for piece in pieces:
        if group and not (piece.pulled and group[-1].pulled):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group
