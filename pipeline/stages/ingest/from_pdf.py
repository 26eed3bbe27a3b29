"""Read a PDF: its lines in reading order, put together to headings, paragraphs, lists, quotations, tables and notes.

Reads the bytes of a PDF file; returns a `Reading`. For example the lines

    What Lasted                     (bold)
    Coaching was the largest sin-   (to the right edge of the column)
    gle expense.

become

    heading 1  What Lasted
    paragraph  Coaching was the largest single expense.
"""

import logging
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import chain, pairwise
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.psexceptions import PSException
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import PassageKind
from pipeline.stages.ingest.blocks import Block, Doubt, Reading
from pipeline.stages.ingest.healing import (
    LONGEST_HEADING,
    bare_words,
    clean_line,
    is_attribution,
    is_repeated,
    join_lines,
    words_of,
)
from pipeline.stages.ingest.pdf_lines import Line, is_order_doubtful, page_lines, without_furniture
from pipeline.stages.ingest.pdf_margins import without_line_numbers
from pipeline.stages.ingest.pdf_words import PageWords, page_words
from pipeline.stages.ingest.quality import count

# What these libraries log of odd fonts and tables of objects is nothing that a researcher can mend.
for _library in ("pdfminer", "pdfplumber"):
    logging.getLogger(_library).addHandler(logging.NullHandler())

_Type = tuple[float, bool, bool]  # size, bold, capitals

_SIGNS_OF_DAMAGE = (
    PdfminerException,
    MalformedPDFException,
    PSException,
    struct.error,
    zlib.error,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
)

_BULLET = re.compile(r"^(?:[•●○▪■◦‣⁃∙·➢➤✓✔\uf0b7\uf0a7\uf0d8]+\s*|[-–—o*]\s+(?=\S))")
_NUMBER = re.compile(r"^\(?(?:\d{1,2}|[a-hA-H]|[ivx]{1,4})[.)]\s+\S")
_NOTE_START = re.compile(r"^(?:\[?(?P<mark>\d{1,2})\]?[.)]?\s+|(?P<sign>[*†‡§])\s*)")
_TERMINAL = re.compile(r"[.!?…:][\"”’')\]]*$")
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*$")
_OPEN_QUOTATION = re.compile(r"^[“\"‘]")
_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint)\b.*|\(?untitled\)?.*|document\d*|.*\.(?:docx?|pdf|indd)|\(?anonymous\)?|\s*", re.I
)
_NO_AUTHOR = re.compile(
    r"\(?anonymous\)?|\(?unspecified\)?|(?:windows )?user|admin(?:istrator)?|owner|unknown|\s*", re.I
)
_PDF_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_LEADERS = re.compile(r"(?:\. ?){5,}\s*(?:\d{1,4}|[ivxlc]{1,6})$")
_CONTENTS = re.compile(r"(?:table of )?contents", re.IGNORECASE)
_LONGEST_HEADING = 180
_DEEPEST = 6
_HEADLINE = 1.6  # times the size of the text
_NEXT_HEADLINE = 1.12
_SHORTEST_PULL_QUOTE = 6  # words
_MOST_LISTED = 20  # pages


def read_pdf(content: bytes) -> Reading:
    """Read the text of a PDF.

    Raises:
        PipelineError: the file has a password, is damaged or cut off, is no PDF, or holds pictures of pages only.

    """
    pages, broken, hints = _pages(content)
    empty = [page.number for page in pages if not page.words and page.number not in broken]
    if not any(page.words for page in pages):
        raise _needs_ocr(len(pages))
    bare, numbers = without_line_numbers(pages)
    kept, removed = without_furniture(bare)
    read = {page.number: page_lines(page) if page.words else [] for page in kept}
    lines, contents = _without_contents([line for page in read.values() for line in page])
    body = _body_size(lines)
    lines, notes = _without_notes(lines, body)
    lines, pulled = _without_pull_quotes(lines, body)
    words = words_of(line.text for line in lines)
    paragraphs = _joined_over_breaks(list(_paragraphs(lines, _leadings(lines))), body)
    setting = _Setting(body, _first_line_indent(paragraphs), words)
    return Reading(
        _blocks(paragraphs, notes, setting),
        hints=hints,
        removed=[*numbers, *removed, *contents, *pulled],
        warnings=_doubts(empty, broken, len(pages)),
        seen=sum(count(text) for page in pages for word in page.words for text in (word.text, *chain(*word.rows))),
        facts={
            "pages": len(pages),
            "pages_without_text": empty,
            **({"pages_unreadable": broken} if broken else {}),
            "order_doubtful": [page.number for page in kept if is_order_doubtful(page, read[page.number])],
        },
    )


