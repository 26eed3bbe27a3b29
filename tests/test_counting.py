"""Counts from columns of numbers: the same as passage by passage and quote by quote, whatever is asked for."""

import random
from pathlib import Path
from typing import Any

import counted_slowly
import msgspec
import numpy as np
import pytest
from builders import bundle, codebook, document, mapping, passages, quote, rubric, segment, site, speaker, tag
from hypothesis import given
from hypothesis import strategies as st

from pipeline import query
from pipeline.config import Settings
from pipeline.corpus_records import CorpusRecords
from pipeline.counts import coverage
from pipeline.counts.crosstab import DIMENSIONS, MOST_CELLS, Correction, Dimension, crosstab, themes_by
from pipeline.counts.theme_counts import GROUPINGS
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.held_out import Sample, SampledLabel
from pipeline.learning.prevalence import Cluster, HeldOut, Prevalence
from pipeline.query import Filter
from pipeline.query.facts import Pairs, met, named_once
from pipeline.records import Bundle
from pipeline.stages.index import build_index

THEMES = ("equity", "succession", "trust")
RUBRIC = rubric({"Shared work": {"12": ["12a", "12b"], "13": ["13"]}, "Growing leaders": {"14": ["14a", "14b"]}})
INDICATORS = ("12a", "12b", "13", "14a", "14b")
KNOWN = Prevalence(
    HeldOut(
        themes=list(THEMES),
        clusters=[
            Cluster(
                group=f"g{i}", n=30, true_yes=[6, 5, 1], false_yes=[1, 2, 0], missed=[2, 1, 0], rejected=[21, 22, 29]
            )
            for i in range(6)
        ],
    ),
    Settings(bootstrap=100),
)  # fmt: skip
FILTERS = (
    {}, {"themes": ("equity and not trust",)}, {"site": "elm"}, {"kind": "news"}, {"date_from": "2015"},
    {"text": "elm"}, {"min_p": 0.5}, {"level": "keep_improving"}, {"practice": "12"}, {"area": "growing"},
    {"themes": ("trust",), "decision": "yes", "min_p": 0.4}, {"role": "coach"}, {"source": "human"},
    {"document": "d0", "text": "nothing of the kind"},
)  # fmt: skip
PAIRS: list[tuple[Dimension, Dimension]] = [
    (a, b) for a in DIMENSIONS for b in DIMENSIONS if a != b or a in ("theme", "practice", "indicator", "area")
]


def meeting(chance: random.Random, number: int) -> Bundle:
    """Two sections (the second may lie in the first) of eight paragraphs, some with a quote; much is left to chance."""
    sites = [chance.choice(["Elm", "The Elm", "elm", "Oak", "Ash"]) for _ in range(2)]
    paragraphs = [f"“We try {i} at {sites[i % 2]},” said {chance.choice(['Ana', 'Ben'])}." for i in range(8)]
    dated = chance.choice(["2014-03-01", "2015-05-01", None])
    doc = document(
        "\n\n".join(["First", *paragraphs[:4], "Second", *paragraphs[4:]]), id=f"d{number}",
        title=chance.choice(["Spring", "Autumn", None]), kind=chance.choice(["news", "minutes"]),
        date_start=dated, date_end=dated,
    )  # fmt: skip
    members = [
        msgspec.structs.replace(one, duplicate_of=f"d{number}:copy" if chance.random() < 0.1 else None)
        for one in passages(doc)
    ]
    members = [
        msgspec.structs.replace(one, duplicate_of=members[0].id if one.duplicate_of else None) for one in members
    ]
    kinds = ["problem_of_practice", "problem_of_practice", "discussion", "program"]
    first = segment(members[:5], kind=chance.choice(kinds), sites=[site(doc, sites[0])])
    inner = chance.random() < 0.5
    second = segment(
        members[5:], kind=chance.choice(kinds), sites=[site(doc, sites[1])], heading=chance.choice(["First", None]),
        **({"parent_id": first.id, "level": 2} if inner else {}),
    )  # fmt: skip
    said = [_quote(chance, one) for one in members if one.kind == "paragraph" and chance.random() < 0.7]
    return bundle(
        doc, passages=members, segments=[first, second], quotes=said,
        tags=[made for one in members for made in _tags(chance, one)],
        mappings=[made for one in said for made in _mappings(chance, one)],
    )  # fmt: skip


def _quote(chance: random.Random, member: Any) -> Any:
    name = "Ana" if "Ana" in member.text else "Ben"
    role = chance.choice(["coach", "Coach", "Principal", None])
    words = member.text[member.text.index("“") + 1 : member.text.index("”")]
    who = speaker(member, name, role=role) if chance.random() < 0.8 else None
    return quote(member, words, speaker=who, id=f"{member.id}-said")


def _tags(chance: random.Random, member: Any) -> list[Any]:
    made = []
    for theme in THEMES:
        if chance.random() < 0.4:
            made.append(tag(member, theme, chance.random(), decision=chance.choice(["yes", "yes", "review"])))
        if chance.random() < 0.2:
            decision = chance.choice(["yes", "no", "review"])
            human: dict[str, Any] = {"source": "human", "coder": "ana", "model_version": None, "threshold": 0.0}
            made.append(tag(member, theme, 1.0, decision=decision, id=f"{member.id}-{theme}-ana", **human))
    return made


