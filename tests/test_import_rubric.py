"""Rubrics from their original documents: what is read, what is refused, what is written."""

import contextlib
import csv
import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from click.testing import CliRunner, Result
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from pipeline import rubric as rubrics
from pipeline.cli import main
from pipeline.config import HOME, Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.delimited import is_capitals, is_page_number, read_delimited
from pipeline.exchange.lines import fold
from pipeline.exchange.rubric_document import read_rubric
from pipeline.exchange.rubric_header import NAMES, columns_of, level_name
from pipeline.exchange.rubric_table import read_table
from pipeline.exchange.rubric_yaml import to_yaml
from pipeline.rubric import Area, Indicator, Practice, Rubric

SHARED = HOME.parent / "shared" / "corpus" / "leadership-system-rubric.txt"

HEADER = "PRACTICE | IN# | FIRST STEPS | MASTERY"
ONE = f"{HEADER}\n1. Leaders listen. | 1 | They ask. | They ask and act."


def tabbed(text: str) -> str:
    return re.sub(r" ?\| ?", "\t", text)


def read(text: str, delimiters: str = "\t", name: str | None = None) -> Any:
    return read_table(read_delimited(tabbed(text), delimiters), source="rubric.txt", name=name)


def rows(text: str) -> list[tuple[str, str, str, str, str]]:
    """Area, practice, its text, indicator, and the texts of its levels joined by slashes."""
    found = read(text).rubric.rows()
    return [(row.area, row.practice, row.practice_text, row.indicator, "/".join(row.levels.values())) for row in found]


def refused(text: str) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        read(text)
    assert caught.value.code == ErrorCode.INVALID_RUBRIC
    assert caught.value.exit_code == 3
    return caught.value


def pop(*words: object) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


# --- the header row --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "practice", "code", "number", "area", "levels"),
    [
        (["PRACTICE", "IN#", "GETTING STARTED", "GOING ON"], 0, 1, None, None, ["getting_started", "going_on"]),
        (["Practice", "Indicator", "Only level"], 0, 1, None, None, ["only_level"]),
        (["Area", "Practice", "Code", "1", "2", "3", "4"], 1, 2, None, 0, ["level_1", "level_2", "level_3", "level_4"]),
        (["Domain", "No.", "Practice", "Indicator", "Low"], 2, 3, 1, 0, ["low"]),
        (["Criterion", "No.", "Low", "High"], 0, 1, None, None, ["low", "high"]),
        (["Indicator no.", "Practice", "Low"], 1, 0, None, None, ["low"]),
        (["Practice #", "Practices", "Indicator ID", "Low"], 1, 2, 0, None, ["low"]),
        (["Practice", "IN #", "Below standard", "Standard"], 0, 1, None, None, ["below_standard", "standard"]),
        (["Practice", "Code", "Standard", "Low"], 0, 1, None, 2, ["low"]),
        (["Practice:", "", "Code*", "★", "Große Übung"], 0, 2, None, None, ["level_1", "große_übung"]),
    ],
)
def test_columns_are_recognised(header, practice, code, number, area, levels) -> None:
    found = columns_of(header)
    assert found is not None
    assert (found.practice, found.code, found.number, found.area) == (practice, code, number, area)
    assert list(found.levels.values()) == levels


@pytest.mark.parametrize(
    "cells",
    [
        ["Practice", "Code"],
        ["Practice", "Low", "High"],
        ["Code", "Low", "High"],
        ["1. Leaders practice.", "1", "They begin."],
        ["Practice indicators", "are listed below", "by area"],
        [],
    ],
)
def test_what_is_no_header(cells) -> None:
    assert columns_of(cells) is None


@pytest.mark.parametrize(
    ("header", "named"),
    [("Practice | Code | Indicator | Low", "'Indicator'"), ("Practice | Code | Low | LOW!", "'LOW!'")],
)
def test_columns_that_could_mean_two_things_are_refused(header, named) -> None:
    assert named in refused(header).found


@given(st.text())
def test_the_name_of_a_level_is_in_snake_case(text) -> None:
    name = level_name(text)
    assert name == level_name(name)
    assert "__" not in name
    assert not name.isdigit()
    assert all(char.isalnum() for char in name.replace("_", ""))