def _pages(content: bytes) -> tuple[list[PageWords], list[int], dict[str, str]]:
    """Return the words of each page, the numbers of those that cannot be read, and what the file says of itself."""
    if b"%PDF-" not in content[:1024]:
        raise _damaged(content, "it does not begin as a PDF does")
    try:
        pdf = pdfplumber.open(BytesIO(content))
        raw_pages = PDFPage.create_pages(pdf.doc)
        read = [_words_of_page(pdf, raw, number) for number, raw in enumerate(raw_pages, start=1)]
        hints = _hints(pdf.metadata)
    except _SIGNS_OF_DAMAGE as error:
        if isinstance(error, (PDFEncryptionError, PDFPasswordIncorrect)) or _is_about_password(error):
            raise _encrypted() from error
        raise _damaged(content, str(error) or type(error).__name__) from error
    if not read:
        raise _damaged(content, "it has no pages")
    broken = [number for number, page in enumerate(read, start=1) if page is None]
    if len(broken) == len(read):
        raise _damaged(content, "none of its pages can be read")
    if b"%%EOF" not in content[-2048:]:
        raise _damaged(content, "its end is missing")
    return [page or PageWords(n, 0, 0, [], []) for n, page in enumerate(read, start=1)], broken, hints


def _words_of_page(pdf: Any, raw: Any, number: int) -> PageWords | None:
    """Read a page; nothing keeps what was parsed for it, so that memory does not grow with the pages.

    `None`: the page cannot be read, which is no reason to lose the others.
    """
    try:
        page = Page(pdf, raw, page_number=number)
        words = page_words(page)
        page.close()
    except _SIGNS_OF_DAMAGE:
        return None
    return words


def _is_about_password(error: Exception) -> bool:
    return any(
        isinstance(part, (PDFEncryptionError, PDFPasswordIncorrect)) for part in [*error.args, error.__context__]
    )


def _damaged(content: bytes, reason: str) -> PipelineError:
    return PipelineError(
        ErrorCode.DAMAGED_FILE,
        found=f"a file of {len(content)} bytes that cannot be read as PDF ({reason})",
        expected="a whole PDF file",
        do="download or export it again, or open it in a PDF viewer and print it to a new PDF, and run again",
    )


def _encrypted() -> PipelineError:
    return PipelineError(
        ErrorCode.ENCRYPTED_FILE,
        found="a PDF with a password",
        expected="a PDF that opens without a password",
        do="open it with its password, save or print it to a new PDF without one, and run again",
    )


def _needs_ocr(n_pages: int) -> PipelineError:
    return PipelineError(
        ErrorCode.NEEDS_OCR,
        found=f"a PDF of {n_pages} pages without any text, most likely scanned",
        expected="a PDF whose text can be selected",
        do="recognise its text first (for example: ocrmypdf in.pdf out.pdf) and run again",
    )


def _doubts(empty: Sequence[int], broken: Sequence[int], n_pages: int) -> list[Doubt]:
    """Say once for all of them which pages are missing from the text."""
    doubts = []
    if empty:
        message = (
            f"Found: no text on {len(empty)} of {n_pages} pages ({_listed(empty)}). Expected: text on every page. What "
            "to do: if they are scanned, recognise their text first (for example: ocrmypdf --skip-text in.pdf out.pdf)."
        )
        doubts.append(Doubt(ErrorCode.NEEDS_OCR, message))
    if broken:
        message = (
            f"Found: {len(broken)} of {n_pages} pages that cannot be read ({_listed(broken)}). Expected: a whole PDF "
            "file. What to do: the other pages were read; download the file again, or print it to a new PDF."
        )
        doubts.append(Doubt(ErrorCode.DAMAGED_FILE, message))
    return doubts


def _listed(pages: Sequence[int]) -> str:
    shown = ", ".join(map(str, pages[:_MOST_LISTED]))
    return f"page{'s'[: len(pages) - 1]} {shown}{', …'[: 3 * (len(pages) - _MOST_LISTED)]}"