def _mappings(chance: random.Random, said: Any) -> list[Any]:
    levels = ["getting_started", "keep_improving", None]
    return [
        mapping(
            said, indicator, chance.random(), decision=chance.choice(["match", "review", "reject"]),
            level=chance.choice(levels), rank=rank, area="Growing leaders" if indicator[:2] == "14" else "Shared work",
        )
        for rank, indicator in enumerate(chance.sample(INDICATORS, 3), start=1)
    ]  # fmt: skip


@pytest.fixture(scope="module", params=range(2))
def corpus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Correction]:
    chance = random.Random(request.param)
    made = [meeting(chance, number) for number in range(9)]
    database = tmp_path_factory.mktemp("counted") / "corpus.db"
    build_index(database, CorpusRecords.of(made), codebook(*THEMES), RUBRIC)
    drawn = chance.sample([one for each in made for one in each.passages], 60)
    labels = [SampledLabel(id=one.id, text=one.text, themes={"equity": 2}, open=["trust"]) for one in drawn]
    return database, Correction(KNOWN, Sample({label.id: label for label in labels} if request.param % 2 else {}))


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_themes_are_counted_as_passage_by_passage(corpus: tuple[Path, Correction], wanted: dict[str, Any]) -> None:
    database, correction = corpus
    coded = counted_slowly.coded_passages(database, Filter(**wanted))
    for by in (None, *GROUPINGS):
        expected = counted_slowly.count_themes(
            coded, query.theme_ids(database), by, correction.prevalence, correction.sample
        )
        assert themes_by(database, Filter(**wanted), by, correction) == expected


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_crosstabs_are_counted_as_one_by_one(corpus: tuple[Path, Correction], wanted: dict[str, Any]) -> None:
    database, correction = corpus
    some = random.Random(str(wanted)).sample(PAIRS, 12) if wanted else PAIRS
    for pair in [*some, ("practice",), ("area",)]:
        expected = counted_slowly.crosstab(database, Filter(**wanted), pair, correction)
        assert crosstab(database, Filter(**wanted), pair, correction) == expected, pair


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_quotes_are_covered_as_one_by_one(corpus: tuple[Path, Correction], wanted: dict[str, Any]) -> None:
    database, _ = corpus
    quotes, rows = counted_slowly.mapped_quotes(database, Filter(**wanted))
    for by in coverage.DIMENSIONS:
        for indicators in (False, True):
            expected = coverage.count(quotes, rows, by, indicators=indicators)
            assert query.coverage(database, Filter(**wanted), by, indicators=indicators) == expected


def test_the_corpora_hold_what_could_go_wrong(corpus: tuple[Path, Correction]) -> None:
    database, correction = corpus
    counts = themes_by(database, Filter(), None, correction)
    assert min(one.n for one in counts) >= 30
    assert all(one.corrected.share is not None for one in counts if one.theme == "equity")
    labels = {cell.row for cell in crosstab(database, Filter(), ("problem", "role"), correction).cells}
    assert any(" › " in label for label in labels)
    assert "no problem of practice" in labels
    coded = counted_slowly.coded_passages(database, Filter())
    assert any(passage.settled - passage.yes for passage in coded)


def test_themes_alone_as_a_matrix(corpus: tuple[Path, Correction]) -> None:
    database, correction = corpus
    made = crosstab(database, Filter(), ("theme",), correction)
    assert (made.rows, made.columns) == (list(THEMES), ["all"])


def test_a_table_that_nobody_could_read_is_refused(
    corpus: tuple[Path, Correction], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, correction = corpus
    monkeypatch.setattr("pipeline.counts.crosstab.MOST_CELLS", 5)
    assert MOST_CELLS > 5
    with pytest.raises(PipelineError) as caught:
        crosstab(database, Filter(), ("document", "problem"), correction)
    assert caught.value.code is ErrorCode.INVALID_QUERY
    assert "at most 5 cells" in caught.value.expected


PAIRED = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=12).map(sorted)


def pairs(rows: list[tuple[int, int]]) -> Pairs:
    units, numbers = np.array(rows, np.int64).reshape(-1, 2).T
    return Pairs(units, numbers, ["a", "b", "c", "d"])


def listed(made: Pairs) -> list[tuple[int, int]]:
    return list(zip(made.units.tolist(), made.numbers.tolist(), strict=True))


@given(first=PAIRED, second=PAIRED)
def test_what_meets_belongs_to_the_same_unit(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    left, right = met(pairs(first), pairs(second))
    expected = [(i, j) for i, one in enumerate(first) for j, other in enumerate(second) if one[0] == other[0]]
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == expected
    assert listed(pairs(first).each_once()) == sorted(set(first))
    assert listed(pairs(first).without(pairs(second))) == sorted(set(first) - set(second))


@given(rows=PAIRED, names=st.lists(st.sampled_from("xyz"), min_size=4, max_size=4))
def test_equal_names_have_one_number(rows: list[tuple[int, int]], names: list[str]) -> None:
    before = pairs(rows)
    made = named_once(before.units, before.numbers, names)
    assert len(set(made.names)) == len(made.names)
    assert [made.names[i] for i in made.numbers] == [names[number] for _, number in rows]