# --- tables amid text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            f"BUILD TRUST\n\n{HEADER}\n1. Leaders listen. | 1a | They ask. | They act.\n"
            "| 1b | They meet. | Others meet.",
            [
                ("BUILD TRUST", "1", "Leaders listen.", "1a", "They ask./They act."),
                ("BUILD TRUST", "1", "Leaders listen.", "1b", "They meet./Others meet."),
            ],
            id="an empty cell is the practice above",
        ),
        pytest.param(
            f"A\n{HEADER}\n1. One. | 1a | x. | y.\n\n{HEADER}\n| 1b | z. | w.\n\nB\n\n{HEADER}\n2. Two. | 2 | u. | v.",
            [("A", "1", "One.", "1a", "x./y."), ("A", "1", "One.", "1b", "z./w."), ("B", "2", "Two.", "2", "u./v.")],
            id="the header is repeated on the next page, amid a practice",
        ),
        pytest.param(
            f"A\n{HEADER}\n1. One. | 1a | x. | y.\n\fA (continued)\n{HEADER}\n1. One. (cont.) | 1b | z. | w.",
            [("A", "1", "One.", "1a", "x./y."), ("A", "1", "One.", "1b", "z./w.")],
            id="area and practice are repeated on the next page",
        ),
        pytest.param(
            f"Our Rubric\n\nA\n{HEADER}\n1. One. | 1a | x. | y.\n\n7\n\nOur Rubric\n{HEADER}\n| 1b | z. | w.",
            [("A", "1", "One.", "1a", "x./y."), ("A", "1", "One.", "1b", "z./w.")],
            id="page numbers and the repeated title are no areas",
        ),
        pytest.param(
            f"{HEADER}\n1. One. | 1 | They meet\nnow and\n\nthen. | They meet\nweekly.\n2. Two. | 2 | x. | y.",
            [
                ("Rubric", "1", "One.", "1", "They meet now and then./They meet weekly."),
                ("Rubric", "2", "Two.", "2", "x./y."),
            ],
            id="cells go on in the next lines",
        ),
        pytest.param(
            f"{HEADER}\n1. One. | 1 | x. | It is done.\nIt is done again.\n"
            "2. Leaders of\nthe district\nplan. | 2 | x. | y.",
            [
                ("Rubric", "1", "One.", "1", "x./It is done. It is done again."),
                ("Rubric", "2", "Leaders of the district plan.", "2", "x./y."),
            ],
            id="the last cell goes on in the next line, and so does the first",
        ),
        pytest.param(
            f'{HEADER}\n1. One. | 1 | "They say ""we""\nand\tmean it." | "Open door" hours are held.',
            [("Rubric", "1", "One.", "1", 'They say "we" and mean it./"Open door" hours are held.')],
            id="cells in quotation marks, as spreadsheets write them, and words in quotation marks",
        ),
        pytest.param(
            f"{HEADER}\nBUILD TRUST\n1. One. | 1 | x. | y.\nLead Together\n2. Two. | 2 | x. | y.",
            [("BUILD TRUST", "1", "One.", "1", "x./y."), ("Lead Together", "2", "Two.", "2", "x./y.")],
            id="headings between the rows",
        ),
        pytest.param(
            f"{HEADER}\n1. One.\n| 1a | x. | y.\n| 1b | x. | y.\n2. Two.\n| 2a | x. | y.",
            [
                ("Rubric", p, t, i, "x./y.")
                for p, t, i in [("1", "One.", "1a"), ("1", "One.", "1b"), ("2", "Two.", "2a")]
            ],
            id="practices on rows of their own",
        ),
        pytest.param(
            "Area | Practice | Code | Low\nTrust | 1. One. | 1a | x.\n| | 1b | y.\nGoals | 2. Two. | 2 | z.\n"
            "Trust | 3. Three. | 3 | w.",
            [
                ("Trust", "1", "One.", "1a", "x."),
                ("Trust", "1", "One.", "1b", "y."),
                ("Trust", "3", "Three.", "3", "w."),
                ("Goals", "2", "Two.", "2", "z."),
            ],
            id="a column of areas; an area that comes back is the same one",
        ),
        pytest.param(
            "Practice | Code | Low | High\n1. One. | 1 | x. | y.\n\n"
            "Practice | Code | High | Low\n2. Two. | 2 | v. | u.",
            [("Rubric", "1", "One.", "1", "x./y."), ("Rubric", "2", "Two.", "2", "u./v.")],
            id="levels in another order",
        ),
    ],
)
def test_a_table_in_a_text(text, expected) -> None:
    assert rows(text) == expected