def _hints(metadata: dict[str, Any]) -> dict[str, str]:
    title, author = clean_line(str(metadata.get("Title") or "")), clean_line(str(metadata.get("Author") or ""))
    date = _PDF_DATE.match(str(metadata.get("CreationDate") or ""))
    hints = {
        "title": "" if _NO_TITLE.fullmatch(title) else title,
        "author": "" if _NO_AUTHOR.fullmatch(author) else author,
        "date": "-".join(date.groups()) if date and date[1] >= "1990" else "",
    }
    return {name: value for name, value in hints.items() if value}


def _without_contents(lines: Sequence[Line]) -> tuple[list[Line], list[str]]:
    """Take out a table of contents: lines whose dots lead to a page number, and the word above them."""
    entries = [_LEADERS.search(line.text) is not None for line in lines]
    following = [*entries[1:], False]
    removed = [
        is_entry or (leads and _CONTENTS.fullmatch(line.text) is not None)
        for line, is_entry, leads in zip(lines, entries, following, strict=False)
    ]
    kept = [line for line, gone in zip(lines, removed, strict=True) if not gone]
    return kept, [line.text for line, gone in zip(lines, removed, strict=True) if gone]


def _body_size(lines: Sequence[Line]) -> float:
    """Return the type size in which most of the text is set."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[line.size] += len(line.text) * (not line.rows)
    return max(weights, key=lambda size: (weights[size], size), default=0.0)


def _without_notes(lines: Sequence[Line], body: float) -> tuple[list[Line], dict[tuple[int, str], str]]:
    """Part footnotes from the text: small type at the end of a page or column, the first line with a number or sign.

    Returns:
        The other lines, and the text of each note by its page and mark.

    """
    kept: list[Line] = []
    notes: dict[tuple[int, str], list[str]] = {}
    latest: tuple[int, str] | None = None
    for index, line in enumerate(lines):
        at_foot = line.size < 0.93 * body and _is_at_foot(lines, index, body)
        latest = latest if at_foot and latest and latest[0] == line.page else None
        mark = _note_mark(line, latest[1] if latest else None) if at_foot else None
        if mark:
            latest = (line.page, mark)
        if latest:
            text = line.text if line.marks or not mark else _NOTE_START.sub("", line.text)
            notes.setdefault(latest, []).append(text)
        else:
            kept.append(line)
    words = words_of(line.text for line in lines)
    return kept, {key: join_lines(texts, words) for key, texts in notes.items()}


def _note_mark(line: Line, latest: str | None) -> str | None:
    """Return the mark with which a footnote begins; numbers must count on from the latest."""
    if line.marks and line.marks_first:
        return line.marks[0]
    start = _NOTE_START.match(line.text)
    if start is None:
        return None
    counts_on = latest is None or not latest.isdecimal() or start["mark"] == str(int(latest) + 1)
    return start["sign"] or (start["mark"] if counts_on else None)


def _is_at_foot(lines: Sequence[Line], index: int, body: float) -> bool:
    """Tell whether only small type follows in the same column."""
    zone = lines[index].zone
    for line in lines[index:]:
        if line.zone != zone:
            return True
        if line.size >= 0.93 * body or line.rows:
            return False
    return True


def _without_pull_quotes(lines: Sequence[Line], body: float) -> tuple[list[Line], list[str]]:
    """Take out sentences that are repeated in larger type, with the small line below that says whose they are."""
    text = bare_words(join_lines([line.text for line in lines if line.size <= 1.1 * body], words_of(_texts(lines))))
    kept: list[Line] = []
    removed: list[str] = []
    after_pull_quote = False
    for group in _same_type(lines):
        words = " ".join(_texts(group))
        if group[0].size > 1.1 * body and _is_pull_quote(group, words) and is_repeated(words, text):
            removed.append(words)
            after_pull_quote = True
        elif after_pull_quote and group[0].size < 0.93 * body and len(words) < 120:
            removed.append(words)
            after_pull_quote = False
        else:
            kept.extend(group)
            after_pull_quote = False
    return kept, removed


def _is_pull_quote(group: list[Line], words: str) -> bool:
    sentence = _TERMINAL.search(words) or _OPEN_QUOTATION.match(words) or group[0].italic or len(group) > 2
    return len(words.split()) >= _SHORTEST_PULL_QUOTE and bool(sentence)


def _texts(lines: Sequence[Line]) -> list[str]:
    return [line.text for line in lines]


def _same_type(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield neighbouring lines of one column and type."""
    group: list[Line] = []
    for line in lines:
        if group and (line.zone != group[-1].zone or abs(line.size - group[-1].size) > 0.6):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _leadings(lines: Sequence[Line]) -> dict[float, float]:
    """Return the usual distance of lines for each type size: the least that is common."""
    distances: dict[float, Counter[float]] = {}
    for line, following in pairwise(lines):
        if line.zone == following.zone and line.size == following.size and not following.rows and not line.rows:
            distance = round((following.bottom - line.bottom) * 2) / 2
            distances.setdefault(line.size, Counter())[distance] += distance > 0
    return {size: _least_common(counter) for size, counter in distances.items()}


