"""What each paragraph of a PDF is: heading, list item, quotation, table, text; notes follow what refers to them."""

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from pipeline.records import PassageKind
from pipeline.stages.ingest.blocks import Block
from pipeline.stages.ingest.healing import LONGEST_HEADING, is_attribution, join_lines
from pipeline.stages.ingest.pdf_asides import OPEN_QUOTATION, texts
from pipeline.stages.ingest.pdf_lines import Line
from pipeline.stages.ingest.pdf_paragraphs import BULLET, NUMBER, SENTENCE_END, Paragraph
from pipeline.stages.ingest.pdf_tables import table_text, unruled_rows, whole_tables

_Type = tuple[float, bool, bool]  # size, bold, capitals
_LONGEST_HEADING = 180
_DEEPEST = 6
_HEADLINE = 1.6  # times the size of the text
_NEXT_HEADLINE = 1.12


@dataclass(frozen=True, slots=True)
class Setting:
    """How a document is set.

    `body`: its usual type size; `first_line`: how far first lines of paragraphs are usually indented, in points, 0 for
    not at all. `words`: of the whole document, for `join_lines`.
    """

    body: float
    first_line: float
    words: AbstractSet[str]


def first_line_indent(paragraphs: Sequence[Paragraph]) -> float:
    """Return how far the first lines of paragraphs are usually indented, in points; 0: not at all."""
    long = [paragraph.lines for paragraph in paragraphs if len(paragraph.lines) > 2]
    indents = Counter(round(lines[0].indent) for lines in long if lines[0].indent > 5 and lines[1].indent < 2)
    indent, times = max(indents.items(), key=lambda entry: (entry[1], -entry[0]), default=(0, 0))
    return indent if times > 1 else 0


def blocks_of(paragraphs: list[Paragraph], notes: dict[tuple[int, str], str], setting: Setting) -> list[Block]:
    """Decide what each paragraph is; a note follows the block that refers to it."""
    levels = _levels([paragraph for paragraph in paragraphs if _is_heading(paragraph, setting.body)], setting.body)
    blocks: list[Block] = []
    waiting = dict(notes)
    for paragraph in whole_tables(paragraphs):
        for key in [key for key in waiting if key[0] < paragraph.first.page]:
            blocks.append(Block("note", waiting.pop(key), page=key[0]))
        blocks.extend(_with_attribution(blocks, _block(paragraph, levels, setting)))
        for line in paragraph.lines:
            for mark in line.marks:
                if (line.page, mark) in waiting:
                    blocks.append(Block("note", waiting.pop((line.page, mark)), page=line.page))
    return [*blocks, *(Block("note", text, page=page) for (page, _), text in waiting.items())]


def _with_attribution(blocks: list[Block], block: Block) -> list[Block]:
    """Join a quotation, the last block, and the line after it that says whose words they are."""
    if blocks and blocks[-1].kind == "quote" and is_attribution(block.text) and block.kind in {"quote", "paragraph"}:
        blocks[-1] = replace(blocks[-1], text=f"{blocks[-1].text}\n{block.text}")
        return []
    return [block] if block.text else []


def _block(paragraph: Paragraph, levels: dict[_Type, int], setting: Setting) -> Block:
    first = paragraph.first
    if first.rows:
        return Block("table", table_text(first.rows), page=first.page)
    if first.tabular:
        return Block("table", table_text(unruled_rows(paragraph.lines)), page=first.page)
    if _is_heading(paragraph, setting.body):
        text = join_lines(texts(paragraph.lines), setting.words)
        return Block("heading", text, level=levels[_type(first)], page=first.page)
    text = _text(paragraph, setting.words)
    bullet = BULLET.match(text)
    if bullet:
        return Block("list_item", text[bullet.end() :].strip() or text, page=first.page)
    return Block(_kind(paragraph, text, setting), text, page=first.page)


def _text(paragraph: Paragraph, words: AbstractSet[str]) -> str:
    """Join the lines; those that the writer ended on purpose stay lines."""
    parts: list[list[str]] = [[]]
    for number, line in enumerate(paragraph.lines):
        parts[-1].append(line.text)
        if number in paragraph.breaks:
            parts.append([])
    return "\n".join(join_lines(part, words) for part in parts if part)


def _kind(paragraph: Paragraph, text: str, setting: Setting) -> PassageKind:
    if NUMBER.match(text) and _hangs(paragraph):
        return "list_item"
    if _is_set_off(paragraph, setting) or (paragraph.first.size > 1.1 * setting.body and OPEN_QUOTATION.match(text)):
        return "quote"
    return "paragraph"


def _hangs(paragraph: Paragraph) -> bool:
    first = paragraph.first
    return first.indent > 5 or any(line.x0 > first.x0 + 5 and line.zone == first.zone for line in paragraph.lines[1:])


def _is_set_off(paragraph: Paragraph, setting: Setting) -> bool:
    """Tell a block quotation: indented on both sides, or in italics and indented; a drawn box is none."""
    lines = paragraph.lines
    if any(line.boxed for line in lines) or min(line.indent for line in lines) < 1.2 * lines[0].size:
        return False
    if all(line.italic for line in lines) and (len(lines) > 1 or SENTENCE_END.search(lines[0].text)):
        return True
    if len(lines) == 2 and abs(lines[0].indent - setting.first_line) < 2:
        return False  # two short paragraphs
    margin = min(line.edge - line.x1 for line in lines)
    is_centred = len(lines) == 1 or len({round(line.x0 / 4) for line in lines}) > 2
    return len(lines) > 1 and margin > 1.2 * lines[0].size and not is_centred


def _is_heading(paragraph: Paragraph, body: float) -> bool:
    """Tell a heading: few lines in larger, bold or capital type that are no sentence."""
    first, text = paragraph.first, " ".join(texts(paragraph.lines))
    if first.rows or first.tabular or len(paragraph.lines) > 4 or len(text) > _LONGEST_HEADING:
        return False
    if first.boxed and not (first.bold and len(text) <= LONGEST_HEADING and not OPEN_QUOTATION.match(text)):
        return False
    if BULLET.match(text) or not any(char.isalpha() for char in text) or re.search(r"[.,;]$", text):
        return False
    if first.size > 1.12 * body:
        return not OPEN_QUOTATION.match(text) or first.bold
    return first.size > 0.9 * body and (first.bold or (text.isupper() and len(text) > 5 and len(paragraph.lines) < 3))


def _type(line: Line) -> _Type:
    return round(line.size * 2) / 2, line.bold, line.text.isupper()


def _levels(headings: list[Paragraph], body: float) -> dict[_Type, int]:
    """Rank the types of the headings by size and weight; a title that stands alone takes no rank of its own."""
    types = [_type(heading.first) for heading in headings]
    alone = types[:1] if types and types.count(types[0]) == 1 and types[0] == max(types) else []
    ranks: dict[_Type, int] = {}
    before: _Type | None = None
    for each in sorted(set(types) - set(alone), reverse=True):
        ranks[each] = (
            ranks[before] if before and _are_one_rank(before, each, body) else max(ranks.values(), default=0) + 1
        )
        before = each
    return {each: min(_DEEPEST, rank) for each, rank in ranks.items()} | dict.fromkeys(alone, 1)


def _are_one_rank(larger: _Type, smaller: _Type, body: float) -> bool:
    """Tell headlines of articles, which are set as large as there is room, from two ranks of headings."""
    near = larger[0] <= _NEXT_HEADLINE * smaller[0] if smaller[0] > _HEADLINE * body else larger[0] <= smaller[0] + 0.5
    return near and larger[1:] == smaller[1:]