@pytest.mark.parametrize(
    ("practices", "ids", "texts"),
    [
        pytest.param(["1. A. | 1", "2) B. | 2a", "| 2b"], ["1", "2"], ["A.", "B."], id="numbered"),
        pytest.param(["12. A. | 12b", "7. B. | 7"], ["12", "7"], ["A.", "B."], id="in any order"),
        pytest.param(["1.2 A. | 1.2a", "1.3 B. | 1.3a"], ["1.2", "1.3"], ["A.", "B."], id="with points"),
        pytest.param(["Practice 3: A. | IN-3", "Practice 4: B. | IN-4"], ["3", "4"], ["A.", "B."], id="in words"),
        pytest.param(["A. | 12a", "| 12b", "B. | 13"], ["12", "13"], ["A.", "B."], id="numbered by their codes"),
        pytest.param(["A. | T1a", "| T1b", "B. | G1"], ["T1", "G1"], ["A.", "B."], id="numbered by codes with letters"),
        pytest.param(["A. | x", "B. | y"], ["1", "2"], ["A.", "B."], id="not numbered"),
        pytest.param(
            ["21 schools plan. | 4x", "B. | 9"], ["4", "9"], ["21 schools plan.", "B."], id="a number that counts"
        ),
        pytest.param(["1. A. | 2-1", "1. B. | 3-1"], ["1", "2"], ["1. A.", "1. B."], id="the same number twice"),
        pytest.param(["1. A. | x", "2. B. | y"], ["1", "2"], ["1. A.", "2. B."], id="numbers that no code has"),
    ],
)
def test_the_ids_of_practices(practices, ids, texts) -> None:
    made = read("\n".join(["Practice | Code | Low", *(f"{practice} | x." for practice in practices)])).rubric
    found = [practice for area in made.areas for practice in area.practices]
    assert [practice.id for practice in found] == ids
    assert [practice.text for practice in found] == texts


def test_a_column_of_practice_numbers() -> None:
    made = read("No. | Practice | Indicator | Low\n4 | A. | a | x.\n| | b | x.\n7 | B. | c | x.").rubric
    assert [(row.practice, row.indicator) for row in made.rows()] == [("4", "a"), ("4", "b"), ("7", "c")]


@pytest.mark.parametrize(
    ("above", "name", "areas"),
    [
        ("Our Rubric\n\nA first sentence.\n\nTRUST", "Our Rubric", ["TRUST"]),
        ("Our Rubric", "Our Rubric", ["Our Rubric"]),
        ("3\n\nA first sentence.", "Untitled", ["Untitled"]),
        ("", "Untitled", ["Untitled"]),
    ],
)
def test_the_name_of_a_rubric(above, name, areas) -> None:
    lines = read_delimited(tabbed(f"{above}\n\n{ONE}"))
    made = read_table(lines, source="r.txt", untitled="Untitled").rubric
    assert (made.name, [area.name for area in made.areas]) == (name, areas)
    assert read_table(lines, source="r.txt", name="Mine").rubric.name == "Mine"


def test_what_is_no_part_of_the_table_is_told() -> None:
    left_out = read(f"Our Rubric\n\nA first sentence.\n\nTRUST\n{ONE}\n\nAll rights reserved.").left_out
    assert [(line.place, line.cells) for line in left_out] == [
        ("line 3", ("A first sentence.",)),
        ("line 9", ("All rights reserved.",)),
    ]