def _least_common(counter: Counter[float]) -> float:
    common = [distance for distance, times in counter.items() if times >= 0.2 * counter.total() and distance > 0]
    return min(common, default=0.0)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines that belong together. `broken`: which of them end where the writer broke the line."""

    lines: tuple[Line, ...]
    breaks: frozenset[int] = frozenset()

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]


def _paragraphs(lines: Sequence[Line], leadings: dict[float, float]) -> Iterator[_Paragraph]:
    """Group the lines of each column to paragraphs."""
    group: list[Line] = []
    breaks: set[int] = set()
    for line in lines:
        if group and (line.zone != group[-1].zone or _begins(line, group, leadings)):
            yield _Paragraph(tuple(group), frozenset(breaks))
            group, breaks = [], set()
        if group and _has_room(group[-1], line):
            breaks.add(len(group) - 1)
        group.append(line)
    if group:
        yield _Paragraph(tuple(group), frozenset(breaks))


def _begins(line: Line, group: list[Line], leadings: dict[float, float]) -> bool:
    """Tell whether a line begins a paragraph: by its type, distance, indentation or bullet, or room left before it."""
    previous = group[-1]
    if line.rows or previous.rows or _differs(line, previous):
        return True
    if line.tabular or previous.tabular:
        return line.tabular != previous.tabular
    distance = line.bottom - previous.bottom
    leading = leadings.get(line.size) or 1.3 * line.size
    if distance > 1.22 * leading + 0.5 or distance < 0:
        return True
    if _BULLET.match(line.text) or (_NUMBER.match(line.text) and line.x0 <= group[0].x0 + 2):
        return True
    return _is_indented_anew(line, group) or (_has_room(previous, line) and bool(_SENTENCE_END.search(previous.text)))


def _differs(line: Line, previous: Line) -> bool:
    if abs(line.size - previous.size) > 0.6 or line.bold != previous.bold:
        return True
    return line.italic != previous.italic and abs(line.x0 - previous.x0) > 3


def _is_indented_anew(line: Line, group: list[Line]) -> bool:
    """Tell a first-line indentation, or the end of an indented block; a hanging indentation goes on."""
    step = line.x0 - group[-1].x0
    if _BULLET.match(group[0].text) or _NUMBER.match(group[0].text):
        return line.x0 < group[0].x0 + 1 and step < -3
    if step > 0.6 * line.size:
        return len(group) > 1 or group[0].indent < 2
    return step < -0.6 * line.size and len(group) > 1


def _has_room(line: Line, following: Line) -> bool:
    """Tell whether the next word would have fitted on the line, so that the writer ended it on purpose."""
    return line.x1 + following.first_word + 1.5 * line.size < line.right


def _joined_over_breaks(paragraphs: list[_Paragraph], body: float) -> list[_Paragraph]:
    """Join paragraphs that a column, a page, a table or a box has cut in two."""
    result: list[_Paragraph] = []
    for paragraph in paragraphs:
        index = _cut_half(result, paragraph, body)
        if index is None:
            result.append(paragraph)
        else:
            half = result[index]
            breaks = half.breaks | {number + len(half.lines) for number in paragraph.breaks}
            result[index] = _Paragraph(half.lines + paragraph.lines, frozenset(breaks))
    return result


def _cut_half(result: list[_Paragraph], paragraph: _Paragraph, body: float) -> int | None:
    """Return the index of the paragraph that this one goes on with, or `None`."""
    for index in range(len(result) - 1, max(-1, len(result) - 4), -1):
        before = result[index]
        if _is_running_text(before, body) and before.last.zone != paragraph.first.zone:
            return index if _goes_on(before, paragraph, next_to=index == len(result) - 1) else None
        if index == len(result) - 1 and _is_running_text(before, body) and _is_running_text(paragraph, body):
            return index if _is_open(before.last.text) and paragraph.first.text[:1].islower() else None
        if not (before.first.rows or before.first.tabular or before.first.boxed):
            return None
    return None


def _is_running_text(paragraph: _Paragraph, body: float) -> bool:
    first = paragraph.first
    return not (first.rows or first.bold or first.tabular or abs(first.size - body) > 0.15 * body)


def _goes_on(before: _Paragraph, paragraph: _Paragraph, *, next_to: bool) -> bool:
    first, last = paragraph.first, before.last
    if first.rows or first.bold != last.bold or abs(first.size - last.size) > 0.6 or _BULLET.match(first.text):
        return False
    if _is_open(last.text):
        return True
    indented = first.indent > 0.6 * first.size and first.indent > last.indent + 2
    is_full = last.x1 > last.right - 0.06 * (last.right - last.left)
    return next_to and is_full and not indented and not last.text.endswith(":") and abs(first.indent - last.indent) < 3


def _is_open(text: str) -> bool:
    return not _TERMINAL.search(text)


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a document is set.

    `body`: its usual type size; `first_line`: how far first lines of paragraphs are usually indented, in points, 0 for
    not at all. `words`: of the whole document, for `join_lines`.
    """

    body: float
    first_line: float
    words: AbstractSet[str]


