"""What the rubric covers: records to matrix, by hand and by property, and its three forms."""

import csv
import io
import json
from typing import Any

import pytest
from builders import bundle, document, mapping, passage, passages, quote, rubric, segment, site
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.counts import coverage_forms
from pipeline.counts.coverage import DIMENSIONS, NOWHERE, Column, MappedQuote, Matrix, count, mapped_quotes, site_key
from pipeline.records import Bundle
from pipeline.rubric import Row

RUBRIC = rubric({"Shared work": {"12": ["12a", "12b"], "13": ["13"]}, "Trust": {"3": ["3a"]}})
INDICATORS = RUBRIC.indicators


def corpus() -> list[Bundle]:
    """Return three documents.

    The first has a problem of practice of two sites with a part that names a third; the second has no date and no
    segments, and one passage of it repeats another; the third is of another year.
    """
    doc = document(
        "Elm and Oak\n\n“We pay mentors,” they said. “Nobody leaves.”\n\n"
        "What Ash does\n\n“Ash waits.”\n\nThe end\n\n“Go.”"
    )
    heading, pay, part, ash, end, go = passages(doc)
    case = segment([heading, pay], kind="problem_of_practice", sites=[site(doc, "Elm"), site(doc, "Oak")])
    inner = segment([part, ash], kind="problem_of_practice", parent_id=case.id, level=2, sites=[site(doc, "Ash")])
    after = segment([end, go])
    mentors, leaves = quote(pay, "We pay mentors,", id="mentors"), quote(pay, "Nobody leaves.", id="leaves")
    waits, leave = quote(ash, "Ash waits.", id="waits"), quote(go, "Go.", id="go")
    undated = document("“We pay.”\n\n“Nobody leaves.”", id="d2", title=None, date_start=None, date_end=None)
    we, again = passages(undated)
    again = passage(undated, again.text, index=1, duplicate_of=pay.id)
    repeated, paid = quote(again, "Nobody leaves.", id="repeated"), quote(we, "We pay.", id="paid")
    later = document("“Later.”", id="d3", date_start=None, date_end="2016-01-31")
    last = quote(passages(later)[0], "Later.", id="later")
    return [
        bundle(
            doc,
            segments=[case, inner, after],
            quotes=[mentors, leaves, waits, leave],
            mappings=[
                mapping(mentors, "12a"),
                mapping(mentors, "12b", rank=2, decision="review"),
                mapping(mentors, "13", rank=3, decision="review"),
                mapping(leaves, "12b", decision="review"),
                mapping(leaves, "3a", rank=2, decision="reject"),
                mapping(waits, "12b"),
                mapping(waits, "12a", rank=2),
            ],
        ),
        bundle(undated, passages=[we, again], quotes=[paid, repeated], mappings=[mapping(repeated, "3a")]),
        bundle(
            later,
            quotes=[last],
            mappings=[mapping(last, "13"), mapping(last, "3a", rubric="Another", id="x"), mapping(last, "99", id="y")],
        ),
    ]


def matrix(by: Any, *, indicators: bool = False) -> Matrix:
    quotes = [quote for one in corpus() for quote in mapped_quotes(one, RUBRIC.name)]
    return count(quotes, RUBRIC.rows(), by, indicators=indicators)


def numbers(found: Matrix) -> dict[str, list[str]]:
    """Return the cells of each line, the total first, as matched+review."""
    return {
        line.indicator or line.practice: [
            f"{len(cell.matched)}+{len(cell.review)}" for cell in [line.total, *line.cells]
        ]
        for line in found.lines
    }


@pytest.mark.parametrize(
    ("by", "columns", "expected"),
    [
        (
            "site",
            [("Elm", 3), ("Oak", 3), ("Ash", 1), ("no site", 3)],
            {
                "12": ["2+1", "2+1", "2+1", "1+0", "0+0"],
                "13": ["1+1", "0+1", "0+1", "0+0", "1+0"],
                "3": ["0+0"] * 5,
            },
        ),
        (
            "date",
            [("2014", 4), ("2016", 1), ("no date", 1)],
            {"12": ["2+1", "2+1", "0+0", "0+0"], "13": ["1+1", "0+1", "1+0", "0+0"], "3": ["0+0"] * 4},
        ),
        (
            "problem",
            [("Elm and Oak", 3), ("Elm and Oak › What Ash does", 1), ("no problem of practice", 3)],
            {"12": ["2+1", "2+1", "1+0", "0+0"], "13": ["1+1", "0+1", "0+0", "1+0"], "3": ["0+0"] * 4},
        ),
        (
            "document",
            [("Spring meeting", 4), ("d2.txt", 1), ("Spring meeting", 1)],
            {"12": ["2+1", "2+1", "0+0", "0+0"], "13": ["1+1", "0+1", "0+0", "1+0"], "3": ["0+0"] * 4},
        ),
    ],
)
def test_quotes_are_counted(by: str, columns: list[tuple[str, int]], expected: dict[str, list[str]]) -> None:
    found = matrix(by)
    assert [(column.label, n) for column, n in zip(found.columns, found.n, strict=True)] == columns
    assert numbers(found) == expected
    assert found.n_quotes == 6
    assert [line.practice for line in found.silent] == ["3"]


