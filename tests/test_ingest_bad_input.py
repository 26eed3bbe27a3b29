"""Damaged, hostile and foreign files: read as far as they can be, or refused at once with what to do.

Sizes that nobody wants to wait for are brought down through the settings.
"""

import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import docx
import msgspec
import pytest

from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import Severity
from pipeline.stages.ingest import Ingested, ingest_bytes, ingest_file

FILES = Path(__file__).parent / "files"
TEXT = "Spring Meeting\n\nThe nine superintendents met at the depot, and nobody left early.\n\nThey went home.\n"
WORDS = ["Spring Meeting", "The nine superintendents met at the depot, and nobody left early.", "They went home."]


def ingest(content: bytes, name: str, folder: Path, settings: Settings | None = None) -> Ingested:
    (folder / name).write_bytes(content)
    return ingest_file(folder, name, settings=settings or Settings())


def texts(content: bytes, name: str) -> list[str]:
    return [passage.text for passage in ingest_bytes(content, name)[1]]


# --- PDF, put together by hand: one page for each stream --------------------------------------------------------------

LINE = b"BT /F1 12 Tf 72 %d Td (%s) Tj ET\n"
GOOD = b"".join(LINE % (700 - 14 * n, b"The nine superintendents met at the depot, line %d." % n) for n in range(6))
PICTURE = b"q 400 0 0 600 72 72 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q\n"


def pdf(*pages: bytes | None) -> bytes:
    """Write a PDF whose pages show these streams; `None`: a page whose description is damaged."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for stream in pages:
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream or b""), stream or b""))
        whole = b"/MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
        broken = b"/MediaBox [0 0 612 792] /Rotate /x /Resources << >>"
        contents = b"/Contents %d 0 R" % len(objects)
        objects.append(b"<< /Type /Page /Parent 2 0 R %s %s >>" % (whole if stream else broken, contents))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + table + end


def test_a_broken_page_does_not_cost_the_good_ones(tmp_path: Path) -> None:
    result = ingest(pdf(GOOD, None, GOOD), "a.pdf", tmp_path)
    assert result.document is not None
    assert result.document.text.count("line 5.") == 2
    [warning] = result.refusals
    assert (warning.severity, warning.error) == (Severity.WARNING, ErrorCode.DAMAGED_FILE)
    assert "1 of 3 pages that cannot be read (page 2)" in warning.message
    assert result.document.metadata["quality"]["pages_unreadable"] == [2]


def test_a_pdf_of_broken_pages_is_refused(tmp_path: Path) -> None:
    [refusal] = ingest(pdf(None, None), "a.pdf", tmp_path).refusals
    assert (refusal.severity, refusal.error) == (Severity.REFUSED, ErrorCode.DAMAGED_FILE)


def test_scanned_pages_among_others_are_a_warning_that_lists_them(tmp_path: Path) -> None:
    result = ingest(pdf(GOOD, PICTURE, GOOD, PICTURE), "a.pdf", tmp_path)
    assert result.document is not None
    assert result.document.metadata["quality"]["pages_without_text"] == [2, 4]
    [warning] = result.refusals
    assert (warning.severity, warning.error) == (Severity.WARNING, ErrorCode.NEEDS_OCR)
    assert "no text on 2 of 4 pages (pages 2, 4)" in warning.message
    assert "ocrmypdf" in warning.message


def test_many_scanned_pages_are_one_short_warning(tmp_path: Path) -> None:
    [warning] = ingest(pdf(GOOD, *[PICTURE] * 50), "a.pdf", tmp_path).refusals
    assert "19, 20, 21, …)" in warning.message


@pytest.mark.parametrize(
    ("name", "code"), [("scanned.pdf", ErrorCode.NEEDS_OCR), ("encrypted.pdf", ErrorCode.ENCRYPTED_FILE)]
)
def test_a_pdf_without_words_that_we_may_read_is_refused(name: str, code: ErrorCode) -> None:
    [refusal] = ingest_file(FILES, name, settings=Settings()).refusals
    assert (refusal.severity, refusal.error) == (Severity.REFUSED, code)


# --- sizes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.vtt", "a.srt"])
def test_a_text_too_large_is_refused_before_it_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    with (tmp_path / name).open("wb") as file:
        file.truncate(200_000_000)  # takes no room on the disk
    [refusal] = ingest_file(tmp_path, name, settings=Settings()).refusals
    assert refusal.error == ErrorCode.TOO_LARGE
    assert "200,000,000 bytes. Expected: at most 20,000,000 bytes. What to do: split it" in refusal.message


def test_the_largest_text_is_a_setting(tmp_path: Path) -> None:
    small = msgspec.structs.replace(Settings(), max_text_bytes=len(TEXT))
    assert ingest(TEXT.encode(), "a.txt", tmp_path, small).document is not None
    assert ingest(TEXT.encode() + b".", "a.txt", tmp_path, small).document is None


def _docx(**parts: bytes) -> bytes:
    """Return an empty Word document with other parts in place of its own."""
    stream, out = BytesIO(), BytesIO()
    docx.Document().save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, parts.get(name.rsplit("/", 1)[-1].split(".")[0], source.read(name)))
        for name in sorted(parts.keys() - {"document"}):
            archive.writestr(f"word/media/{name}.bin", parts[name])
    return out.getvalue()


NAMESPACE = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _body(inner: bytes, before: bytes = b"") -> bytes:
    return b"%s<w:document %s><w:body>%s</w:body></w:document>" % (before, NAMESPACE, inner)


def _entities() -> bytes:
    """Return a document whose one word stands for a thousand million."""
    nested = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 9))
    before = b'<!DOCTYPE x [<!ENTITY e0 "words and words ">%s]>' % nested
    return _body(b"<w:p><w:r><w:t>&e8;</w:t></w:r></w:p>", before)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"document": _body(b"<w:p/>" * 3_000_000)}, ErrorCode.TOO_LARGE),
        ({"picture": bytes(40_000_000)}, ErrorCode.TOO_LARGE),
        ({"document": _entities()}, ErrorCode.DAMAGED_FILE),
        (
            {"document": _body(b"<w:tbl><w:tr><w:tc>" * 1000 + b"<w:p/>" + b"</w:tc></w:tr></w:tbl>" * 1000)},
            ErrorCode.DAMAGED_FILE,
        ),
    ],
    ids=["a thousandfold of markup", "a thousandfold of picture", "entities in entities", "tables in tables"],
)
def test_a_docx_that_would_fill_the_memory_is_refused_at_once(
    parts: dict[str, bytes], code: ErrorCode, tmp_path: Path
) -> None:
    content = _docx(**parts)
    began = time.process_time()
    [refusal] = ingest(content, "a.docx", tmp_path).refusals
    assert refusal.error == code
    assert time.process_time() - began < 2


_RELATIONS = b"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"%s/>
</Relationships>"""


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("word/_rels/document.xml.rels", _RELATIONS % b' Target="settings.xml"'),
        ("word/_rels/document.xml.rels", _RELATIONS % b""),
        ("word/_rels/document.xml.rels", b"<Relationships"),
        ("_rels/.rels", _RELATIONS % b' Target="word/styles.xml"'),
        (
            "_rels/.rels",
            (_RELATIONS % b' Target="word/styles.xml"').replace(
                b"relationships/styles", b"relationships/officeDocument"
            ),
        ),
    ],
    ids=["to another part", "to nothing", "cut short", "no main part", "to a main part of another kind"],
)
def test_a_docx_with_broken_relationships_is_refused(file: str, content: bytes, tmp_path: Path) -> None:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(_docx())) as source, zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, content if name == file else source.read(name))
    [refusal] = ingest(out.getvalue(), "a.docx", tmp_path).refusals
    assert refusal.error == ErrorCode.DAMAGED_FILE
    assert " at 0x" not in refusal.message