def _first_line_indent(paragraphs: Sequence[_Paragraph]) -> float:
    long = [paragraph.lines for paragraph in paragraphs if len(paragraph.lines) > 2]
    indents = Counter(round(lines[0].indent) for lines in long if lines[0].indent > 5 and lines[1].indent < 2)
    indent, times = max(indents.items(), key=lambda entry: (entry[1], -entry[0]), default=(0, 0))
    return indent if times > 1 else 0


def _blocks(paragraphs: list[_Paragraph], notes: dict[tuple[int, str], str], setting: _Setting) -> list[Block]:
    """Decide what each paragraph is; a note follows the block that refers to it."""
    levels = _levels([paragraph for paragraph in paragraphs if _is_heading(paragraph, setting.body)], setting.body)
    blocks: list[Block] = []
    waiting = dict(notes)
    for paragraph in _whole_tables(paragraphs):
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


def _whole_tables(paragraphs: list[_Paragraph]) -> Iterator[_Paragraph]:
    """Put together the lines of a table without rules, whose wrapped cells stand on lines of their own."""
    group: list[Line] = []
    for paragraph in paragraphs:
        is_part = not paragraph.first.rows and (paragraph.first.tabular or _is_wrapped_cell(paragraph, group))
        if group and not (is_part and paragraph.first.zone == group[-1].zone):
            yield _Paragraph(tuple(group))
            group = []
        if is_part:
            group.extend(paragraph.lines)
        else:
            yield paragraph
    if group:
        yield _Paragraph(tuple(group))


def _is_wrapped_cell(paragraph: _Paragraph, table: list[Line]) -> bool:
    line = paragraph.first
    if not table or len(paragraph.lines) > 1 or line.zone != table[-1].zone or line.size != table[-1].size:
        return False
    starts = {round(x0) for row in table for x0, _, _ in row.cells}
    return line.bottom - table[-1].bottom < 1.3 * line.size and any(abs(line.x0 - start) < 2 for start in starts)


def _block(paragraph: _Paragraph, levels: dict[_Type, int], setting: _Setting) -> Block:
    first = paragraph.first
    if first.rows:
        return Block("table", _table_text(first.rows), page=first.page)
    if first.tabular:
        return Block("table", _table_text(_unruled_rows(paragraph.lines)), page=first.page)
    if _is_heading(paragraph, setting.body):
        text = join_lines(_texts(paragraph.lines), setting.words)
        return Block("heading", text, level=levels[_type(first)], page=first.page)
    text = _text(paragraph, setting.words)
    bullet = _BULLET.match(text)
    if bullet:
        return Block("list_item", text[bullet.end() :].strip() or text, page=first.page)
    return Block(_kind(paragraph, text, setting), text, page=first.page)