@pytest.mark.parametrize("text", ["7", "– 7 –", "Page 7 of 12", "p. 3", "3/12"])
def test_page_numbers(text) -> None:
    assert is_page_number(text)
    assert not is_capitals(text)


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", "no table", id="nothing"),
        pytest.param("Leaders meet.\nThey talk.", "no line has several cells", id="no table"),
        pytest.param(
            "Level | First\nLow | They begin.", "line 1 begins with the cells 'Level', 'First'", id="another table"
        ),
        pytest.param(HEADER, "a header row without rows", id="no rows"),
        pytest.param(
            f"{ONE}\n2. Two. | 1 | x. | y.", "indicator code 1 stands 2 times (line 2, line 3)", id="a code twice"
        ),
        pytest.param(
            f"{ONE}\n2. Two. | 2 | | y.", "line 3: indicator 2 has no text for first_steps", id="an empty cell"
        ),
        pytest.param(f"{ONE}\n2. Two. | 2 | x.", "line 3: indicator 2 has no text for mastery", id="a missing cell"),
        pytest.param(f"{ONE}\n2. Two. | 2 | x.\n| 3 | y.", "line 4: indicator 3 has no text", id="two cells missing"),
        pytest.param(
            f"{ONE}\n2. Two. | 2 | x.\n3. Three. | 3 | y.", "line 4: indicator 3 has no text", id="and two more"
        ),
        pytest.param(
            f"{ONE}\n2. Two. | | x. | y.", "line 3 has the text of a level but no indicator code", id="no code"
        ),
        pytest.param(
            f"{ONE}\n| | x. | y.", "line 3 has the text of a level but no indicator code", id="nothing but levels"
        ),
        pytest.param(f"{HEADER}\n| 1 | x. | y.", "line 2: indicator 1 has no practice", id="no practice"),
        pytest.param(f"{ONE}\n\nB\n{HEADER}\n| 2 | x. | y.", "indicator 2 has no practice", id="none in the next area"),
        pytest.param(
            f"{ONE}\n2. Two. | 2 | x. | y. | z.", "line 3 has text in column 5, which has no name", id="a cell more"
        ),
        pytest.param(
            f"{ONE}\n\nPractice | Code | Low\n2. Two. | 2 | x.", "line 4 has the levels low", id="other levels"
        ),
    ],
)
def test_faults_are_refused(text, found) -> None:
    error = refused(text)
    assert found in error.found
    assert "rubric.txt" in error.found
    assert error.expected
    assert error.do


def test_many_faults_are_counted() -> None:
    error = refused("\n".join([HEADER, *(f"{n}. P. | {n} | | y." for n in range(1, 9))]))
    assert error.found.count("has no text") == 5
    assert "and 3 more" in error.found


# --- formats ---------------------------------------------------------------------------------------------------------

TABLE = [
    ["BUILD TRUST"],
    ["Practice", "IN#", "First steps", "Mastery"],
    ["1. Leaders listen.", "1a", "They ask,\nnow and then.", "They ask; and act."],
    ["", "1b", 'They say "come in".', "Others meet."],
    ["2. Leaders tell.", "2", "They write.", "They write and call."],
]
READ = [
    ("1", "1a", ["They ask, now and then.", "They ask; and act."]),
    ("1", "1b", ['They say "come in".', "Others meet."]),
    ("2", "2", ["They write.", "They write and call."]),
]


def as_csv(table: Sequence[Sequence[str]], **dialect: Any) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, **dialect).writerows(table)
    return stream.getvalue().encode()


def as_tsv(table: Sequence[Sequence[str]]) -> bytes:
    return as_csv(table, delimiter="\t")


