"""Word documents: body in order, styles and settings, notes, revisions, text boxes, and files that are refused."""

import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Inches, Pt

from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.from_docx import read_docx

W = nsdecls("w")
FILLER = "The network met twice in the spring and compared what each of its schools had tried since the winter."


def saved(document: Any) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def read(build: Callable[[Any], None]) -> Reading:
    document = docx.Document()
    build(document)
    return read_docx(saved(document))


def short(reading: Reading) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in reading.blocks]


def paragraph(inner: str) -> Callable[[Any], None]:
    """Return what puts one paragraph with this XML into a document."""

    def build(document: Any) -> None:
        document.element.body.insert(0, parse_xml(f"<w:p {W}>{inner}</w:p>"))

    return build


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


@pytest.mark.parametrize(
    ("style", "kind", "level"),
    [
        ("Title", "heading", 1),
        ("Heading 1", "heading", 1),
        ("Heading 3", "heading", 3),
        ("Heading 9", "heading", 6),
        ("Subtitle", "paragraph", None),
        ("List Bullet", "list_item", None),
        ("List Number 2", "list_item", None),
        ("Quote", "quote", None),
        ("Intense Quote", "quote", None),
        ("Caption", "note", None),
        ("Body Text", "paragraph", None),
        ("Normal", "paragraph", None),
    ],
)
def test_the_style_decides_what_a_paragraph_is(style: str, kind: Any, level: int | None) -> None:
    reading = read(lambda document: document.add_paragraph("A bench of leaders", style=style))
    assert reading.blocks == [Block(kind, "A bench of leaders", level=level)]


@pytest.mark.parametrize(
    ("name", "kind", "level"),
    [
        ("Überschrift 2", "heading", 2),
        ("Titre 1", "heading", 1),
        ("Block Text", "quote", None),
        ("Zitat", "quote", None),
    ],
)
def test_styles_of_other_programs_and_languages(name: str, kind: Any, level: int | None) -> None:
    def build(document: Any) -> None:
        document.styles.add_style(name, 1)
        document.add_paragraph("A bench of leaders", style=name)

    assert read(build).blocks == [Block(kind, "A bench of leaders", level=level)]


def test_a_style_that_builds_on_a_heading_and_an_outline_level_are_headings() -> None:
    def build(document: Any) -> None:
        document.styles.add_style("District", 1).base_style = document.styles["Heading 2"]
        document.add_paragraph("Low Fen", style="District")
        document.add_paragraph("Costs")._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {W} w:val="2"/>'))

    assert [block.level for block in read(build).blocks] == [2, 3]


def test_short_bold_lines_are_headings_where_nobody_used_styles() -> None:
    def build(document: Any) -> None:
        for text, size, bold in [
            ("Minutes of the Bench", 16, True),
            (FILLER, 11, False),
            ("Old Business", 11, True),
            (FILLER, 11, False),
            ("This bold line is a sentence.", 11, True),
            ("New Business", 11, True),
            (FILLER, 11, False),
        ]:
            run = document.add_paragraph().add_run(text)
            run.bold, run.font.size = bold, Pt(size)

    headings = [(block.level, block.text) for block in read(build).blocks if block.kind == "heading"]
    assert headings == [(1, "Minutes of the Bench"), (1, "Old Business"), (1, "New Business")]


def test_bold_lines_stand_below_the_styled_headings() -> None:
    def build(document: Any) -> None:
        document.add_heading("Cases", 1)
        document.add_heading("Low Fen", 2)
        document.add_paragraph().add_run("The problem").bold = True
        document.add_paragraph(FILLER)

    assert read(build).blocks[2] == Block("heading", "The problem", level=3)


@pytest.mark.parametrize(
    ("left", "right", "text", "kind"),
    [
        (0.5, 0.5, "I was never asked.", "quote"),
        (0.5, 0, "I was never asked.", "paragraph"),
        (0.5, 0, "“I was never asked.”", "quote"),
        (0.1, 0.1, "I was never asked.", "paragraph"),
    ],
)
def test_marked_indentation_is_a_block_quotation(left: float, right: float, text: str, kind: str) -> None:
    def build(document: Any) -> None:
        setting = document.add_paragraph(text).paragraph_format
        setting.left_indent, setting.right_indent = Inches(left), Inches(right)

    assert short(read(build)) == [(kind, text)]