def _text(paragraph: _Paragraph, words: AbstractSet[str]) -> str:
    """Join the lines; those that the writer ended on purpose stay lines."""
    parts: list[list[str]] = [[]]
    for number, line in enumerate(paragraph.lines):
        parts[-1].append(line.text)
        if number in paragraph.breaks:
            parts.append([])
    return "\n".join(join_lines(part, words) for part in parts if part)


def _kind(paragraph: _Paragraph, text: str, setting: _Setting) -> PassageKind:
    if _NUMBER.match(text) and _hangs(paragraph):
        return "list_item"
    if _is_set_off(paragraph, setting) or (paragraph.first.size > 1.1 * setting.body and _OPEN_QUOTATION.match(text)):
        return "quote"
    return "paragraph"


def _hangs(paragraph: _Paragraph) -> bool:
    first = paragraph.first
    return first.indent > 5 or any(line.x0 > first.x0 + 5 and line.zone == first.zone for line in paragraph.lines[1:])


def _is_set_off(paragraph: _Paragraph, setting: _Setting) -> bool:
    """Tell a block quotation: indented on both sides, or in italics and indented; a drawn box is none."""
    lines = paragraph.lines
    if any(line.boxed for line in lines) or min(line.indent for line in lines) < 1.2 * lines[0].size:
        return False
    if all(line.italic for line in lines) and (len(lines) > 1 or _SENTENCE_END.search(lines[0].text)):
        return True
    if len(lines) == 2 and abs(lines[0].indent - setting.first_line) < 2:
        return False  # two short paragraphs
    margin = min(line.edge - line.x1 for line in lines)
    is_centred = len(lines) == 1 or len({round(line.x0 / 4) for line in lines}) > 2
    return len(lines) > 1 and margin > 1.2 * lines[0].size and not is_centred


def _is_heading(paragraph: _Paragraph, body: float) -> bool:
    """Tell a heading: few lines in larger, bold or capital type that are no sentence."""
    first, text = paragraph.first, " ".join(_texts(paragraph.lines))
    if first.rows or first.tabular or len(paragraph.lines) > 4 or len(text) > _LONGEST_HEADING:
        return False
    if first.boxed and not (first.bold and len(text) <= LONGEST_HEADING and not _OPEN_QUOTATION.match(text)):
        return False
    if _BULLET.match(text) or not any(char.isalpha() for char in text) or re.search(r"[.,;]$", text):
        return False
    if first.size > 1.12 * body:
        return not _OPEN_QUOTATION.match(text) or first.bold
    return first.size > 0.9 * body and (first.bold or (text.isupper() and len(text) > 5 and len(paragraph.lines) < 3))


def _type(line: Line) -> _Type:
    return round(line.size * 2) / 2, line.bold, line.text.isupper()


def _levels(headings: list[_Paragraph], body: float) -> dict[_Type, int]:
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


def _table_text(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("\t".join(row).rstrip() for row in rows if any(row)).strip()


def _unruled_rows(lines: Sequence[Line]) -> list[list[str]]:
    """Sort the cells of aligned lines into columns; a line with few cells goes on with the row above."""
    columns = _column_spans(lines)
    rows: list[list[str]] = []
    for line in lines:
        row = [""] * len(columns)
        for x0, x1, text in line.cells:
            column = max(range(len(columns)), key=lambda index: _overlap(columns[index], (x0, x1)))
            row[column] = f"{row[column]} {text}".strip()
        if rows and len(line.cells) == 1 and len(columns) > 1:
            rows[-1] = [f"{above} {below}".strip() for above, below in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return rows


def _column_spans(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return the columns of a table: the spans that its cells cover together."""
    spans: list[tuple[float, float]] = []
    for x0, x1, _ in sorted(cell for line in lines for cell in line.cells):
        if spans and x0 <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], x1))
        else:
            spans.append((x0, x1))
    return spans


def _overlap(span: tuple[float, float], other: tuple[float, float]) -> float:
    return min(span[1], other[1]) - max(span[0], other[0])