def test_indicators_are_counted_on_request() -> None:
    assert numbers(matrix("date", indicators=True)) == {
        "12a": ["2+0", "2+0", "0+0", "0+0"],
        "12b": ["1+2", "1+2", "0+0", "0+0"],
        "13": ["1+1", "0+1", "1+0", "0+0"],
        "3a": ["0+0"] * 4,
    }


def test_a_cell_names_its_quotes() -> None:
    first = matrix("site").lines[0]
    assert (first.total.matched, first.total.review) == (("mentors", "waits"), ("leaves",))


def test_only_the_rubric_in_use_is_counted() -> None:
    other = [quote for one in corpus() for quote in mapped_quotes(one, "Another")]
    found = count(other, RUBRIC.rows(), "date")
    assert {line.practice: line.total.matched for line in found.lines} == {"12": (), "13": (), "3": ("later",)}


def test_nothing_to_count_leaves_every_practice_in_place() -> None:
    found = count([], RUBRIC.rows(), "site")
    assert (found.columns, [line.practice for line in found.silent]) == ([], ["12", "13", "3"])
    assert "0 quotes; 3 of 3 practices without a matched one:" in coverage_forms.to_table(found)


def test_a_parent_that_comes_round_again_ends_the_way_up() -> None:
    doc = document("“We share.”")
    member = passages(doc)[0]
    circle = segment([member], kind="problem_of_practice")
    circle = segment([member], kind="problem_of_practice", parent_id=circle.id, heading="Round")
    made = mapped_quotes(bundle(doc, segments=[circle], quotes=[quote(member, "We share.")]), RUBRIC.name)
    assert [column.label for column in made[0].columns["problem"]] == ["Round"]


@pytest.mark.parametrize("name", ["Elm School", "the Elm  School", "The elm school"])
def test_a_site_is_one_however_it_is_written(name: str) -> None:
    assert site_key(name) == "elm school"


# --- properties -------------------------------------------------------------------------------------------------------

COLUMNS = st.sampled_from([Column("a", "A"), Column("b", "B"), Column(NOWHERE, "no site")])
DECISIONS = st.dictionaries(st.sampled_from(INDICATORS), st.sampled_from(["match", "review"]))


@st.composite
def quotes_at(draw: st.DrawFn, several: bool) -> list[MappedQuote]:
    places = st.lists(COLUMNS, min_size=1, max_size=3 if several else 1)
    drawn = draw(st.lists(st.tuples(places, DECISIONS), max_size=8))
    return [MappedQuote(f"q{i}", dict.fromkeys(DIMENSIONS, held), made) for i, (held, made) in enumerate(drawn)]


@given(quotes_at(several=False), st.sampled_from(DIMENSIONS), st.booleans())
def test_columns_that_part_the_quotes_add_up(quotes: list[MappedQuote], by: Any, indicators: bool) -> None:
    found = count(quotes, RUBRIC.rows(), by, indicators=indicators)
    assert sum(found.n) == found.n_quotes == len(quotes)
    for line in found.lines:
        asked = [line.indicator] if indicators else [i for i in INDICATORS if i.rstrip("ab") == line.practice]
        matched = [q.id for q in quotes if any(q.decisions.get(i) == "match" for i in asked)]
        mapped = [q.id for q in quotes if any(i in q.decisions for i in asked)]
        assert sorted(sum((cell.matched for cell in line.cells), ())) == sorted(matched) == sorted(line.total.matched)
        assert sorted(matched + list(line.total.review)) == sorted(mapped)


