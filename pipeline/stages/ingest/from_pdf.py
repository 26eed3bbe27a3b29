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
from collections.abc import Sequence
from io import BytesIO
from itertools import chain, islice
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.psexceptions import PSException
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages.ingest.blocks import Doubt, Reading
from pipeline.stages.ingest.healing import clean_line, words_of
from pipeline.stages.ingest.pdf_asides import body_size, without_contents, without_notes, without_pull_quotes
from pipeline.stages.ingest.pdf_blocks import Setting, blocks_of, first_line_indent
from pipeline.stages.ingest.pdf_bounds import bounded
from pipeline.stages.ingest.pdf_lines import is_order_doubtful, page_lines, without_furniture
from pipeline.stages.ingest.pdf_margins import without_line_numbers
from pipeline.stages.ingest.pdf_paragraphs import joined_over_breaks, paragraphs_of, usual_leadings
from pipeline.stages.ingest.pdf_words import PageWords, page_words
from pipeline.stages.ingest.quality import count

# What these libraries log of odd fonts and tables of objects is nothing that a researcher can mend.
for _library in ("pdfminer", "pdfplumber"):
    logging.getLogger(_library).addHandler(logging.NullHandler())


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
    ArithmeticError,
    AssertionError,
    RecursionError,
    RuntimeError,
    OSError,
    EOFError,
)

_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint)\b.*|\(?untitled\)?.*|document\d*|.*\.(?:docx?|pdf|indd)|\(?anonymous\)?|\s*", re.I
)
_NO_AUTHOR = re.compile(
    r"\(?anonymous\)?|\(?unspecified\)?|(?:windows )?user|admin(?:istrator)?|owner|unknown|\s*", re.I
)
_PDF_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_MOST_LISTED = 20  # pages
_MOST_PAGES = 20_000
_MOST_UNPACKED = 1_000_000_000  # bytes


def read_pdf(content: bytes, max_unpacked: int = _MOST_UNPACKED) -> Reading:
    """Read the text of a PDF, from whose streams at most so many bytes may come out.

    Raises:
        PipelineError: the file has a password, is damaged or cut off, is no PDF, holds pictures of pages only, or is
            larger than it seems.

    """
    with bounded(max_unpacked):
        pages, broken, hints = _pages(content)
    empty = [page.number for page in pages if not page.words and page.number not in broken]
    if not any(page.words for page in pages):
        raise _needs_ocr(len(pages))
    bare, numbers = without_line_numbers(pages)
    kept, removed = without_furniture(bare)
    read = {page.number: page_lines(page) if page.words else [] for page in kept}
    lines, contents = without_contents([line for page in read.values() for line in page])
    body = body_size(lines)
    lines, notes = without_notes(lines, body)
    lines, pulled = without_pull_quotes(lines, body)
    words = words_of(line.text for line in lines)
    paragraphs = joined_over_breaks(list(paragraphs_of(lines, usual_leadings(lines))), body)
    setting = Setting(body, first_line_indent(paragraphs), words)
    return Reading(
        blocks_of(paragraphs, notes, setting),
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
        raw_pages = islice(PDFPage.create_pages(pdf.doc), _MOST_PAGES + 1)
        read = [_words_of_page(pdf, raw, number) for number, raw in enumerate(raw_pages, start=1)]
        hints = _hints(pdf.metadata)
    except _SIGNS_OF_DAMAGE as error:
        if isinstance(error, (PDFEncryptionError, PDFPasswordIncorrect)) or _is_about_password(error):
            raise _encrypted() from error
        raise _damaged(content, str(error) or type(error).__name__) from error
    if not read:
        raise _damaged(content, "it has no pages")
    if len(read) > _MOST_PAGES:
        raise _too_many_pages()
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


def _too_many_pages() -> PipelineError:
    return PipelineError(
        ErrorCode.TOO_LARGE,
        found=f"a PDF of more than {_MOST_PAGES:,} pages",
        expected="one of fewer pages",
        do="check where it comes from; if it is sound, split it",
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