def test_half_a_docx_is_refused(tmp_path: Path) -> None:
    content = _docx()
    [refusal] = ingest(content[: len(content) // 2], "a.docx", tmp_path).refusals
    assert refusal.error == ErrorCode.DAMAGED_FILE
    assert "save it again as DOCX" in refusal.message


# --- nesting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["div", "span", "blockquote", "section", "b"])
def test_html_nested_ten_thousand_deep_keeps_its_words(tag: str) -> None:
    page = f"<body>{f'<{tag}>' * 10_000}<p>Deep words stand here.</p>{f'</{tag}>' * 10_000}<p>And words after.</p>"
    assert texts(page.encode(), "a.html") == ["Deep words stand here.", "And words after."]


@pytest.mark.parametrize("unit", [("<ul><li>item ", "</li></ul>"), ("<table><tr><td>item ", "</td></tr></table>")])
def test_lists_and_tables_nested_ten_thousand_deep_keep_their_words(unit: tuple[str, str]) -> None:
    page = f"<body>{unit[0] * 10_000}{unit[1] * 10_000}<p>Words after.</p>"
    assert " ".join(texts(page.encode(), "a.html")).split().count("item") == 10_000


def test_markdown_nested_ten_thousand_deep_ends() -> None:
    assert texts(("> " * 10_000 + "deep words\n\nWords after.\n").encode(), "a.md")[-1] == "Words after."


# --- bytes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
@pytest.mark.parametrize("zeros", [b"\x00", b"\x00" * 4000])
def test_zero_bytes_are_left_out_with_a_warning(name: str, zeros: bytes, tmp_path: Path) -> None:
    content = (
        TEXT.replace("\n\n", "<p>" if name == "a.html" else "\n\n").encode().replace(b"rin", b"r" + zeros + b"in", 1)
    )
    result = ingest(content, name, tmp_path)
    assert [passage.text for passage in result.passages] == WORDS
    [warning] = result.refusals
    assert (warning.severity, warning.error) == (Severity.WARNING, ErrorCode.ENCODING)
    assert f"{len(zeros):,} zero bytes" in warning.message


def test_nothing_but_zero_bytes_is_no_text() -> None:
    with pytest.raises(PipelineError) as caught:
        ingest_bytes(bytes(5000), "a.txt")
    assert caught.value.code is ErrorCode.BINARY_FILE


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_utf_16_without_a_mark(codec: str, name: str) -> None:
    assert texts(TEXT.encode(codec), name) == WORDS


ARABIC = "اجتمع المشرفون التسعة في المحطة، ولم يغادر أحد مبكرا."
HEBREW = "תשעת המפקחים נפגשו בתחנה, ואיש לא עזב מוקדם."


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_text_from_right_to_left_stays_in_the_order_of_speech(name: str) -> None:
    r"""Marks that turn the direction (\u202b, \u2067, …) are for the screen and are dropped."""
    paragraphs = [f"\u202b{ARABIC}\u202c", f"\u2067{HEBREW}\u2069 \u200fShe said: \u202a“We lead.”\u202c"]
    content = "<p>".join(["", *paragraphs]) if name == "a.html" else "\n\n".join(paragraphs)
    assert texts(content.encode(), name) == [ARABIC, f"{HEBREW} She said: “We lead.”"]


# --- names that promise another format -------------------------------------------------------------------------------

FOREIGN: dict[str, tuple[Callable[[], bytes], str]] = {
    "DOCX": (_docx, "let its name end in .docx"),
    "PDF": (lambda: pdf(GOOD), "let its name end in .pdf"),
    "HTML": (lambda: b"\n<!DOCTYPE html>\n<html><body><p>They met.</p></body></html>", "let its name end in .html"),
    "RTF": (lambda: rb"{\rtf1\ansi They met.\par They left.}", "save it as .docx"),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.docx", "a.pdf", "a.vtt"])
def test_a_file_under_the_ending_of_another_format_is_told_its_own(kind: str, name: str, tmp_path: Path) -> None:
    build, remedy = FOREIGN[kind]
    if name.endswith(kind.lower()):
        assert ingest(build(), name, tmp_path).refusals == [] or kind == "DOCX"
        return
    [refusal] = ingest(build(), name, tmp_path).refusals
    assert refusal.error == ErrorCode.UNKNOWN_FORMAT
    assert kind in refusal.message
    assert remedy in refusal.message


def test_a_docx_renamed_doc_is_refused_with_what_to_do(tmp_path: Path) -> None:
    [refusal] = ingest(_docx(), "a.doc", tmp_path).refusals
    assert refusal.error == ErrorCode.UNKNOWN_FORMAT
    assert "save it as .docx" in refusal.message


@pytest.mark.parametrize("text", ["Notes on <html> and other tags.\n\nThey met.", "# On HTML\n\n<p>They met.</p>"])
def test_a_text_about_tags_is_a_text(text: str) -> None:
    assert "They met." in texts(text.encode(), "a.md")[-1]


@pytest.mark.parametrize("page", ["<h1>Notes<main><p>They met.</p></main></h1>", "<h1 role='main'>They met.</h1>"])
def test_a_title_around_the_page_is_no_title_above_it(page: str) -> None:
    assert "They met." in texts(f"<body>{page}</body>".encode(), "a.html")[-1]


# --- time: long lines of one sort must take time in proportion to their length ----------------------------------------

UNITS = [
    *" Aa1.,-–—“”\"'’(|&#*_[]<>=~:•\t\n",
    *["A ", "1 ", ". ", "A. A. A. ", "1. ", "A, B, ", "a-\n", "A:\n", "A: b\n", "“a” ", '"A ', "May 4, 2016 ", "2016–"],
    *["Page 1 of 2\n", "1\n\n", "\f\n", "==\n", "a\n---\n", "|a|\n|-|\n", "> a\n", "* a\n", "1. a\n", "[a](", "!["],
    *["<!--", "<p>", "<a ", "<ul><li>", "<script ", "</p>", "&amp", "\u00ad", "\u202e", "e\u0301", "http://", "a@b."],
    *[
        "a line of words that goes on and on without an end to it\n\n",
        "School District, ",
        "Mr. ",
        "said B, ",
        "00:01 ",
        "00:00:01.000 --> ",
        "A’",
        "A'",
    ],
]


def _seconds(unit: str, length: int, name: str) -> float:
    before = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n" if name == "a.vtt" else "Talk\n\n"
    text = before + "The group met at noon. " + (unit * length)[:length] + "!\n\nThey left."
    began = time.process_time()
    ingest_bytes(text.encode(), name)
    return time.process_time() - began


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.vtt"])
def test_no_line_takes_more_time_than_its_length_explains(name: str) -> None:
    """Twice the length takes twice the time; with its square, four times. Less than 0.3 s says nothing."""
    slow = []
    for unit in UNITS:
        if _seconds(unit, 8_000, name) > 0.3:
            short, long = _seconds(unit, 8_000, name), _seconds(unit, 32_000, name)
            if long > 9 * short:
                slow.append((unit, round(short, 2), round(long, 2)))
    assert slow == []