def as_xlsx(table: Sequence[Sequence[object]], *more: tuple[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    for title, held in (("Sheet1", table), *more):
        sheet = book.active if title == "Sheet1" else book.create_sheet(title)
        for number, row in enumerate(held, start=1):
            for place, value in enumerate(row, start=1):
                cell = sheet.cell(number, place)
                cell.value = value or None
                if isinstance(value, str) and value:
                    cell.data_type = "s"  # no formula
    return saved(book)


def as_docx(table: Sequence[Sequence[str]]) -> bytes:
    """A row with one cell is a paragraph above the table that the rows below it form."""
    document, made = docx.Document(), None
    for row in table:
        if len(row) == 1:
            document.add_paragraph(row[0])
            made = None
            continue
        made = made or document.add_table(0, len(row))
        for cell, text in zip(made.add_row().cells, row, strict=True):
            cell.text = text
    return saved(document)


def saved(document: Any) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


FORMATS = {
    "rubric.tsv": as_tsv,
    "rubric.txt": as_tsv,
    "rubric.csv": as_csv,
    "rubric.xlsx": as_xlsx,
    "rubric.docx": as_docx,
}


def imported(folder: Path, name: str, content: bytes) -> Rubric:
    path = folder / name
    path.write_bytes(content)
    return read_rubric(path, Settings()).rubric


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, write(TABLE)) for name, write in FORMATS.items()),
        pytest.param("rubric.csv", as_csv(TABLE, delimiter=";"), id="csv with semicolons"),
        pytest.param("rubric.csv", as_csv(TABLE, delimiter="\t"), id="csv with tabs"),
        pytest.param(
            "RUBRIC.CSV", b"\xef\xbb\xbf" + as_csv(TABLE, quoting=csv.QUOTE_ALL), id="csv with marks around all"
        ),
        pytest.param(
            "rubric.txt", as_tsv(TABLE).decode().encode("utf-16"), id="text in UTF-16, as spreadsheets save it"
        ),
        pytest.param("rubric.csv", as_csv([["", *row] for row in TABLE]), id="an empty column at the left"),
        pytest.param("rubric.xlsx", as_xlsx([["", *row] for row in TABLE]), id="an empty column in the sheet"),
    ],
)
def test_all_formats_read_alike(tmp_path, name, content) -> None:
    made = imported(tmp_path, name, content)
    assert [(row.practice, row.indicator, list(row.levels.values())) for row in made.rows()] == READ
    assert (made.name, [area.name for area in made.areas]) == ("BUILD TRUST", ["BUILD TRUST"])
    assert made.levels == ["first_steps", "mastery"]


def test_a_workbook_with_numbers_and_a_sheet_for_each_area(tmp_path) -> None:
    header = ["Practice", "No.", "Low"]
    content = as_xlsx([["How to use this"]], ("Trust", [header, ["A.", 1, "x."]]), ("Goals", [header, ["B.", 2.0, 3]]))
    made = imported(tmp_path, "our_coaching-rubric.xlsx", content)
    assert [(row.area, row.indicator, row.levels["low"]) for row in made.rows()] == [
        ("Trust", "1", "x."),
        ("Goals", "2", "3"),
    ]
    assert made.name == "How to use this"


def test_a_table_without_title_is_called_as_its_file(tmp_path) -> None:
    assert imported(tmp_path, "our_coaching-rubric.csv", as_csv(TABLE[1:])).name == "Our coaching rubric"


def test_merged_and_revised_cells_of_a_word_table(tmp_path) -> None:
    document = docx.Document()
    made = document.add_table(5, 4)
    for row, texts in zip(made.rows, [["BUILD TRUST", "", "", ""], *TABLE[1:]], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    made.rows[0].cells[0].merge(made.rows[0].cells[3])
    made.rows[2].cells[0].merge(made.rows[3].cells[0])
    w = nsdecls("w")
    paragraph = made.rows[4].cells[3].paragraphs[0]._p
    paragraph.append(parse_xml(f"<w:ins {w}><w:r><w:t> Each week.</w:t></w:r></w:ins>"))
    paragraph.append(parse_xml(f"<w:del {w}><w:r><w:delText> Never.</w:delText></w:r></w:del>"))
    found = imported(tmp_path, "rubric.docx", saved(document)).rows()
    assert [(row.area, row.practice, row.indicator) for row in found] == [
        ("BUILD TRUST", practice, code) for practice, code, _ in READ
    ]
    assert found[-1].levels["mastery"] == "They write and call. Each week."


def test_a_code_that_became_a_date(tmp_path) -> None:
    day = datetime.date(2026, 1, 2)
    with pytest.raises(PipelineError, match="the date 2026-01-02"):
        imported(tmp_path, "rubric.xlsx", as_xlsx([["Practice", "Code", "Low"], ["A.", day, "x."]]))


def bomb() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 70_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("rubric.pdf", b"%PDF-1.7", ErrorCode.UNKNOWN_FORMAT),
        ("rubric", b"text", ErrorCode.UNKNOWN_FORMAT),
        ("rubric.yaml", b"name: x", ErrorCode.UNKNOWN_FORMAT),
        ("rubric.txt", b" \n", ErrorCode.EMPTY_FILE),
        ("rubric.csv", as_xlsx(TABLE), ErrorCode.BINARY_FILE),
        ("rubric.xlsx", as_docx(TABLE), ErrorCode.DAMAGED_FILE),
        ("rubric.docx", as_xlsx(TABLE), ErrorCode.DAMAGED_FILE),
        ("rubric.xlsx", as_xlsx(TABLE)[:2000], ErrorCode.DAMAGED_FILE),
        ("rubric.xlsx", b"no archive", ErrorCode.DAMAGED_FILE),
        ("rubric.xlsx", bytes.fromhex("d0cf11e0a1b11ae1"), ErrorCode.UNKNOWN_FORMAT),
        ("rubric.docx", b"no archive", ErrorCode.DAMAGED_FILE),
        ("rubric.xlsx", bomb(), ErrorCode.TOO_LARGE),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, code) -> None:
    with pytest.raises(PipelineError) as caught:
        imported(tmp_path, name, content)
    assert caught.value.code == code
    assert name in caught.value.found
    assert caught.value.exit_code == 3


