"""Plain text, in which only blank lines, capitals, indentation and line lengths show the structure.

>>> text = "Who Leads?\\n\\nThe group met twice in the old gymnasium, and both times it was\\n\\ncold."
>>> [(block.kind, block.text) for block in read_text(text).blocks]
[('heading', 'Who Leads?'), ('paragraph', 'The group met twice in the old gymnasium, and both times it was cold.')]
"""

import re
from dataclasses import dataclass

from pipeline.stages.ingest import numbering, shapes
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.captions import looks_like_captions, read_captions
from pipeline.stages.ingest.healing import clean, join_lines, words_of
from pipeline.stages.ingest.mail import without_mail_marks
from pipeline.stages.ingest.page_furniture import PAGE_BREAK, without_furniture
from pipeline.stages.ingest.structure import finish
from pipeline.stages.ingest.text_tables import tabbed

_WIDEST_WRAP = 120
_FEWEST_LINES = 5
_INDENT = 4
_RAGGED = 2
_FULL_SHARE = 0.75
_HALF_SHARE = 0.5
_FRONT_MATTER_LINE = 90
_LABEL = re.compile(r"[A-Z][^:\n“”\"]{0,60}:\s")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as a person would read it: wrapped lines are one. `indent`: blanks before it."""

    text: str
    indent: int
    gap: bool  # a blank line stood before it


def read_text(text: str) -> Reading:
    """Read plain text; captions are read as such, whatever the file is called."""
    text = text.replace("\r", "")
    if looks_like_captions(text):
        return read_captions(text)
    text, addresses = without_mail_marks(text)
    raw, removed = without_furniture(text)
    raw = tabbed(raw)
    width = _wrap_width(raw)
    lines = _logical_lines(raw, width)
    return Reading(finish(_blocks(lines)), removed=[*addresses, *removed])


def _wrap_width(lines: list[str]) -> int | None:
    """Return the width at which the lines were wrapped by hand or by program; `None`: a line is a paragraph."""
    lengths = sorted(len(line.rstrip()) for line in lines if line.strip())
    if len(lengths) < _FEWEST_LINES:
        return None
    width = lengths[int(0.95 * (len(lengths) - 1))]
    return width if width <= _WIDEST_WRAP else None


def _logical_lines(raw: list[str], width: int | None) -> list[_Line]:
    """Join wrapped lines: a line goes on in the next one when the next one's first word had no room on it."""
    words = words_of(raw)
    lines: list[_Line] = []
    for paragraph in _whole_turns(_raw_paragraphs(raw)):
        indents = [_indent(line) for line in paragraph]
        set_off = width is not None and min(indents) >= _INDENT and max(indents) - min(indents) <= _RAGGED
        limit = max(len(line.rstrip()) for line in paragraph) if set_off else width
        run: list[str] = []
        for line in paragraph:
            if run and (numbering.follows(run[0].strip(), line.strip()) or not _goes_on(run[-1], line, limit)):
                lines.append(_logical(run, words, gap=not lines or run[0] is paragraph[0]))
                run = []
            run.append(line)
        lines.append(_logical(run, words, gap=run[0] is paragraph[0]))
    return [line for line in lines if line.text]


def _raw_paragraphs(raw: list[str]) -> list[list[str]]:
    """Split at blank lines and at lines that are only a rule; a paragraph after a page break begins with its mark."""
    paragraphs: list[list[str]] = [[]]
    new_page = False
    for line in raw:
        if line == PAGE_BREAK:
            new_page = new_page or not paragraphs[-1]
        elif line.strip() and not shapes.is_rule(line):
            if new_page:
                paragraphs[-1].append(PAGE_BREAK)
                new_page = False
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def _whole_turns(paragraphs: list[list[str]]) -> list[list[str]]:
    """Join a speaker's turn, or an item, that a page break cut: it goes on indented, as the lines below labels do."""
    hanging = {_indent(p[1]) - _indent(p[0]) for p in paragraphs if len(p) > 1 and _is_labelled(p[0])} - {0}
    whole: list[list[str]] = []
    for paragraph in paragraphs:
        cut = paragraph[0] == PAGE_BREAK
        lines = paragraph[1:] if cut else paragraph
        before = whole[-1] if whole else None
        if cut and before and _is_labelled(before[0]) and _hangs(lines, _indent(before[0]), hanging):
            before.extend(lines)
        else:
            whole.append(lines)
    return whole


