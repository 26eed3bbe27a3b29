"""What counts where models and people decided of the same words."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import counted_slowly
import pytest
from builders import bundle, codebook, document, mapping, passages, quote, rubric, tag
from counted_slowly import coded_passages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.corpus_records import CorpusRecords
from pipeline.counts.coverage import mapped_quotes
from pipeline.query import Filter, search
from pipeline.query.connection import connected
from pipeline.query.facts import PassageFacts
from pipeline.records import Mapping, Tag
from pipeline.settling import settle_mappings, settle_tags
from pipeline.stages.index import build_index

CODEBOOK = codebook("equity", "succession")
RUBRIC = rubric({"Shared work": {"12": ["12a", "12b"]}, "Growing leaders": {"13": ["13"]}})
DOC = document("Two leave. “Nobody wants it,” said Ana Ruiz.")
ONLY = passages(DOC)[0]
SAID = quote(ONLY, "Nobody wants it,", speaker="Ana Ruiz", id="said")


def by_model(theme: str, decision: str = "yes", p: float = 0.8) -> Tag:
    return tag(ONLY, theme, p, decision=decision)


def by(coder: str, theme: str, decision: str) -> Tag:
    return tag(ONLY, theme, float(decision == "yes"), decision=decision, source="human", coder=coder, id=coder + theme)


def said(coder: str, indicator: str, decision: str, p: float = 1.0) -> Mapping:
    return mapping(
        SAID, indicator, p, decision=decision, source="human", coder=coder, id=coder + indicator, model_version=None
    )


def built(folder: Path, tags: list[Tag], mappings: list[Mapping]) -> Path:
    made = bundle(DOC, quotes=[SAID], tags=tags, mappings=mappings)
    build_index(folder / "corpus.db", CorpusRecords.of([made]), CODEBOOK, RUBRIC)
    return folder / "corpus.db"


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


YES, NO, OPEN = "yes", "no", "review"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([by_model("equity")], [("equity", YES, "model")]),
        ([by_model("equity", OPEN)], [("equity", OPEN, "model")]),
        ([by_model("equity", NO)], []),
        ([by_model("equity"), by("ana", "equity", NO)], []),
        ([by_model("equity", NO), by("ana", "equity", YES)], [("equity", YES, "ana")]),
        ([by_model("equity"), by("ana", "succession", YES)], [("equity", YES, "model"), ("succession", YES, "ana")]),
        ([by("ana", "equity", YES), by("ben", "equity", YES), by("cleo", "equity", NO)], [("equity", YES, "ana")]),
        ([by("ana", "equity", NO), by("ben", "equity", YES), by("cleo", "equity", YES)], [("equity", YES, "ben")]),
        ([by("ana", "equity", YES), by("ben", "equity", NO), by("cleo", "equity", NO)], []),
        ([by("ana", "equity", YES), by("ben", "equity", NO)], [("equity", OPEN, "ana")]),
        ([by("ana", "equity", YES), by("ben", "equity", OPEN)], [("equity", OPEN, "ben")]),
        ([by("ana", "equity", OPEN), by_model("equity")], [("equity", OPEN, "ana")]),
    ],
)
def test_tags(tmp_path: Path, tags: list[Tag], expected: list[tuple[str, str, str]]) -> None:
    database = built(tmp_path, tags, [])
    assert rows(database, "SELECT theme, decision, coder FROM accepted_tags") == expected
    assert rows(database, "SELECT count(*) FROM tags") == [(len(tags),)]
    settled = [(one.theme, one.decision, one.coder) for one in settle_tags(tags) if one.decision != NO]
    assert settled == expected


MODEL = [mapping(SAID, "12a", 0.9), mapping(SAID, "13", 0.6, rank=2, decision="review", area="Growing leaders")]


@pytest.mark.parametrize(
    ("mappings", "expected"),
    [
        (MODEL, [("12a", "match", None), ("13", "review", None)]),
        # Whoever judges a quote judges it as a whole: what is not named is a no.
        ([*MODEL, said("ana", "12b", "match")], [("12b", "match", "ana")]),
        ([*MODEL, said("ana", "12a", "reject")], []),
        ([*MODEL, said("ana", "12a", "match"), said("ben", "12a", "match")], [("12a", "match", "ana")]),
        (
            [*MODEL, said("ana", "12a", "match"), said("ana", "12b", "match"), said("ben", "12a", "match")],
            [("12a", "match", "ana"), ("12b", "review", "ana")],
        ),
        (
            [said("ana", "12a", "match"), said("ben", "12b", "match"), said("cleo", "12b", "match")],
            [("12b", "match", "ben")],
        ),
        ([said("ana", "12a", "match"), said("ben", "12a", "review")], [("12a", "review", "ben")]),
    ],
)
def test_mappings(tmp_path: Path, mappings: list[Mapping], expected: list[tuple[str, str, str | None]]) -> None:
    database = built(tmp_path, [], mappings)
    found = rows(database, "SELECT indicator, decision, coder FROM accepted_mappings ORDER BY indicator")
    assert found == expected
    settled = [(one.indicator, one.decision, one.coder) for one in settle_mappings(mappings)]
    assert sorted(one for one in settled if one[1] != "reject") == expected


SAID_BY_MODEL = st.dictionaries(st.sampled_from(["12a", "12b", "13"]), st.sampled_from(["match", "review", "reject"]))
SAID_BY_PEOPLE = st.dictionaries(st.sampled_from(["ana", "ben", "cleo"]), SAID_BY_MODEL, max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SAID_BY_MODEL, SAID_BY_PEOPLE)
def test_the_index_and_the_report_count_the_same(tmp_path: Path, model: dict[str, str], people: Any) -> None:
    mappings = [mapping(SAID, name, 0.6, decision=decision) for name, decision in model.items()]
    mappings += [said(coder, name, word) for coder, words in people.items() for name, word in words.items()]
    database = built(tmp_path, [], mappings)
    (in_report,) = mapped_quotes(bundle(DOC, quotes=[SAID], mappings=mappings), RUBRIC.name)
    (in_index,) = counted_slowly.mapped_quotes(database, Filter())[0]
    assert in_report.decisions == in_index.decisions


def test_a_quote_that_matches_is_not_also_to_review(tmp_path: Path) -> None:
    twice = [mapping(SAID, "12a", 0.4, decision="review", id="one"), mapping(SAID, "12a", 0.9, id="two")]
    database = built(tmp_path, [], twice)
    assert rows(database, "SELECT quotes, quotes_to_review FROM rubric_coverage WHERE indicator = '12a'") == [(1, 0)]


PEOPLE = [by_model("equity"), by("ana", "equity", NO), by("ben", "equity", YES), by("cleo", "equity", NO)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"themes": ("equity",)}, False),
        ({"themes": ("equity",), "source": "model"}, True),
        ({"themes": ("equity",), "source": "human"}, True),
        ({"themes": ("equity",), "coder": "ana"}, False),
        ({"themes": ("equity",), "coder": "Ben"}, True),
        ({"themes": ("not equity",), "coder": "ana"}, True),
        ({"coder": "ana"}, True),
        ({"coder": "cleo", "decision": "yes"}, False),
        ({"practice": "12", "coder": "ana"}, True),
        ({"practice": "12", "coder": "ben"}, False),
        ({"source": "human"}, True),
    ],
)
def test_questions_about_one_coder(tmp_path: Path, wanted: dict[str, Any], found: bool) -> None:
    database = built(tmp_path, PEOPLE, [*MODEL, said("ana", "12b", "match")])
    assert bool(search(database, Filter(**wanted))) is found


def test_what_people_said_is_settled(tmp_path: Path) -> None:
    database = built(tmp_path, [*PEOPLE, by("ana", "succession", YES)], [])
    (coded,) = coded_passages(database, Filter())
    assert (coded.yes, coded.review, coded.settled) == ({"succession"}, set(), {"equity", "succession"})
    with connected(database) as connection:
        yes, _, settled = PassageFacts(connection, Filter()).decided
    assert [yes.names[i] for i in yes.numbers] == ["succession"]
    assert [settled.names[i] for i in settled.numbers] == ["equity", "succession"]