def test_a_quotation_and_whose_it_is_stay_together() -> None:
    def build(document: Any) -> None:
        document.add_paragraph("I was never asked.", style="Quote")
        document.add_paragraph("— Bo Arden, teacher")
        document.add_paragraph(FILLER)

    assert short(read(build)) == [("quote", "I was never asked.\n— Bo Arden, teacher"), ("paragraph", FILLER)]


def test_body_and_tables_stand_in_order() -> None:
    def build(document: Any) -> None:
        document.add_paragraph("Before.")
        table = document.add_table(2, 2)
        for cell, text in zip(
            [*table.rows[0].cells, *table.rows[1].cells], ["School", "Pupils", "Low\nFen", "90"], strict=True
        ):
            cell.text = text
        document.add_paragraph("After.")

    assert short(read(build)) == [
        ("paragraph", "Before."),
        ("table", "School\tPupils\nLow Fen\t90"),
        ("paragraph", "After."),
    ]


def test_a_table_that_lays_out_running_text_is_read_as_text() -> None:
    def build(document: Any) -> None:
        table = document.add_table(1, 2)
        table.cell(0, 0).text = "3. Vacancies"
        table.cell(0, 1).text = FILLER * 7

    assert [block.kind for block in read(build).blocks] == ["paragraph", "paragraph"]


def test_merged_cells_are_read_once() -> None:
    def build(document: Any) -> None:
        table = document.add_table(2, 2)
        for row in range(2):
            for column in range(2):
                table.cell(row, column).text = f"{row}{column}"
        table.cell(0, 0).merge(table.cell(1, 0)).text = "both"

    assert read(build).blocks[0].text == "both\t01\n\t11"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (run("We ") + f"<w:ins>{run('never ')}</w:ins>" + run("met."), "We never met."),
        (run("We met") + "<w:del><w:r><w:delText> not</w:delText></w:r></w:del>" + run("."), "We met."),
        (run("A") + f"<w:moveFrom>{run('gone')}</w:moveFrom><w:moveTo>{run('b')}</w:moveTo>", "Ab"),
        (f'<w:hyperlink w:anchor="x">{run("the link")}</w:hyperlink>' + run(" works"), "the link works"),
        (f"<w:sdt><w:sdtContent>{run('a field')}</w:sdtContent></w:sdt>", "a field"),
        ("<w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r>", "one\ntwo"),
        ("<w:r><w:t>one</w:t><w:tab/><w:t>two</w:t></w:r>", "one two"),
        ("<w:r><w:t>grade</w:t><w:noBreakHyphen/><w:t>level</w:t></w:r>", "grade-level"),
        (run("seen") + "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>", "seen"),
        ("<w:r><w:instrText>PAGEREF x</w:instrText></w:r>" + run("12"), "12"),
        (run("A") + '<w:commentRangeStart w:id="0"/>' + run("B") + '<w:commentRangeEnd w:id="0"/>', "AB"),
        (run("• first thing"), "first thing"),
    ],
)
def test_runs(inner: str, expected: str) -> None:
    assert [block.text for block in read(paragraph(inner)).blocks] == [expected]


def test_a_paragraph_whose_mark_was_deleted_goes_on_in_the_next() -> None:
    def build(document: Any) -> None:
        paragraph("<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("One "))(document)
        document.add_paragraph("whole.")

    assert short(read(build)) == [("paragraph", "One whole.")]


def test_a_page_break_is_no_line_break() -> None:
    def build(document: Any) -> None:
        run = document.add_paragraph("one").add_run()
        run.add_break(WD_BREAK.PAGE)
        run.add_text("two")

    assert short(read(build)) == [("paragraph", "one two")]


def test_numbering_makes_list_items_unless_it_is_switched_off() -> None:
    numbered = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{}"/></w:numPr></w:pPr>'
    assert read(paragraph(numbered.format(1) + run("on"))).blocks[0].kind == "list_item"
    assert read(paragraph(numbered.format(0) + run("off"))).blocks[0].kind == "paragraph"


BOX = (
    '<w:r xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:AlternateContent>'
    "<mc:Choice Requires='wps'><w:drawing><w:txbxContent><w:p>{0}</w:p></w:txbxContent></w:drawing></mc:Choice>"
    "<mc:Fallback><w:pict><w:txbxContent><w:p>{0}</w:p></w:txbxContent></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
)


def test_text_boxes_are_read_once_after_their_paragraph() -> None:
    reading = read(paragraph(run("Body.") + BOX.format(run("A box."))))
    assert short(reading) == [("paragraph", "Body."), ("paragraph", "A box.")]


def test_a_text_box_that_repeats_the_body_is_removed() -> None:
    reading = read(paragraph(run(FILLER) + BOX.format(run("compared what each of its schools had tried"))))
    assert short(reading) == [("paragraph", FILLER)]
    assert reading.removed == ["compared what each of its schools had tried"]


def with_footnotes(document: Any) -> bytes:
    """Add a footnotes part, which python-docx cannot write."""
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
        f'<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r>{run(" Interview, May.")}</w:p></w:footnote>'
        "</w:footnotes>"
    )
    override = (
        '<Override PartName="/word/footnotes.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"/></Types>'
    )
    relation = (
        '<Relationship Id="rIdNotes" Target="footnotes.xml" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"/></Relationships>'
    )
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(saved(document))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode("utf-8") if name.endswith((".rels", "Types].xml")) else old.read(name)
            if name == "[Content_Types].xml":
                part = str(part).replace("</Types>", override)
            elif name == "word/_rels/document.xml.rels":
                part = str(part).replace("</Relationships>", relation)
            new.writestr(name, part)
        new.writestr("word/footnotes.xml", notes)
    return stream.getvalue()