@given(quotes_at(several=True), st.sampled_from(DIMENSIONS))
def test_a_quote_stands_in_each_of_its_columns_once(quotes: list[MappedQuote], by: Any) -> None:
    found = count(quotes, RUBRIC.rows(), by)
    places = {q.id: {column.key for column in q.columns[by]} for q in quotes}
    assert sum(found.n) == sum(map(len, places.values()))
    for line in found.lines:
        for column, cell in zip(found.columns, line.cells, strict=True):
            assert not set(cell.matched) & set(cell.review)
            assert set(cell.matched) == {one for one in line.total.matched if column.key in places[one]}
            assert set(cell.review) == {one for one in line.total.review if column.key in places[one]}


@given(quotes_at(several=True), st.sampled_from(DIMENSIONS))
def test_every_form_holds_every_number(quotes: list[MappedQuote], by: Any) -> None:
    found = count(quotes, RUBRIC.rows(), by)
    expected = [(len(cell.matched), len(cell.review)) for line in found.lines for cell in line.cells]
    rows = list(csv.DictReader(io.StringIO(coverage_forms.to_csv(found).decode(), newline="")))
    lines = [json.loads(line) for line in coverage_forms.to_jsonl(found).splitlines()]
    assert [(int(row["n_match"]), int(row["n_review"])) for row in rows] == expected
    assert [(line["n_match"], line["n_review"]) for line in lines] == expected


NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Z", "Cc"]), min_size=1, max_size=120)


@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES, max_size=14, unique=True), st.integers(1, 30))
def test_the_table_has_at_most_80_columns(names: list[str], practices: int) -> None:
    rows = [
        Row(area="A " * 60, practice=str(i) * 9 * i, practice_text="Do. " * 40, indicator=f"{i}a", levels={})
        for i in range(practices)
    ]
    quotes = [
        MappedQuote(str(i), {by: [Column(name, name)] for by in DIMENSIONS}, {"0a": "match"})
        for i, name in enumerate(names)
    ]
    shown = coverage_forms.to_table(count(quotes, rows, "site"))
    assert max(map(len, shown.split("\n"))) <= 80
    assert not {char for char in shown if char in "\x00\x1b\r"}


# --- forms ------------------------------------------------------------------------------------------------------------


def test_the_table() -> None:
    assert coverage_forms.to_table(matrix("problem")) == (
        "           all     1     2     3\n"
        "Shared work\n"
        "  12       2+1   2+1     1     ·\n"
        "  13       1+1    +1     ·     1\n"
        "Trust\n"
        "○ 3          ·     ·     ·     ·\n"
        "  1  Elm and Oak · Spring meeting (3 quotes)\n"
        "  2  Elm and Oak › What Ash does · Spring meeting (1 quote)\n"
        "  3  no problem of practice (3 quotes)\n"
        "\n"
        "6 quotes; 1 of 3 practices without a matched one:\n"
        "○ 3  Leaders do 3.\n"
        "Number: quotes matched; +: those that only wait for review; ○ no quote at all, ◐\n"
        "none matched yet. A quote in a problem of practice that is part of another (A ›\n"
        "B) counts for both.\n"
    )


def test_short_names_stand_above_their_columns() -> None:
    assert coverage_forms.to_table(matrix("date")).startswith("             all    2014    2016 no date\n")


def test_csv() -> None:
    rows = list(csv.reader(io.StringIO(coverage_forms.to_csv(matrix("problem")).decode(), newline="")))
    assert rows[0] == ["area", "practice", "practice_text", "column", "column_id", "n_match", "n_review", "n_quotes"]
    assert rows[1] == ["Shared work", "12", "Leaders do 12.", "Elm and Oak", "d1-s0", "2", "1", "3"]
    assert rows[3] == ["Shared work", "12", "Leaders do 12.", "no problem of practice", "", "0", "0", "3"]
    detailed = coverage_forms.to_csv(matrix("date", indicators=True)).decode().splitlines()
    assert detailed[1] == "Shared work,12,Leaders do 12.,12a,2014,2014,2,0,4"


def test_a_site_is_no_formula_in_excel() -> None:
    evil = [MappedQuote("q", {by: [Column("=1+1", "=1+1")] for by in DIMENSIONS}, {})]
    content = coverage_forms.to_csv(count(evil, RUBRIC.rows(), "site"), excel=True)
    assert content.startswith(b"\xef\xbb\xbfarea,practice")
    assert b",'=1+1,'=1+1,0,0,1\r\n" in content
