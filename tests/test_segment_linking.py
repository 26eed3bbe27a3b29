"""The same problem of practice in several documents: what is linked, in which order, and how alike it must be."""

import itertools
import sqlite3
from collections.abc import Sequence

import numpy as np
import pytest
from builders import anatomy, bundle, document, passage, segment, site
from hypothesis import given
from hypothesis import strategies as st
from pairs_of_problems import DIFFERENT, SAME

from pipeline import encoder
from pipeline.encoder import Vectors
from pipeline.records import Bundle
from pipeline.stages.segment.linking import THRESHOLD, Case, Encode, Links, cases_of, likeness, site_key

MENTORS = "turnover mentors vacancies"
BUSES = "buses routes mornings"


def _encode(texts: Sequence[str]) -> Vectors:
    """Give every text the same direction, so that words alone decide."""
    return np.array([[1.0, 0.0] for _ in texts], dtype=np.float32) * 0.5


def _case(
    name: str, subject: str = MENTORS, *, date: str | None = None, sites: tuple[str, ...] = ("marl gap",)
) -> Case:
    return Case(f"{name}:s1", name, date, frozenset(sites), subject)


def _take_in(found: Links, cases: Sequence[Case], encode: Encode = _encode) -> dict[str, list[str]]:
    """Bring the links to a corpus that holds these cases, each document at its id."""
    by_path = {case.document_id: [one for one in cases if one.document_id == case.document_id] for case in cases}
    found.update({path: repr(held) for path, held in by_path.items()}, lambda path: by_path[path], encode)
    return {one: others for links in found.links().values() for one, others in links.items()}


def link(cases: Sequence[Case], encode: Encode = _encode) -> dict[str, list[str]]:
    return _take_in(Links(sqlite3.connect(":memory:")), cases, encode)


@pytest.mark.parametrize(
    ("cases", "links"),
    [
        ([_case("a"), _case("b")], {"a:s1": ["b:s1"], "b:s1": ["a:s1"]}),
        ([_case("a"), _case("b", BUSES)], {}),
        ([_case("a"), _case("b", sites=("tolley",))], {}),
        ([_case("a"), _case("b", sites=("tolley", "marl gap"))], {"a:s1": ["b:s1"], "b:s1": ["a:s1"]}),
        ([_case("a"), Case("a:s2", "a", None, frozenset(["marl gap"]), MENTORS)], {}),  # one document
        (
            [_case("c"), _case("b", date="2016-01-01"), _case("a", date="2014-01-01")],
            {"a:s1": ["b:s1", "c:s1"], "b:s1": ["a:s1", "c:s1"], "c:s1": ["a:s1", "b:s1"]},
        ),
        ([], {}),
    ],
)
def test_links(cases: list[Case], links: dict[str, list[str]]) -> None:
    assert link(cases, _encode) == links


def test_vectors_are_made_only_where_two_documents_share_a_site() -> None:
    def encode(texts: Sequence[str]) -> Vectors:
        raise AssertionError(texts)

    assert link([_case("a"), _case("b", sites=("tolley",))], encode) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Castor Creek", "Castor Creek Unified School District", True),
        ("Castor Creek Public Schools", "castor creek USD", True),
        ("Castor Creek", "Castor Ridge", False),
        ("Orrin Township", "Orrin County", False),
        ("Castor Creek High School", "Castor Creek", False),
    ],
)
def test_keys_of_sites(one: str, other: str, same: bool) -> None:
    assert (site_key(one) == site_key(other)) is same


def _likeness(pair: tuple[str, str]) -> float:
    one, other = encoder.load().encode(list(pair))
    return likeness(*pair, float(np.dot(one, other)))


def test_the_threshold_parts_the_same_problem_from_another() -> None:
    assert sum(_likeness(pair) >= THRESHOLD for pair in SAME) >= 0.9 * len(SAME)
    assert sum(_likeness(pair) >= THRESHOLD for pair in DIFFERENT) == 0
    mismatched = [(one, other) for (one, _), (_, other) in itertools.permutations(SAME, 2)]
    assert sum(_likeness(pair) >= THRESHOLD for pair in mismatched) <= 0.03 * len(mismatched)


def _document(name: str, *, heading: str = "Losing principals", kind: str = "problem_of_practice") -> Bundle:
    doc = document(f"{heading}\n\nMarl Gap lost seven principals. It hired mentors.", id=name, date_start="2014-05-03")
    head, body = (
        passage(doc, heading, kind="heading"),
        passage(doc, "Marl Gap lost seven principals. It hired mentors."),
    )
    made = segment(
        [head, body], kind=kind, sites=[site(doc, "Marl Gap")], anatomy=[anatomy(body, "lost seven principals")]
    )
    return bundle(doc, passages=[head, body], segments=[made])


def test_a_case_is_known_by_its_heading_and_its_problem_without_its_site() -> None:
    [case] = cases_of(_document("a"))
    assert case == Case("a-s0", "a", "2014-05-03", frozenset(["marl gap"]), "Losing principals lost seven principals")


def test_only_problems_of_practice_are_cases() -> None:
    assert list(cases_of(_document("a", kind="discussion"))) == []


@given(
    st.permutations([_case(name, date=date) for name, date in zip("abcd", ["2014", "2013", None, "2013"], strict=True)])
)
def test_links_are_mutual_and_do_not_depend_on_the_order(cases: list[Case]) -> None:
    links = link(cases, _encode)
    assert links["a:s1"] == ["b:s1", "d:s1", "c:s1"]
    assert all(one in links[other] for one, others in links.items() for other in others)


SOME = [
    _case(name, subject, date=date, sites=sites)
    for name, subject, date, sites in itertools.product(
        ("a", "b", "c"), (MENTORS, BUSES), ("2014", None), (("marl gap",), ("tolley", "marl gap"))
    )
]


@given(st.lists(st.lists(st.sampled_from(SOME), max_size=3, unique_by=lambda case: case.document_id), max_size=4))
def test_documents_that_come_and_go_leave_the_links_of_a_first_reading(corpora: list[list[Case]]) -> None:
    found = Links(sqlite3.connect(":memory:"))
    for cases in corpora:
        assert _take_in(found, cases) == link(cases)