def test_files_that_are_missing_or_too_large(tmp_path) -> None:
    with pytest.raises(PipelineError) as caught:
        read_rubric(tmp_path / "none.csv", Settings())
    assert caught.value.code == ErrorCode.MISSING_FILE
    (tmp_path / "rubric.csv").write_bytes(as_csv(TABLE))
    with pytest.raises(PipelineError, match="at most 10 bytes"):
        read_rubric(tmp_path / "rubric.csv", Settings(max_text_bytes=10))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(PipelineError) as caught:
        read_rubric(tmp_path / "folder.csv", Settings())
    assert caught.value.code == ErrorCode.UNREADABLE


# --- properties ------------------------------------------------------------------------------------------------------

LETTERS = st.characters(min_codepoint=32, exclude_categories=["C", "Zl", "Zp"])
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=8), min_size=1, max_size=30).map(" ".join).map(fold)
SENTENCES = st.one_of(WORDS, st.sampled_from(['"Yes", they say', "- a # b: c", "'tis", "= 1", "word " * 60])).map(
    lambda words: fold(f"{words} so."),
)
CAPITALS = st.text("ABCDEFGH &'", min_size=1, max_size=30).map(fold).filter(lambda text: text.strip(" &'") != "")
LEVELS = st.lists(WORDS, min_size=1, max_size=4, unique_by=level_name)


def _is_column(name: str) -> bool:
    return any(re.fullmatch(pattern, name.strip().casefold()) for pattern in NAMES.values())


@st.composite
def made_rubrics(draw: Any) -> tuple[Rubric, list[str]]:
    """A rubric and the names of its levels as a header row has them."""
    # A level that is called like another column ("IN") cannot be told from it.
    header = [name for name in draw(LEVELS) if level_name(name) and not _is_column(name)] or ["Only level"]
    assume(columns_of(["Practice", "IN#", *header]) is not None)
    levels = list(map(level_name, header))
    texts = iter(draw(st.lists(SENTENCES, min_size=6, max_size=6, unique=True)))
    counts = draw(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=2), min_size=1, max_size=3))
    names = draw(st.lists(CAPITALS, min_size=len(counts), max_size=len(counts), unique=True))
    number, areas = 0, []
    for name, held in zip(names, counts, strict=True):
        practices = []
        for count in held:
            number += 1
            codes = [f"{number}{letter}" for letter in "abc"[:count]] if count > 1 else [str(number)]
            cells = [dict(zip(levels, [draw(SENTENCES) for _ in levels], strict=True)) for _ in codes]
            indicators = [Indicator(id=code, levels=held) for code, held in zip(codes, cells, strict=True)]
            practices.append(Practice(id=str(number), text=next(texts), indicators=indicators))
        areas.append(Area(name=name, practices=practices))
    rubric = Rubric(name=draw(WORDS.filter(bool)), levels=levels, areas=areas)
    return rubrics.with_sha256(rubric), header


