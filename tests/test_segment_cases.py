"""Four invented documents of other genres, with what a person found in them: kinds, sites, and roles of sentences.

They were written before the rules were tuned, by whoever wrote the rules. A test that fails here says that a document
which nobody tuned for has become worse.
"""

from functools import lru_cache

import msgspec
import pytest
from builders import anatomy_model
from cases_of import Case, names, read
from hypothesis import given
from hypothesis import strategies as st

from pipeline.encoder import load as load_encoder
from pipeline.learning.evaluation.segments import same_site
from pipeline.nlp import load, sentencizer
from pipeline.records import Segment
from pipeline.stages.segment import find_segments
from pipeline.stages.segment.cast import cast_of, host_of
from pipeline.stages.segment.outline import outline
from pipeline.stages.segment.sites import SiteName, find_site_names

PRECISION = 0.9
RECALL = 0.5


@lru_cache
def _segments(name: str) -> tuple[Case, list[Segment]]:
    case = read(name)
    return case, find_segments(case.bundle, load(), sentencizer(), load_encoder(), anatomy_model())


def _sections() -> list[tuple[str, int]]:
    return [(name, index) for name in names() for index in range(len(read(name).told))]


def _problems() -> list[tuple[str, int]]:
    return [(name, index) for name, index in _sections() if "problem_of_practice" in read(name).told[index].kinds]


def test_there_are_four() -> None:
    assert len(names()) == 4
    assert len(_problems()) == 8


@pytest.mark.parametrize(("name", "index"), _sections())
def test_kind(name: str, index: int) -> None:
    case, segments = _segments(name)
    assert segments[index].heading == case.told[index].heading
    assert segments[index].kind in case.told[index].kinds


@pytest.mark.parametrize(("name", "index"), _problems())
def test_sites(name: str, index: int) -> None:
    case, segments = _segments(name)
    found = [site.name for site in segments[index].sites]
    assert len(found) == len(case.told[index].sites)
    assert all(any(same_site(wanted, one) for one in found) for wanted in case.told[index].sites)


def test_what_is_marked_is_right_and_half_of_it_is_marked() -> None:
    right = marked = told = 0
    for name, index in _problems():
        case, segments = _segments(name)
        roles = case.told[index].roles
        marked += len(segments[index].anatomy)
        right += sum(part.role in roles.get(part.start, set()) for part in segments[index].anatomy)
        told += len(roles)
    assert right >= PRECISION * marked
    assert right >= RECALL * told


def test_surer_problems_of_practice_are_right_more_often() -> None:
    judged = [
        (
            segment.score if segment.kind == "problem_of_practice" else 1 - segment.score,
            "problem_of_practice" in told.kinds,
        )
        for name in names()
        for segment, told in zip(_segments(name)[1], _segments(name)[0].told, strict=True)
    ]
    assert min(score for score, right in judged if right) > max(score for score, right in judged if not right)


# --- sites -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["# Sable Point", "A day in Sable Point Unified (SPUSD). SPUSD is small."], {"Sable Point"}),
        (["# MARL LANDING UNIFIED SCHOOL DISTRICT", "The district met."], {"Marl Landing"}),
        (["# Orrin County Board of Education: Minutes", "The board met."], {"Orrin County"}),
        (["# Notes", "Creekside Middle School is new. A teacher at Creekside said so."], {"Creekside Middle School"}),
        (
            ["# Notes", "Tolley Unified runs it with two neighbors, Low Pine and Marl Gap."],
            {"Tolley", "Low Pine", "Marl Gap"},
        ),
        (["# Notes", "Action: Approve. Action taken.", "# Action: A. Contracts"], set()),
        (["# Notes", "The University of Marl and Ohio were there. Ms. Lund spoke. Lund has left."], set()),
        (["# Notes", "Two Schools, Twenty-Seven Schools and Public Schools were named."], set()),
    ],
)
def test_site_names(lines: list[str], expected: set[str]) -> None:
    assert {site.name for site in find_site_names(_passages(lines), load())} == expected


def _passages(lines: list[str]) -> list:  # type: ignore[type-arg]
    from builders import document, passage  # noqa: PLC0415

    texts = [line.removeprefix("# ") for line in lines]
    doc = document("\n\n".join(texts))
    kinds = ["heading" if line.startswith("# ") else "paragraph" for line in lines]
    starts = [sum(len(text) + 2 for text in texts[:i]) for i in range(len(texts))]
    return [
        passage(doc, text, index=i, kind=kinds[i], start=starts[i], end=starts[i] + len(text))
        for i, text in enumerate(texts)
    ]


SITES = [
    SiteName("Marl Gap", ("Marl Gap",), 3.0, "district"),
    SiteName("Tolley", ("Tolley",), 3.0, "district"),
    SiteName("Creekside School", ("Creekside School", "Creekside"), 3.0, "school"),
    SiteName("Ida Lund School", ("Ida Lund School",), 3.0, "school"),
    SiteName("Salt Residency", ("Salt Residency",), 2.0, "program"),
]


@pytest.mark.parametrize(
    ("title", "lines", "sites"),
    [
        ("Notes", ["# Late buses", "Marl Gap lost a bus. The district bought one. Tolley did not."], ["Marl Gap"]),
        ("Notes", ["# Late buses in Tolley", "Marl Gap lost a bus, and Marl Gap bought one."], ["Tolley"]),
        ("Marl Gap Minutes", ["# Late buses", "The district lost a bus."], ["Marl Gap"]),
        ("Marl Gap Minutes", ["# Buses", "The district lost those of Creekside and of Ida Lund School."], ["Marl Gap"]),
        ("Notes", ["# Buses", "Marl Gap joined with its neighbor, Tolley, to buy one."], ["Marl Gap", "Tolley"]),
        ("Notes", ["# Buses at Creekside", "Creekside School in Marl Gap lost one."], ["Creekside School", "Marl Gap"]),
        ("Notes", ["# The Salt Residency in Tolley", "The residency lost a bus."], ["Tolley"]),
        ("Notes", ["# The Salt Residency", "The residency lost a bus."], ["Salt Residency"]),
        ("Notes", ["# Late buses", "The district lost a bus."], []),
    ],
)
def test_whose_case_it_is(title: str, lines: list[str], sites: list[str]) -> None:
    passages = _passages(lines)
    [section] = outline(passages, "meeting_summary")
    assert cast_of(section, SITES, host_of(passages, title, SITES)).all == sites


@given(st.text(max_size=80))
def test_any_text_can_be_searched_for_sites(text: str) -> None:
    passages = _passages(["# A", "B."])
    passages[1] = msgspec.structs.replace(passages[1], text=text)
    assert find_site_names(passages) == find_site_names(passages)
