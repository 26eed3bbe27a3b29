"""Crosstabs: what meets where, counted by hand; the same figures as the coverage and the counts of themes."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import bundle, codebook, document, mapping, passages, quote, rubric, segment, site, speaker, tag
from click.testing import CliRunner
from counted_slowly import Unit
from counted_slowly import count as count_slowly
from hypothesis import given
from hypothesis import strategies as st

from pipeline import query
from pipeline.cli.query import command
from pipeline.config import Settings
from pipeline.corpus_records import CorpusRecords
from pipeline.counts import crosstab_forms
from pipeline.counts.crosstab import (
    DIMENSIONS,
    Cell,
    Crosstab,
    Dimension,
    Units,
    count,
    count_all,
    crosstab,
    dimensions,
)
from pipeline.counts.crosstab import Correction as Correcting
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Estimate, Prevalence
from pipeline.query import Filter
from pipeline.query.facts import Pairs
from pipeline.records import Bundle
from pipeline.stages.index import build_index

CODEBOOK = codebook("equity", "succession")
RUBRIC = rubric({"Shared work": {"12": ["12a", "12b"]}, "Growing leaders": {"13": ["13"]}})
NOTHING_KNOWN = Correcting(Prevalence(None, Settings()), Sample())


def meeting(name: str, year: str) -> Bundle:
    doc = document(
        "Elm: who leads?\n\nNobody asks. “Nobody wants it,” said Ana Ruiz.\n\nThe board waited. “We guess,” he said.",
        id=name, title=f"Meeting {year}", date_start=f"{year}-05-01", date_end=f"{year}-05-01",
    )  # fmt: skip
    heading, first, second = passages(doc)
    problem = segment([heading, first], kind="problem_of_practice", sites=[site(doc, "Elm")])
    wants = quote(first, "Nobody wants it,", speaker=speaker(first, "Ana Ruiz", role="Principal"), id=f"{name}-wants")
    guess = quote(second, "We guess,", id=f"{name}-guess")
    return bundle(
        doc,
        segments=[problem],
        quotes=[wants, guess],
        tags=[tag(first, "equity"), tag(first, "succession", decision="review"), tag(second, "succession")],
        mappings=[
            mapping(wants, "12a"), mapping(wants, "12b", decision="review", rank=2),
            mapping(guess, "13", decision="review", area="Growing leaders"),
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crossed") / "corpus.db"
    build_index(path, CorpusRecords.of([meeting("d1", "2014"), meeting("d2", "2016")]), CODEBOOK, RUBRIC)
    return path


def cells(made: Crosstab) -> dict[tuple[str, str], tuple[int, int | None, int | None]]:
    return {(cell.row, cell.column): (cell.n, cell.found, cell.to_review) for cell in made.cells}


EXPECTED: list[tuple[str, str, dict[tuple[str, str], tuple[int, int | None, int | None]]]] = [
    ("theme,site", "passage", {("equity", "Elm"): (2, 2, 0), ("succession", "Elm"): (2, 0, 2)}),
    ("site,theme", "passage", {("Elm", "equity"): (2, 2, 0), ("Elm", "succession"): (2, 0, 2)}),
    ("year,theme", "passage", {
        ("2014", "equity"): (2, 1, 0), ("2014", "succession"): (2, 1, 1),
        ("2016", "equity"): (2, 1, 0), ("2016", "succession"): (2, 1, 1),
    }),
    ("theme,theme", "passage", {
        ("equity", "equity"): (2, 2, 0), ("equity", "succession"): (2, 0, 2),
        ("succession", "equity"): (2, 0, 0), ("succession", "succession"): (2, 2, 0),
    }),
    ("site,year", "passage", {("Elm", "2014"): (1, None, None), ("Elm", "2016"): (1, None, None)}),
    ("practice", "quote", {("12", "all"): (4, 2, 0), ("13", "all"): (4, 0, 2)}),
    ("area,year", "quote", {
        ("Shared work", "2014"): (2, 1, 0), ("Shared work", "2016"): (2, 1, 0),
        ("Growing leaders", "2014"): (2, 0, 1), ("Growing leaders", "2016"): (2, 0, 1),
    }),
    ("indicator,role", "quote", {
        ("12a", "principal"): (2, 2, 0), ("12b", "principal"): (2, 0, 2), ("13", "principal"): (2, 0, 0),
        ("12a", "no role"): (2, 0, 0), ("12b", "no role"): (2, 0, 0), ("13", "no role"): (2, 0, 2),
    }),
    ("role,theme", "quote", {
        ("principal", "equity"): (2, 2, 0), ("principal", "succession"): (2, 0, 2),
        ("no role", "equity"): (2, 0, 0), ("no role", "succession"): (2, 2, 0),
    }),
    ("role", "quote", {
        ("principal", "equity"): (2, 2, 0), ("principal", "succession"): (2, 0, 2),
        ("no role", "equity"): (2, 0, 0), ("no role", "succession"): (2, 2, 0),
    }),
    ("practice,theme", "quote", {
        ("12", "equity"): (2, 2, 0), ("12", "succession"): (2, 0, 2),
        ("13", "equity"): (0, 0, 0), ("13", "succession"): (0, 0, 0),
    }),
    ("problem,role", "quote", {
        ("Elm: who leads? · Meeting 2014", "principal"): (1, None, None),
        ("Elm: who leads? · Meeting 2014", "no role"): (0, None, None),
        ("Elm: who leads? · Meeting 2016", "principal"): (1, None, None),
        ("Elm: who leads? · Meeting 2016", "no role"): (0, None, None),
        ("no problem of practice", "principal"): (0, None, None),
        ("no problem of practice", "no role"): (2, None, None),
    }),
]  # fmt: skip


@pytest.mark.parametrize(("by", "unit", "expected"), EXPECTED, ids=[by for by, _, _ in EXPECTED])
def test_what_meets_where(database: Path, by: str, unit: str, expected: dict[Any, Any]) -> None:
    made = crosstab(database, Filter(), dimensions(by), NOTHING_KNOWN)
    assert made.unit == unit
    assert cells(made) == expected
    assert list(cells(made)) == sorted(
        cells(made), key=lambda key: (made.rows.index(key[0]), made.columns.index(key[1]))
    )


def test_conditions_choose_what_is_counted(database: Path) -> None:
    made = crosstab(database, Filter(date_from="2016"), ("theme", "site"), NOTHING_KNOWN)
    assert cells(made) == {("equity", "Elm"): (1, 1, 0), ("succession", "Elm"): (1, 0, 1)}
    made = crosstab(database, Filter(speaker="ruiz"), ("practice", "year"), NOTHING_KNOWN)
    assert cells(made)["12", "2014"] == (1, 1, 0)


@pytest.mark.parametrize(("dimension", "by"), [("site", "site"), ("year", "date"), ("problem", "problem")])
@pytest.mark.parametrize("indicators", [False, True])
def test_practices_are_counted_as_the_coverage_does(database: Path, dimension: str, by: str, indicators: bool) -> None:
    matrix = query.coverage(database, Filter(), by, indicators=indicators)
    expected = {
        (line.indicator or line.practice, " · ".join(filter(None, [column.label, column.document]))): (
            n,
            len(cell.matched),
            len(cell.review),
        )
        for line in matrix.lines
        for column, n, cell in zip(matrix.columns, matrix.n, line.cells, strict=True)
    }
    measured = "indicator" if indicators else "practice"
    made = crosstab(database, Filter(), dimensions(f"{measured},{dimension}"), NOTHING_KNOWN)
    assert cells(made) == expected


@pytest.mark.parametrize("by", ["moon", "theme,moon", "theme,site,year", "site,site", "", "theme,"])
def test_what_nothing_can_be_counted_by(by: str) -> None:
    with pytest.raises(PipelineError) as caught:
        dimensions(by)
    assert caught.value.code is ErrorCode.INVALID_QUERY


UNITS = st.lists(
    st.builds(
        lambda document, themes, years, review: Unit(document, {"theme": themes, "year": years}, {"theme": review}),
        st.sampled_from(["d1", "d2", "d3"]),
        st.lists(st.sampled_from(["a", "b"]), unique=True),
        st.lists(st.sampled_from(["2014", "2015"]), max_size=1),
        st.lists(st.sampled_from(["a", "b"]), unique=True),
    ),
    max_size=20,
)
NAMES: dict[Dimension, list[str]] = {"theme": ["a", "b"], "year": ["2014", "2015"]}


def in_columns(units: list[Unit]) -> Units:
    """Return the same units as columns of numbers."""

    def pairs(dimension: Dimension, values: list[Any]) -> Pairs:
        rows = [(i, NAMES[dimension].index(name)) for i, held in enumerate(values) for name in held]
        places, numbers = np.array(rows, np.int64).reshape(-1, 2).T
        return Pairs(places, numbers, NAMES[dimension])

    found = {name: pairs(name, [unit.values[name] for unit in units]) for name in NAMES}
    waiting = {"theme": pairs("theme", [unit.review["theme"] for unit in units])}
    documents = np.array([int(unit.document_id[1:]) for unit in units], np.int64)
    return Units(np.arange(len(units)), documents, found, waiting)


@pytest.mark.parametrize("pair", [("theme", "year"), ("year", "theme"), ("theme", "theme")])
@given(units=UNITS)
def test_columns_are_counted_as_one_by_one(units: list[Unit], pair: tuple[Dimension, Dimension]) -> None:
    assert count(in_columns(units), pair) == count_slowly(units, pair, {"theme": NAMES["theme"]})


@given(units=UNITS)
def test_years_add_up(units: list[Unit]) -> None:
    dated = in_columns([unit for unit in units if unit.values["year"]])
    by_year = count(dated, ("theme", "year"))
    everything = {cell.row: cell for cell in count_all(dated, "theme")}
    for name in everything if by_year else ():
        mine = [cell for cell in by_year if cell.row == name]
        assert sum(cell.n for cell in mine) == len(dated.units)
        assert sum(cell.found or 0 for cell in mine) == everything[name].found
        assert sum(cell.to_review or 0 for cell in mine) == everything[name].to_review
    turned = {(cell.column, cell.row): cell.n for cell in count(dated, ("year", "theme"))}
    assert turned == {(cell.row, cell.column): cell.n for cell in by_year}


# --- forms ------------------------------------------------------------------------------------------------------------


def cell(row: str, column: str, n: int = 50, found: int | None = 12, **changes: Any) -> Cell:
    fields: dict[str, Any] = {"documents": 2, "to_review": 3, "share": 0.24, "corrected": Estimate(why="too few")}
    return Cell(row, column, n, found=found, **fields | changes)


def test_the_table() -> None:
    known = Estimate(share=0.2, low=0.1, high=0.4, method="error rates")
    made = Crosstab(
        ("theme", "year"),
        "passage",
        [
            cell("equity", "2014", corrected=known), cell("equity", "2016", 20, 5),
            cell("succession", "2014", found=0, to_review=0), cell("succession", "2016", 20, 0, to_review=1),
        ],
    )  # fmt: skip
    assert crosstab_forms.to_table(made).splitlines()[:10] == [
        "                  2014      2016",
        "all passages        50        20",
        "equity        12+3 24%       5+3",
        "succession           ·        +1",
        "",
        "Corrected share with its 95 % interval:",
        "                    2014",
        "all passages          50",
        "equity        20% 10–40%",
        "succession             –",
    ]


@given(rows=st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True), columns=st.sets(st.text(min_size=1)))
def test_a_table_keeps_to_80_columns(rows: list[str], columns: set[str]) -> None:
    made = Crosstab(("site", "theme"), "quote", [cell(row, column) for row in rows for column in sorted(columns)])
    shown = crosstab_forms.to_table(made)
    assert max(map(len, shown.split("\n"))) <= 80
    assert "\x1b" not in shown


def test_long_and_wide() -> None:
    made = Crosstab(("theme", "theme"), "passage", [cell("a", "a"), cell("a", "b", found=1, share=0.02)])
    long = crosstab_forms.long_grid(made)
    assert long.names[:8] == ["theme", "theme_2", "unit", "n", "documents", "found", "to_review", "share"]
    assert [row[:8] for row in long.rows] == [
        ("a", "a", "passage", 50, 2, 12, 3, 0.24), ("a", "b", "passage", 50, 2, 1, 3, 0.02),
    ]  # fmt: skip
    wide = crosstab_forms.wide_grid(made)
    assert (wide.names, wide.rows) == (["theme / theme", "a", "b"], [("a", 12, 1)])


@pytest.mark.parametrize("by", [*DIMENSIONS, "theme,site", "site,year", "practice,role", "theme,theme"])
def test_on_the_command_line(database: Path, by: str) -> None:
    for form in ("table", "csv", "jsonl"):
        asked = ["--counts", "--by", by, "--format", form, "--outputs", str(database.parent)]
        result = CliRunner().invoke(command, asked, catch_exceptions=False)
        assert result.exit_code == 0
        if form == "table":
            assert max(map(len, result.stdout.splitlines())) <= 80
        elif form == "csv":
            rows = list(csv.DictReader(io.StringIO(result.stdout)))
            assert rows
            assert {"n", "documents", "found", "share", "corrected", "not_corrected_because"} <= set(rows[0])
        else:
            assert all(json.loads(line)["n"] >= 0 for line in result.stdout.splitlines())


def test_wide_on_the_command_line(database: Path) -> None:
    asked = ["--counts", "--by", "theme,year", "--wide", "--format", "csv", "--outputs", str(database.parent)]
    assert CliRunner().invoke(command, asked, catch_exceptions=False).stdout.splitlines() == [
        "theme / year,2014,2016", "equity,1,1", "succession,1,1",
    ]  # fmt: skip
    assert CliRunner().invoke(command, ["--wide", "--outputs", str(database.parent)]).exit_code == 2