def with_headings(rubric: Rubric, header: Sequence[str]) -> list[list[str]]:
    """The table of a rubric as it is printed: each area under its heading."""
    table = []
    for area in rubric.areas:
        table += [[area.name], ["Practice", "IN#", *header]]
        for practice in area.practices:
            for rank, one in enumerate(practice.indicators):
                opening = "" if rank else f"{practice.id}. {practice.text}"
                table.append([opening, one.id, *one.levels.values()])
    return table


def with_columns(rubric: Rubric, header: Sequence[str]) -> list[list[str]]:
    """The table of a rubric as a database has it: every cell filled."""
    rows = ([row.area, row.practice, row.practice_text, row.indicator, *row.levels.values()] for row in rubric.rows())
    return [["Area", "Practice no.", "Practice", "Indicator", *header], *rows]


@pytest.mark.parametrize("layout", [with_headings, with_columns])
@pytest.mark.parametrize("name", [name for name in FORMATS if not name.endswith(".txt")])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(made=made_rubrics())
def test_what_is_written_is_read_back(tmp_path, name, layout, made) -> None:
    rubric, header = made
    path = tmp_path / name
    path.write_bytes(FORMATS[name](layout(rubric, header)))
    found = read_rubric(path, Settings(), rubric.name)
    assert found.rubric == rubric
    assert found.left_out == []


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(made=made_rubrics())
def test_the_yaml_loads_as_the_same_rubric(tmp_path, made) -> None:
    rubric, _ = made
    path = tmp_path / "rubric.yaml"
    path.write_text(to_yaml(rubric, "A comment."), encoding="utf-8")
    assert rubrics.load(path) == rubric
    assert to_yaml(rubrics.load(path), "A comment.") == path.read_text(encoding="utf-8")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(fold).filter(bool))
@example(text="no")
@example(text="12")
@example(text="a\x07b")
@example(text="\ufeff")
def test_any_text_survives_yaml(tmp_path, text) -> None:
    practice = Practice(id=text, text=text, indicators=[Indicator(id=text, levels={text: text})])
    rubric = Rubric(name=text, levels=[text], areas=[Area(name=text, practices=[practice])])
    (tmp_path / "rubric.yaml").write_text(to_yaml(rubric, "A comment."), encoding="utf-8")
    assert rubrics.load(tmp_path / "rubric.yaml") == rubrics.with_sha256(rubric)


@given(st.text(st.sampled_from('a1 .\t\n"|,;\fA')))
def test_no_text_ends_in_a_fault_of_the_program(text) -> None:
    content = tabbed(f"{ONE}\n{text}")
    lines = read_delimited(content, "\t;,|")
    letters = "".join("".join(line.cells) for line in lines).replace(" ", "").replace('"', "")
    assert letters == "".join(fold(content).split()).replace("\t", "").replace('"', ""), "no cell is lost"
    with contextlib.suppress(PipelineError):
        read_table(lines, source="x")


def test_the_shipped_rubric_survives_a_table() -> None:
    shipped = rubrics.load(HOME / "corpus" / "rubric.yaml")
    table = with_headings(shipped, ["GETTING STARTED", "GETTING BETTER", "KEEP IMPROVING"])
    found = read_table(read_delimited(as_tsv(table).decode().replace("\r", "")), source="x", name=shipped.name).rubric
    assert (found.areas, found.sha256) == (shipped.areas, shipped.sha256)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 400])
def test_a_table_may_be_wrapped_at_any_width(width) -> None:
    shipped = rubrics.load(HOME / "corpus" / "rubric.yaml")
    table = with_headings(shipped, shipped.levels)
    table = [[name.upper() for name in row] if len(row) == 1 else row for row in table]
    lines = ["\t".join(row) for row in table]
    wrapped = [re.sub(rf"(?<!\n)([^\n]{{{width}}}[^ \n]*) ", r"\1\n", line) for line in lines]
    assert wrapped != lines
    assert read("\n".join(wrapped)).rubric.rows() == read("\n".join(lines)).rubric.rows()


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "rubric.tsv"
    path.write_bytes(as_tsv(TABLE))
    return path


