"""Tables for spreadsheets and statistics: what they hold, that nothing breaks them, and what comes back changed."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pyreadstat
import pytest
from builders import (
    bundle,
    codebook,
    document,
    mapping,
    passages,
    quote,
    recorded,
    rubric,
    segment,
    tag,
    theme_decision,
)
from click.testing import CliRunner, Result
from exchanging import HARD, SOME, differences, made_of, written
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli import main
from pipeline.corrections import log
from pipeline.errors import PipelineError
from pipeline.exchange.codings import codes
from pipeline.exchange.tables import apart, long, reading, returning, wide, writing
from pipeline.exchange.tables.judged import together
from pipeline.exchange.tables.shaping import escaped, unescaped, valid_names, with_newlines
from pipeline.forms.grid import Column, Grid
from pipeline.records import Bundle

CODES = codebook("succession", "equity", "culture_change")
RUBRIC = rubric({"Shared work": {"12": ["12a", "12b"], "13": ["13a"]}})


def meeting() -> Bundle:
    doc = document("Staffing\n\nAna Ruiz said, “We share the work.”\n\nNobody knew who would follow the principal.")
    heading, said, last = passages(doc)
    words = quote(said, "We share the work.", speaker="Ana Ruiz", cue="said")
    return bundle(
        doc,
        segments=[segment([heading, said, last])],
        quotes=[words],
        tags=[tag(said, "equity", 0.9), tag(last, "succession", 0.5, decision="review")],
        mappings=[mapping(words, "12b", 0.8), mapping(words, "12a", 0.2, decision="reject", rank=2)],
    )


def table(one: Bundle, **asked: Any) -> list[dict[str, Any]]:
    grid = wide.grid([one], wide.Wanted(codebook=CODES, rubric=RUBRIC, **asked))
    return [dict(zip(grid.names, row, strict=True)) for row in grid.rows]


def themes(row: dict[str, Any], ending: str = "") -> list[bool | None]:
    return [row[f"theme_{theme}{ending}"] for theme in CODES.ids]


def test_a_row_for_each_passage_with_a_column_for_each_theme() -> None:
    said, last = table(meeting())
    assert (said["id"], said["segment_heading"], said["text"]) == (
        "d1-p1",
        "Staffing",
        "Ana Ruiz said, “We share the work.”",
    )
    assert themes(said) == [False, True, False]
    assert themes(last) == [None, False, False]


def test_what_is_left_for_review_counts_as_absent_where_only_the_certain_is_asked() -> None:
    assert themes(table(meeting(), review=False)[1]) == [False, False, False]


def test_practices_are_known_where_there_is_a_quote() -> None:
    said, last = table(meeting())
    assert (said["practice_12"], said["practice_13"]) == (True, False)
    assert (last["practice_12"], last["practice_13"]) == (None, None)


def test_a_row_for_each_quote_tells_who_speaks() -> None:
    [one] = table(meeting(), unit="quote", p=True)
    assert (one["speaker"], one["text"], one["practice_12"]) == ("Ana Ruiz", "We share the work.", True)
    assert (one["p_equity"], one["p_practice_12"], one["p_succession"]) == (0.9, 0.8, None)
    assert themes(one) == [False, True, False]


@pytest.mark.parametrize("unit", ["segment", "document"])
def test_a_whole_has_what_any_of_its_parts_has(unit: Any) -> None:
    [one] = table(meeting(), unit=unit)
    assert themes(one) == [None, True, False]
    assert one["practice_12"] is True


@pytest.mark.parametrize(
    ("cells", "whole"), [([1, None], 1), ([0, None], None), ([0, 0], 0), ([], None), ([1, 0], 1), ([None], None)]
)
def test_what_holds_of_a_whole(cells: list[int | None], whole: int | None) -> None:
    assert together(cells) == whole


def test_what_people_say_counts_and_what_they_leave_open_is_empty() -> None:
    one = meeting()
    said = one.passages[1]
    ana = theme_decision(one.document, said, {"succession": 2}, open=["culture_change"])
    [row, _] = table(one, recorded=recorded(ana), coders=True)
    assert themes(row) == [True, False, False]
    assert themes(row, "__ana") == [True, False, None]


def test_where_people_differ_nothing_is_known() -> None:
    one = meeting()
    said = one.passages[1]
    ana = theme_decision(one.document, said, {"succession": 2})
    ben = theme_decision(one.document, said, {"equity": 2}, coder="ben")
    [row, other] = table(one, recorded=recorded(ana, ben), coders=True)
    assert themes(row) == [None, None, False]
    assert themes(row, "__ben") == [False, True, False]
    assert themes(other, "__ana") == [None, None, None]


def test_nobody_judged_a_rubric() -> None:
    one = bundle(document("Leaders plan.", kind="rubric"))
    assert themes(table(one)[0]) == [None, None, None]


def test_the_long_form_has_a_row_for_each_coding() -> None:
    grid = long.grid([meeting()], codes(CODES, RUBRIC))
    rows = [dict(zip(grid.names, row, strict=True)) for row in grid.rows]
    assert [(one["code"], one["code_above"], one["decision"], one["speaker"]) for one in rows] == [
        ("segment:discussion", "Segments", "yes", None),
        ("theme:equity", "Themes", "yes", None),
        ("indicator:12b", "12 Leaders do 12.", "yes", "Ana Ruiz"),
        ("quote", None, "yes", "Ana Ruiz"),
        ("theme:succession", "Themes", "review", None),
    ]
    assert all(meeting().document.text[one["start"] : one["end"]] == one["text"] for one in rows)


@pytest.mark.parametrize(("unit", "n"), [(None, 5), ("passage", 2), ("quote", 2), ("segment", 1), ("document", 5)])
def test_the_codings_of_a_unit(unit: Any, n: int) -> None:
    assert len(long.grid([meeting()], codes(CODES, RUBRIC), unit).rows) == n


def hard(how: Any = "keep") -> Grid:
    columns = (Column("id"), Column("text", label="Words"), Column("theme_equity", "flag"), Column("day", "date"))
    rows = [(f"p{i}", text, [True, False, None][i % 3], "2014-06-28") for i, text in enumerate(HARD)]
    return with_newlines(Grid(columns, rows, "hard"), how)


def saved(grid: Grid, form: Any, folder: Path, **asked: Any) -> Path:
    path = folder / f"t.{form}"
    writing.write(grid, form, path, [("question", "pop")], [], **asked)
    return path


@pytest.mark.parametrize(
    ("form", "newlines"), [("csv", "keep"), ("csv", "escape"), ("parquet", "keep"), ("sav", "keep"), ("dta", "keep")]
)
def test_hard_words_come_back(form: Any, newlines: Any, tmp_path: Path) -> None:
    path = saved(hard(), form, tmp_path, newlines=newlines)
    assert differences(hard(newlines), reading.read(path), form) == []


@given(texts=SOME, form=st.sampled_from(["csv", "parquet", "sav", "dta", "xlsx"]))
@settings(max_examples=40)
def test_every_cell_comes_back(texts: list[str], form: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = [re.sub(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]|\s+$", "", one) for one in texts] if form == "xlsx" else texts
    grid = wide.grid([made_of(kept)], wide.Wanted(codebook=CODES, rubric=RUBRIC, p=True))
    path = saved(grid, form, tmp_path_factory.mktemp("t"), newlines="keep")
    rows = msgspec.json.decode(apart.rows_as_json(path)) if form == "sav" else reading.read(path)
    assert differences(grid, rows, form) == []


@pytest.mark.parametrize("form", writing.FORMS)
def test_the_same_table_gives_the_same_bytes(form: Any, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert saved(hard(), form, tmp_path).read_bytes() == saved(hard(), form, tmp_path / "b").read_bytes()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_words_have_no_line_breaks_and_come_back(text: str) -> None:
    assert not set(escaped(text)) & {"\n", "\r"}
    assert unescaped(escaped(text)) == text


def test_a_line_of_csv_is_a_row(tmp_path: Path) -> None:
    content = saved(hard(), "csv", tmp_path).read_bytes()
    assert content.count(b"\n") == len(HARD) + 1
    assert not content.startswith(b"\xef\xbb\xbf")


def test_csv_for_excel_begins_with_a_mark_and_disarms_formulas(tmp_path: Path) -> None:
    content = saved(hard(), "csv", tmp_path, excel=True).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    cells = [row[1] for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
    assert "'=cmd()|'/c calc'!A1" in cells


def test_a_workbook_has_a_codebook_and_says_what_it_is(tmp_path: Path) -> None:
    seen = writing.Seen()
    grid = wide.grid(seen.passing([meeting()]), wide.Wanted(codebook=CODES, rubric=RUBRIC))
    path = tmp_path / "t.xlsx"
    writing.write(grid, "xlsx", path, seen.about("pop export xlsx"), codes(CODES, RUBRIC))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["passages", "codebook", "columns", "about"]
    assert book["passages"].column_dimensions["A"].hidden
    assert not book["passages"].column_dimensions["D"].hidden
    assert ("theme:equity", "theme", "Equity") in [row[:3] for row in book["codebook"].iter_rows(values_only=True)]
    assert ("theme model", "test") in list(book["about"].iter_rows(values_only=True))


def test_spss_knows_labels_values_and_levels(tmp_path: Path) -> None:
    grid = wide.grid([meeting()], wide.Wanted(codebook=CODES, rubric=RUBRIC, p=True))
    _, meta = pyreadstat.read_sav(str(saved(grid, "sav", tmp_path)))
    assert meta.column_names_to_labels["theme_equity"] == "Theme: Equity"
    assert meta.variable_value_labels["theme_equity"] == {0.0: "no", 1.0: "yes"}
    assert meta.original_variable_types["date_start"] == "DATE11"
    measures = meta.variable_measure
    assert [measures[name] for name in ("theme_equity", "text", "p_equity", "date_start")] == [
        "nominal",
        "nominal",
        "scale",
        "scale",
    ]


def test_stata_knows_labels_and_values(tmp_path: Path) -> None:
    grid = wide.grid([meeting()], wide.Wanted(codebook=CODES, rubric=RUBRIC))
    _, meta = pyreadstat.read_dta(str(saved(grid, "dta", tmp_path)))
    assert meta.column_names_to_labels["theme_equity"] == "Theme: Equity"
    assert meta.variable_value_labels["theme_equity"] == {0: "no", 1: "yes"}


@pytest.mark.parametrize(("form", "most"), [("sav", 32_767)])
def test_what_is_too_long_is_cut_between_characters_and_counted(form: Any, most: int, tmp_path: Path) -> None:
    grid = Grid((Column("id"), Column("text")), [("p1", "é" * 20_000), ("p2", "short")])
    path = tmp_path / f"t.{form}"
    assert writing.write(grid, form, path, [], []) == 1
    assert [row["text"] for row in reading.read(path)] == ["é" * (most // 2), "short"]


def test_a_cell_that_excel_would_break_is_counted(tmp_path: Path) -> None:
    grid = Grid((Column("text"),), [("x" * 40_000,)])
    assert writing.write(grid, "xlsx", tmp_path / "t.xlsx", [], []) == 1
    assert writing.write(grid, "csv", tmp_path / "t.csv", [], []) == 0


def test_a_sheet_has_an_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(writing, "MOST_ROWS_EXCEL", 3)
    with pytest.raises(PipelineError, match="at most 3"):
        saved(hard(), "xlsx", tmp_path)


@pytest.mark.parametrize(
    ("names", "valid"),
    [
        (["theme_equity", "p. 3", "1a", "with", "str8", "_n"], ["theme_equity", "p_3", "v1a", "with_", "str8_", "n"]),
        (["A", "a"], ["A", "a_2"]),
        (["é", ""], ["v", "v_2"]),
        (["theme_instructional_improvement__ana"], ["theme_instructional_i_ement__ana"]),
    ],
)
def test_names_that_statistics_take(names: list[str], valid: list[str]) -> None:
    assert valid_names(names) == valid


@given(st.lists(st.text(max_size=60), max_size=8))
def test_valid_names_are_valid_and_differ(names: list[str]) -> None:
    made = valid_names(names)
    assert len({one.lower() for one in made}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", one) for one in made)


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    return written(tmp_path / "o", meeting())


@pytest.fixture(autouse=True)
def nothing_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.privacy.sending.leaks_in", lambda *_: [])


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def change(path: Path, row: int, column: str, cell: str, *, delimiter: str = ",", without: str = "") -> None:
    rows = rows_of(path)
    rows[row][rows[0].index(column)] = cell
    kept = [i for i, name in enumerate(rows[0]) if name != without]
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([[one[i] for i in kept] for one in rows])
    path.write_text(stream.getvalue(), encoding="utf-8-sig", newline="")


@pytest.mark.parametrize("form", writing.FORMS)
@pytest.mark.parametrize("shape", ["wide", "long"])
def test_a_table_that_nobody_changed_says_nothing(form: str, shape: str, outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / f"t.{form}"
    assert call("export", form, "-o", path, "--outputs", outputs, "--shape", shape).exit_code == 0
    found = call("import", "table", path, "--outputs", outputs, "--labels", tmp_path / "l", "--coder", "ana")
    assert (found.exit_code, "0 changed cells" in found.stderr, (tmp_path / "l").exists()) == (0, True, False)


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [("xlsx", "t.csv", ".xlsx"), ("csv", "t.XLSX", ".csv"), ("qdpx", "t.qdc", ".qdpx"), ("qdc", "t.qdpx", ".qdc")],
)
def test_a_name_of_another_kind_of_file_is_refused(
    form: str, name: str, expected: str, outputs: Path, tmp_path: Path
) -> None:
    where = () if form == "qdc" else ("--outputs", outputs)
    found = call("export", form, "-o", tmp_path / name, *where)
    assert (found.exit_code, (tmp_path / name).exists()) == (2, False)
    assert f"a name that ends in {expected}\n" in found.stderr
    assert f"t{expected}" in found.stderr


def test_a_name_with_an_ending_of_no_form_is_taken(outputs: Path, tmp_path: Path) -> None:
    assert call("export", "csv", "-o", tmp_path / "t.txt", "--outputs", outputs).exit_code == 0


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("none.csv", "missing_file\n  found:      no file none.csv"),
        ("folder", "unreadable\n  found:      folder, which is a folder"),
        ("bare", "unknown_format\n  found:      bare, a name without an ending"),
        ("notes.odt", "unknown_format\n  found:      notes.odt, which ends in .odt"),
    ],
)
def test_what_is_no_table_is_named(
    name: str, found: str, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    for file in ("bare", "notes.odt"):
        Path(file).write_text("words", encoding="utf-8")
    assert found in call("import", "table", name, "--outputs", outputs, "--coder", "ana").stderr


def test_a_table_must_be_somebodys(outputs: Path, tmp_path: Path) -> None:
    result = call("import", "table", tmp_path / "t.csv", "--outputs", outputs)
    assert (result.exit_code, "does not tell who changed it" in result.stderr) == (2, True)


def taken(path: Path, outputs: Path) -> list[tuple[str, dict[str, int], list[str]]]:
    labels = path.parent / "labels"
    found = call("import", "table", path, "--outputs", outputs, "--labels", labels, "--coder", "ana")
    assert found.exit_code == 0, found.stderr
    held = log.read(labels / "ana.jsonl").decisions if labels.exists() else []
    return [(one.record_id, dict(one.themes), one.asked) for one in held]  # type: ignore[union-attr]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("without", ["", "as_sent", "text"])
def test_changed_cells_are_decisions(delimiter: str, without: str, outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    call("export", "csv", "-o", path, "--outputs", outputs, "--excel")
    change(path, 1, "theme_equity", "0")
    change(path, 2, "theme_succession", "x", delimiter=delimiter, without=without)
    expected = [("d1-p1", {}, ["equity"]), ("d1-p2", {"succession": 2}, ["succession"])]
    assert taken(path, outputs) == expected
    assert taken(path, outputs) == expected


def test_what_was_sent_counts_and_not_what_the_outputs_have_become(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    call("export", "csv", "-o", path, "--outputs", outputs)
    written(outputs, Bundle(document=meeting().document, passages=meeting().passages))
    assert taken(path, outputs) == []


def test_a_changed_decision_of_the_long_form(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    call("export", "csv", "-o", path, "--outputs", outputs, "--shape", "long", "--unit", "passage")
    change(path, 1, "decision", "no")
    change(path, 2, "decision", "yes")
    change(path, 2, "grade", "1")
    assert taken(path, outputs) == [("d1-p1", {}, ["equity"]), ("d1-p2", {"succession": 1}, ["succession"])]


def test_a_row_with_another_code_takes_the_first_one_off(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    call("export", "csv", "-o", path, "--outputs", outputs, "--shape", "long", "--unit", "passage")
    change(path, 1, "code", "theme:succession")
    assert taken(path, outputs) == [("d1-p1", {"succession": 2}, ["equity", "succession"])]


def test_a_row_that_was_copied_and_given_another_code_adds_it(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    call("export", "csv", "-o", path, "--outputs", outputs, "--shape", "long", "--unit", "passage")
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1].replace("theme:equity,", "theme:evidence_use,", 1)]), encoding="utf-8")
    assert taken(path, outputs) == [("d1-p1", {"evidence_use": 2}, ["evidence_use"])]


def test_changes_in_a_workbook_and_in_spss(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    call("export", "xlsx", "-o", path, "--outputs", outputs)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    names = [cell.value for cell in sheet[1]]
    sheet.cell(2, names.index("theme_equity") + 1).value = 0
    book.save(path)
    assert taken(path, outputs) == [("d1-p1", {}, ["equity"])]


def test_what_cannot_be_used_in_a_table_is_listed(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    call("export", "csv", "-o", path, "--outputs", outputs)
    change(path, 1, "theme_equity", "maybe")
    change(path, 2, "id", "gone")
    found = call("import", "table", path, "--outputs", outputs, "--labels", tmp_path / "l", "--coder", "ana")
    assert found.exit_code == 3
    assert "row 2, theme_equity: 'maybe' is neither 1 nor 0 nor empty" in found.stderr
    assert "no passage 'gone'" in found.stderr


def test_a_changed_practice_is_not_dropped_in_silence(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    call("export", "csv", "-o", path, "--outputs", outputs)
    change(path, 1, "practice_3", "1")
    found = call("import", "table", path, "--outputs", outputs, "--labels", tmp_path / "l", "--coder", "ana")
    assert (found.exit_code, "row 2, practice_3" in found.stderr) == (3, True)


def test_an_emptied_cell_says_nothing(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    call("export", "csv", "-o", path, "--outputs", outputs)
    change(path, 1, "theme_equity", "")
    assert taken(path, outputs) == []


def test_two_rows_that_say_the_opposite() -> None:
    rows = [{"id": "p1", "as_sent": "", "theme_equity": one} for one in (1, 1)]
    found = returning.changes([*rows, {"id": "p1", "as_sent": "equity", "theme_equity": 0}], CODES, "ana", {"p1"}, dict)
    assert found.verdicts == []
    assert len(found.lost) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b'a,b\n1,"x'),
        ("t.csv", b"a,b\n1,2\n"),
        ("t.csv", b""),
        ("t.xlsx", b"PK\x03\x04"),
        ("t.parquet", b"PAR1 nonsense"),
        ("t.sav", b"$FL2 nonsense"),
        ("t.dta", b"<stata_dta> nonsense"),
        ("t.dta", b""),
        ("t.ods", b"x"),
    ],
)
def test_what_is_no_table_is_refused(name: str, content: bytes, outputs: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    found = call("import", "table", tmp_path / name, "--outputs", outputs, "--labels", tmp_path / "l", "--coder", "ana")
    assert found.exit_code == 3, found.output
    assert "fault in the program" not in found.stderr


def test_a_reader_that_dies_takes_nothing_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = saved(hard(), "sav", tmp_path)
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(PipelineError, match="cannot be read as SPSS"):
        reading.read(path)


def test_a_table_needs_a_coder(outputs: Path, tmp_path: Path) -> None:
    found = call("import", "table", tmp_path / "t.csv", "--outputs", outputs)
    assert found.exit_code == 2


def test_probabilities_stand_in_the_long_form_anyway(outputs: Path, tmp_path: Path) -> None:
    found = call("export", "csv", "-o", tmp_path / "t.csv", "--outputs", outputs, "--shape", "long", "--p")
    assert found.exit_code == 2