def _is_labelled(line: str) -> bool:
    bare = line.strip()
    return bool(_LABEL.match(bare) or shapes.NUMBERED_ITEM.match(bare) or shapes.BULLET.match(bare))


def _hangs(lines: list[str], left: int, hanging: set[int]) -> bool:
    """Tell whether all lines are indented from the label by one of the usual steps."""
    steps = {_indent(line) - left for line in lines}
    return len(steps) == 1 and min(steps) > 0 and bool(steps & hanging)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _logical(run: list[str], words: frozenset[str], *, gap: bool) -> _Line:
    text = clean(run[0]) if len(run) == 1 else join_lines([clean(line) for line in run], words)
    return _Line(text.strip(), min(map(_indent, run)), gap)


def _goes_on(line: str, following: str, width: int | None) -> bool:
    if width is None or "\t" in line.strip() or "\t" in following.strip():
        return False
    start = following.strip()
    if shapes.BULLET.match(start) or shapes.ATTRIBUTION.match(start) or shapes.begins_field(start):
        return False
    length = len(line.rstrip())
    if line.rstrip()[-1:] in ",;" and length >= _HALF_SHARE * width and not start[:1].isdigit():
        return True
    no_room = length + 1 + len(start.split()[0]) >= width
    return no_room or (length >= _FULL_SHARE * width and not shapes.ends_sentence(line))


def _blocks(lines: list[_Line]) -> list[Block]:
    blocks: list[Block] = []
    paragraphs = _paragraphs(lines)
    in_lists = _in_lists(lines)
    body = next((i for i, p in enumerate(paragraphs) if any(_is_body(line) for line in p)), len(paragraphs))
    for i, paragraph in enumerate(paragraphs):
        if _is_table(paragraph):
            blocks.append(Block("table", "\n".join(line.text for line in paragraph)))
        elif i < body and _is_front_matter(paragraph):
            blocks.append(Block("paragraph", "\n".join(line.text for line in paragraph)))
        else:
            blocks += [_block(line, in_list=id(line) in in_lists) for line in paragraph]
    return blocks


def _in_lists(lines: list[_Line]) -> frozenset[int]:
    """Return the ids of neighbouring lines that begin with a mark: items, not the names of who was quoted."""
    marked = [bool(shapes.BULLET.match(line.text)) for line in lines]
    beside = [any(marked[max(0, i - 1) : i] + marked[i + 1 : i + 2]) for i in range(len(lines))]
    return frozenset(id(line) for line, mark, near in zip(lines, marked, beside, strict=True) if mark and near)


def _is_body(line: _Line) -> bool:
    return len(line.text) > _WIDEST_WRAP and shapes.ends_sentence(line.text)


def _paragraphs(lines: list[_Line]) -> list[list[_Line]]:
    """Group lines that no blank line parts; a table stands apart from the lines around it."""
    groups: list[list[_Line]] = []
    for line in lines:
        same_sort = groups and ("\t" in line.text) == ("\t" in groups[-1][-1].text)
        if line.gap or not same_sort:
            groups.append([])
        groups[-1].append(line)
    return groups


def _is_table(paragraph: list[_Line]) -> bool:
    return all("\t" in line.text for line in paragraph)


def _is_front_matter(paragraph: list[_Line]) -> bool:
    """Recognise the lines of a title or of a date and place, which belong together."""
    short = all(len(line.text) <= _FRONT_MATTER_LINE and not line.text.endswith(".") for line in paragraph)
    labelled = any(shapes.FIELD.match(line.text) or shapes.BULLET.match(line.text) for line in paragraph)
    labelled = labelled or any(numbering.is_marked(line.text, letters=False) for line in paragraph)
    return len(paragraph) > 1 and short and not labelled


def _block(line: _Line, *, in_list: bool) -> Block:
    if shapes.BULLET.match(line.text) and (in_list or not shapes.ATTRIBUTION.match(line.text)):
        return Block("list_item", shapes.BULLET.sub("", line.text))
    if shapes.NUMBERED_ITEM.match(line.text) and not shapes.is_strong_heading(line.text):
        return Block("list_item", line.text)
    set_off = line.indent >= _INDENT and len(line.text) > _FRONT_MATTER_LINE and not numbering.is_marked(line.text)
    return Block("quote" if set_off else "paragraph", line.text)
