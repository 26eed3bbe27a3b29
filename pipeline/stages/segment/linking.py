"""The same problem across meetings: problems of practice of other documents about the same site and subject.

    2014-10-09 "Losing Principals …"   Castor Creek   linked: [the segment of 2016]
    2016-03-02 "Turnover, two years on" Castor Creek  linked: [the segment of 2014]

Two problems are linked when they share a site and their subjects are alike: the cosine of their sentence vectors plus
the share of content words in common is at least 0.57. On invented pairs of accounts from two meetings of one site
(tests/pairs_of_problems.py) that joins 9 of 10 pairs about the same problem and none of 16 about different ones; among
all 90 mismatched pairs it joins two. Neither measure parts them as well alone: follow-ups change their words, and all
texts of this kind lie near each other in the vector space.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from pipeline.encoder import Vectors
from pipeline.records import Bundle, Segment

Encode = Callable[[Sequence[str]], Vectors]
"""Texts → one vector of length 1 for each."""

THRESHOLD = 0.57
_OPENING = 400
_STEM = 6
_LAST = "9999-99-99"
_WORD = re.compile(r"[a-z]{4,}")
# fmt: off
_FORM_WORDS = frozenset({
    "unified", "joint", "school", "schools", "district", "districts", "public", "usd", "isd", "cusd", "the", "of",
    "county", "city", "system",
})
_COMMON = frozenset(
    "there their they them this that these those with from into have been were which when where while after before "
    "about "
    "other school schools district districts principal principals teacher teachers student students year years leaders "
    "staff only more than each every what whose still then also does made make".split()
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Case:
    """What linking needs of a problem of practice. `sites`: keys of its sites; `date`: ISO, or `None`."""

    segment_id: str
    document_id: str
    date: str | None
    sites: frozenset[str]
    subject: str


def cases_of(bundle: Bundle) -> Iterator[Case]:
    """Yield the problems of practice of a document; the parts of a case count to the case above."""
    problems = [segment for segment in bundle.segments if segment.kind == "problem_of_practice" and segment.sites]
    own = {segment.id for segment in problems}
    for segment in problems:
        if segment.parent_id not in own:
            parts = [segment, *(other for other in problems if other.parent_id == segment.id)]
            yield Case(
                segment_id=segment.id,
                document_id=bundle.document.id,
                date=bundle.document.date_start or bundle.document.date_end,
                sites=frozenset(site_key(site.name) for site in segment.sites),
                subject=_subject(parts, bundle.document.text),
            )


def site_key(name: str) -> str:
    """Reduce the name of a site to what tells it from others: "Castor Creek Unified" is "castor creek"."""
    words = re.findall(r"[\w’'-]+", name.casefold())
    return " ".join(word for word in words if word not in _FORM_WORDS) or " ".join(words)


def link(cases: Iterable[Case], encode: Encode) -> dict[str, list[str]]:
    """Return for each case that has any the ids of the cases linked to it, in date order, undated ones last.

    Args:
        cases: the problems of practice of all documents, in any order.
        encode: makes the vectors; called only for cases that share their site with a case of another document.
    """
    order = sorted(cases, key=lambda case: (case.date or _LAST, case.document_id, case.segment_id))
    pairs = _pairs(order)
    shared = sorted({i for pair in pairs for i in pair})
    if not shared:
        return {}
    vectors = dict(zip(shared, encode([order[i].subject for i in shared]), strict=True))
    linked: defaultdict[str, set[int]] = defaultdict(set)
    for i, j in pairs:
        if likeness(order[i].subject, order[j].subject, float(np.dot(vectors[i], vectors[j]))) >= THRESHOLD:
            linked[order[i].segment_id].add(j)
            linked[order[j].segment_id].add(i)
    return {segment_id: [order[i].segment_id for i in sorted(others)] for segment_id, others in linked.items()}


def likeness(one: str, other: str, cosine: float) -> float:
    """Return the cosine of two subjects plus the share of the shorter one's content words that the other has too."""
    first, second = _stems(one), _stems(other)
    return cosine + len(first & second) / max(1, min(len(first), len(second)))


def with_links(segments: Iterable[Segment], links: Mapping[str, Sequence[str]]) -> Iterator[Segment]:
    """Yield the segments with their links filled in."""
    for segment in segments:
        yield msgspec.structs.replace(segment, linked=list(links.get(segment.id, [])))


def _pairs(order: Sequence[Case]) -> list[tuple[int, int]]:
    """Return the pairs of cases of two documents that share a site."""
    by_site: defaultdict[str, list[int]] = defaultdict(list)
    for i, case in enumerate(order):
        for site in case.sites:
            by_site[site].append(i)
    found = {(i, j) for members in by_site.values() for i in members for j in members if i < j}
    return sorted((i, j) for i, j in found if order[i].document_id != order[j].document_id)


def _subject(parts: Sequence[Segment], text: str) -> str:
    """Return what a case is about, in its own words and without the names of its sites, which all its cases share."""
    told = [part for segment in parts for part in segment.anatomy if part.role in {"problem", "approach"}]
    first = parts[0]
    start = first.start + len(first.heading or "")
    words = [text[part.start : part.end] for part in told] or [text[start : min(first.end, start + _OPENING)]]
    subject = " ".join([first.heading or "", *words])
    for name in sorted({site.name for segment in parts for site in segment.sites}, key=lambda name: (-len(name), name)):
        subject = subject.replace(name, " ")
    return " ".join(subject.split())


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold()) if word not in _COMMON}