def test_a_footnote_follows_the_block_that_refers_to_it() -> None:
    document = docx.Document()
    document.add_paragraph("Next.")
    paragraph(run("A claim") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run("."))(document)
    assert short(read_docx(with_footnotes(document))) == [
        ("paragraph", "A claim."),
        ("note", "Interview, May."),
        ("paragraph", "Next."),
    ]


def test_headers_footers_and_comments_are_left_out() -> None:
    def build(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "Valley Desk, draft"
        document.sections[0].footer.paragraphs[0].text = "Page 1"
        document.add_comment(document.add_paragraph("Body.").runs, text="Can we say this?")

    reading = read(build)
    assert short(reading) == [("paragraph", "Body.")]
    assert sorted(reading.removed) == ["Page 1", "Valley Desk, draft"]


def test_a_table_of_contents_is_left_out() -> None:
    def build(document: Any) -> None:
        document.styles.add_style("toc 1", 1)
        document.add_paragraph("Costs\t3", style="toc 1")
        document.add_paragraph("Body.")

    assert short(read(build)) == [("paragraph", "Body.")]


def test_hints() -> None:
    def build(document: Any) -> None:
        properties = document.core_properties
        properties.title, properties.author, properties.created = "The Long Bench", "Ida Moreau", datetime(2019, 3, 4)

    assert read(build).hints == {"title": "The Long Bench", "author": "Ida Moreau", "date": "2019-03-04"}


def test_what_a_program_wrote_into_the_properties_is_no_hint() -> None:
    def build(document: Any) -> None:
        document.core_properties.title = "Microsoft Word - Document1"
        document.core_properties.author = "python-docx"

    assert read(build).hints == {}


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def cut() -> bytes:
    content = saved(docx.Document())
    return content[: len(content) // 2]


def without_body() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), ErrorCode.ENCRYPTED_FILE),
        (OLE, ErrorCode.ENCRYPTED_FILE),
        (OLE + "WordDocument".encode("utf-16-le"), ErrorCode.UNKNOWN_FORMAT),
        (cut(), ErrorCode.DAMAGED_FILE),
        (without_body(), ErrorCode.DAMAGED_FILE),
        (b"PK\x03\x04 not a zip", ErrorCode.DAMAGED_FILE),
        (b"plain text under the wrong name", ErrorCode.DAMAGED_FILE),
    ],
    ids=["password", "other OLE", "old Word", "cut off", "zip without body", "no zip", "text"],
)
def test_files_that_are_refused(content: bytes, code: ErrorCode) -> None:
    with pytest.raises(PipelineError) as caught:
        read_docx(content)
    assert caught.value.code is code


def test_a_document_without_text_has_no_blocks() -> None:
    assert read(lambda document: None).blocks == []


def test_properties_that_hold_something_else_say_nothing() -> None:
    document = docx.Document()
    document.add_paragraph("The group met in May.")
    document.core_properties.title = "A title"
    changed = BytesIO()
    with zipfile.ZipFile(BytesIO(saved(document))) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            after.writestr(name, b"<other/>" if name == "docProps/core.xml" else before.read(name))
    reading = read_docx(changed.getvalue())
    assert [block.text for block in reading.blocks] == ["The group met in May."]
    assert reading.hints == {}