def test_the_command_writes_a_rubric_that_loads(tmp_path, document) -> None:
    output = tmp_path / "new" / "rubric.yaml"
    result = pop("import", "rubric", document, "-o", output, "--name", "Our  Rubric")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "Our Rubric: 1 area, 2 practices, 3 indicators, 2 levels" in result.stderr
    assert "first_steps, mastery" in result.stderr
    assert "BUILD TRUST: 1 (1a, 1b), 2 (2)" in result.stderr
    assert [row.indicator for row in rubrics.load(output).rows()] == ["1a", "1b", "2"]
    assert rubrics.load(output).name == "Our Rubric"


def test_the_file_reads_well(tmp_path, document) -> None:
    assert (
        pop("import", "rubric", document, "--quiet").stdout
        == """\
# Imported from rubric.tsv: 1 area, 2 practices, 3 indicators, 2 levels.
name: BUILD TRUST
levels: [first_steps, mastery]
areas:
  - name: BUILD TRUST
    practices:
      - id: "1"
        text: >-
          Leaders listen.
        indicators:
          - id: "1a"
            levels:
              first_steps: >-
                They ask, now and then.
              mastery: >-
                They ask; and act.
          - id: "1b"
            levels:
              first_steps: >-
                They say "come in".
              mastery: >-
                Others meet.
      - id: "2"
        text: >-
          Leaders tell.
        indicators:
          - id: "2"
            levels:
              first_steps: >-
                They write.
              mastery: >-
                They write and call.
"""
    )


def test_no_file_is_written_over_unless_asked(tmp_path, document) -> None:
    output = tmp_path / "rubric.yaml"
    output.write_text("mine")
    result = pop("import", "rubric", document, "-o", output)
    assert result.exit_code == 3
    assert "--force" in result.stderr
    assert output.read_text() == "mine"
    assert pop("import", "rubric", document, "-o", output, "--force").exit_code == 0
    assert rubrics.load(output).indicators == ["1a", "1b", "2"]
    before = document.read_bytes()
    assert pop("import", "rubric", document, "-o", document, "--force").exit_code == 3
    assert document.read_bytes() == before


def test_a_refused_document_writes_nothing(tmp_path) -> None:
    document, output = tmp_path / "rubric.csv", tmp_path / "rubric.yaml"
    document.write_text("Practice,Code,Low\n1. One.,1,\n")
    result = pop("import", "rubric", document, "-o", output)
    assert result.exit_code == 3
    assert "line 2: indicator 1 has no text for low" in result.stderr
    assert not output.exists()


@pytest.mark.parametrize("words", [["import"], ["import", "nonsense"], ["import", "rubric"]])
def test_wrong_usage(words) -> None:
    assert pop(*words).exit_code == 2


# --- the rubric of the shared folder ---------------------------------------------------------------------------------


@pytest.mark.shared
def test_no_cell_of_the_leadership_rubric_is_lost() -> None:
    """Every cell of its text, read here in the plainest way, stands in the rubric at its indicator and level."""
    found = read_rubric(SHARED, Settings()).rubric
    assert (found.name, found.levels) == ("Leadership System", ["getting_started", "getting_better", "keep_improving"])
    lines = [line.split("\t") for line in SHARED.read_text(encoding="utf-8").splitlines()]
    cells = [line for line in lines if len(line) == 5 and line[1] != "IN#"]
    rows = found.rows()
    assert [[row.indicator, *row.levels.values()] for row in rows] == [line[1:] for line in cells]
    assert [line[0] for line in cells if line[0]] == [
        f"{practice.id}. {practice.text}" for area in found.areas for practice in area.practices
    ]
    assert (len(rows), sum(len(row.levels) for row in rows)) == (28, 84)
    headings = [line[0] for line in lines if len(line) == 1 and line[0].isupper()]
    assert [area.name for area in found.areas] == headings
    assert (len(headings), len({row.practice for row in rows})) == (6, 19)
    shipped = rubrics.load(HOME / "corpus" / "rubric.yaml")
    assert [(row.practice, row.indicator) for row in shipped.rows()] == [(row.practice, row.indicator) for row in rows]
