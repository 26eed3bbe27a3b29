"""PDF: columns, running headers, hyphenation, headings, lists, tables, quotations, notes, and files that are refused.

The files under tests/files were set for these tests; their text is our own.
"""

import re
from pathlib import Path

import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.from_pdf import read_pdf

FILES = Path(__file__).parent / "files"


def read(name: str) -> Reading:
    return read_pdf((FILES / name).read_bytes())


@pytest.fixture(scope="module")
def two_columns() -> Reading:
    return read("two-columns.pdf")


@pytest.fixture(scope="module")
def one_column() -> Reading:
    return read("one-column.pdf")


def headings(reading: Reading) -> list[tuple[int | None, str]]:
    return [(block.level, block.text) for block in reading.blocks if block.kind == "heading"]


def of_kind(reading: Reading, kind: str) -> list[str]:
    return [block.text for block in reading.blocks if block.kind == kind]


def all_text(reading: Reading) -> str:
    return "\n".join(block.text for block in reading.blocks)


def test_headings_of_two_columns_stand_in_reading_order(two_columns: Reading) -> None:
    assert headings(two_columns) == [
        (1, "Walking the Halls Together: Notes from the Fall Gathering"),
        (1, "Why Visit a Colleague?"),
        (2, "What was counted"),
        (1, "Two Problems of Practice"),
        (2, "Harrow Lane: The quiet meeting"),
        (2, "Juniper Flats: A coach for the coaches"),
        (1, "Next Steps"),
    ]


def test_paragraphs_are_whole_and_parted_by_their_indentation(two_columns: Reading) -> None:
    paragraphs = of_kind(two_columns, "paragraph")
    assert paragraphs[1].startswith("Eleven principals met")
    assert paragraphs[2].startswith("The difference, several said")
    assert all(re.search(r"[.?”]$", text) for text in paragraphs[1:])
    assert not any("\n" in text for text in paragraphs)


def test_a_pull_quote_that_repeats_the_body_is_removed_with_its_signature(two_columns: Reading) -> None:
    assert all_text(two_columns).count("the hallway chooses me") == 1
    assert "ELEMENTARY PRINCIPAL" not in all_text(two_columns)
    assert "ELEMENTARY PRINCIPAL, ON WALKTHROUGHS" in two_columns.removed


def test_a_ruled_table_stands_once_in_its_place(two_columns: Reading) -> None:
    table = "School\tVisits\tPages\nJuniper Flats\t14\t13\nHarrow Lane\t9\t9\nUpper Sweetwater\t4\t1"
    assert of_kind(two_columns, "table") == [table]
    index = next(number for number, block in enumerate(two_columns.blocks) if block.kind == "table")
    assert two_columns.blocks[index + 1].text.startswith("Upper Sweetwater joined late.")


def test_running_headers_and_page_numbers_are_removed(two_columns: Reading, one_column: Reading) -> None:
    assert "Tamarack Leaders Circle · Fall Gathering" not in all_text(two_columns)
    assert two_columns.removed.count("Tamarack Leaders Circle · Fall Gathering") == 2
    assert "Valley Policy Desk" not in all_text(one_column)
    assert {"Keeping the Bench Warm", "Valley Policy Desk", "- 1 -", "- 2 -", "- 3 -"} == set(one_column.removed)


def test_a_paragraph_cut_by_a_page_is_joined_and_keeps_its_first_page(one_column: Reading) -> None:
    cut = next(block for block in one_column.blocks if block.text.startswith("The larger steps"))
    assert cut.text.endswith("where the plan was made. Nobody regrets it.")
    assert cut.page == 2


def test_lists_with_bullets_and_numbers(one_column: Reading) -> None:
    items = of_kind(one_column, "list_item")
    assert items[0] == "name the person who steps in before the vacancy arises, and tell the staff"
    assert items[1].endswith("September when the board returns")
    assert [item[:2] for item in items[3:]] == ["1.", "2."]
    assert len(items) == 5


def test_a_block_quotation_is_indented_on_both_sides(one_column: Reading) -> None:
    (quote,) = of_kind(one_column, "quote")
    assert quote.startswith("They handed me the keys")
    assert quote.endswith("who would answer the radio.")
    assert "\n" not in quote


def test_footnotes_follow_the_paragraph_that_refers_to_them(one_column: Reading) -> None:
    notes = [number for number, block in enumerate(one_column.blocks) if block.kind == "note"]
    assert [one_column.blocks[number - 1].text[:8] for number in notes] == ["Every di", "We spoke"]
    assert one_column.blocks[notes[0]].text.startswith("The valley has fourteen districts")
    assert one_column.blocks[notes[1]].text.endswith("some a good deal longer.")
    assert "budgeted for." in one_column.blocks[notes[0] - 1].text


def test_a_table_without_rules_is_found_by_its_columns(one_column: Reading) -> None:
    (table,) = of_kind(one_column, "table")
    assert table.split("\n")[:2] == ["District\tWeeks vacant\tHeld by", "Alder Gap\t5\tassistant principal"]


def test_lines_that_the_writer_broke_stay_lines(one_column: Reading) -> None:
    assert one_column.blocks[1] == Block("paragraph", "Bertram Quillfeather\nMarch 4, 2019", page=1)


def test_hints_leave_out_what_a_program_made_up(two_columns: Reading, one_column: Reading) -> None:
    assert two_columns.hints["title"] == "Walking the Halls Together"
    assert two_columns.hints["author"] == "Wilma Castellane"
    assert "title" not in one_column.hints


def truncated() -> bytes:
    content = (FILES / "one-column.pdf").read_bytes()
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ((FILES / "scanned.pdf").read_bytes(), ErrorCode.NEEDS_OCR),
        ((FILES / "encrypted.pdf").read_bytes(), ErrorCode.ENCRYPTED_FILE),
        (truncated(), ErrorCode.DAMAGED_FILE),
        ((FILES / "one-column.pdf").read_bytes()[:-600], ErrorCode.DAMAGED_FILE),
        (b"%PDF-1.4\n", ErrorCode.DAMAGED_FILE),
        (b"%PDF-1.4\n%%EOF\n", ErrorCode.DAMAGED_FILE),
        (b"<html>saved under the wrong name</html>", ErrorCode.DAMAGED_FILE),
        (b"", ErrorCode.DAMAGED_FILE),
    ],
    ids=["scanned", "encrypted", "half", "no end", "head only", "head and end", "no PDF", "empty"],
)
def test_files_that_are_refused(content: bytes, code: ErrorCode) -> None:
    with pytest.raises(PipelineError) as caught:
        read_pdf(content)
    assert caught.value.code is code


def test_the_numbers_of_lines_in_the_margin_are_removed() -> None:
    reading = read("numbered-lines.pdf")
    assert headings(reading)[1:] == [
        (1, f"{n}. {text}")
        for n, text in enumerate(["Call to Order", "Coaching Without the Coach", "Succession", "Adjournment"], start=1)
    ]
    assert reading.removed[:3] == ["1", "2", "3"]
    assert not re.search(r"(?m)^\d+(?:\s|$)", all_text(reading))


def test_the_numbers_of_a_table_stay() -> None:
    assert "14" in all_text(read("two-columns.pdf"))
