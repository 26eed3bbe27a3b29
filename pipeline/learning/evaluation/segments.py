"""Scores segments: headings, problems of practice with their sites, and boundaries.

Everything is counted over gold's blocks. A predicted boundary stands before the block in which a segment starts.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.learning.evaluation.fitting import OVERLAP, Fit
from pipeline.learning.evaluation.gold import GoldSegment
from pipeline.learning.evaluation.matching import matched
from pipeline.learning.evaluation.rows import Group, Row, Scorer, Unit, shown
from pipeline.learning.evaluation.windows import disagreements, window_size
from pipeline.records import Passage, Segment, segment_of_passage

PROBLEM = "problem_of_practice"
LEAST_IOU = 0.5

Pairs = list[tuple[int, int]]

# fmt: off
_GENERIC = frozenset({
    "the", "of", "and", "for", "in", "at", "a", "an", "unified", "union", "joint", "district", "districts", "usd",
    "isd", "cusd", "school", "schools", "public", "city", "county", "elementary", "primary", "middle", "junior",
    "senior", "high", "academy", "college", "university", "program", "programme", "project", "network", "initiative",
    "cooperative", "consolidated", "independent", "community", "area", "local", "regional", "parish", "township",
})
# fmt: on
_WORD = re.compile(r"[^\W_]+")


def score(scorer: Scorer) -> Group:
    """Return the scores of the segments of all documents."""
    headings = [match_headings(fit) for fit in scorer.fits]
    problems = [match_problems(fit) for fit in scorer.fits]
    heading_rows = list(_heading_rows(scorer, headings))
    problem_rows = list(_problem_rows(scorer, problems))
    boundary_rows = list(_boundary_rows(scorer))
    headline = (
        f"headings F1 {shown(heading_rows[0].main)}; problems of practice F1 {shown(problem_rows[0].main)}; "
        f"boundaries F1 {shown(boundary_rows[0].main)}"
    )
    return Group(name="Segments", headline=headline, rows=[*heading_rows, *problem_rows, *boundary_rows])


def match_headings(fit: Fit) -> Pairs:
    """Return which gold segment has the heading of which predicted segment, by their numbers."""
    likeness: dict[tuple[int, int], float] = {}
    for j, segment in enumerate(fit.bundle.segments):
        if segment.heading is None:
            continue
        start, end = _heading_span(fit, segment)
        shared = fit.blocks_of(start, end)
        length = fit.letters.place(end) - fit.letters.place(start)
        for i, gold in enumerate(fit.gold.segments):
            block = -1 if gold.heading is None else fit.gold.number[gold.heading]
            if block in shared:
                shorter = min(length, int(fit.starts[block + 1] - fit.starts[block]))
                likeness[i, j] = shared[block] / max(shorter, 1)
    return matched(likeness, OVERLAP)


def match_problems(fit: Fit) -> Pairs:
    """Return which gold problem of practice is which predicted one, by their numbers among all segments.

    A predicted segment counts with or without the segments inside it, whichever fits better.
    """
    held = [_block_sets(fit, segment) if segment.kind == PROBLEM else [] for segment in fit.bundle.segments]
    likeness = {
        (i, j): max(len(wanted & blocks) / len(wanted | blocks) for blocks in sets)
        for i, gold in enumerate(fit.gold.segments)
        if gold.kind == PROBLEM
        for wanted in [set(fit.gold.members(gold))]
        for j, sets in enumerate(held)
        if sets
    }
    return matched(likeness, LEAST_IOU)


def same_site(gold: str, predicted: str) -> bool:
    """Whether two names mean one site: the distinctive words of one all stand in the other, whatever their case.

    "Elm Park Unified School District" is "Elm Park"; "Elm Park" is not "Elm Creek".
    """
    one, other = _distinctive(gold), _distinctive(predicted)
    return bool(one and other) and (one <= other or other <= one)


def gold_boundaries(fit: Fit) -> list[int]:
    """Return 0 or 1 for each gap between gold's blocks."""
    return _gaps(fit, {fit.gold.start(segment) for segment in fit.gold.segments})


def predicted_boundaries(fit: Fit) -> list[int]:
    """Return 0 or 1 for each gap between gold's blocks: whether a predicted segment starts after it."""
    return _gaps(fit, {_starting_block(fit, segment.start) for segment in fit.bundle.segments})


def heading_boundaries(fit: Fit) -> list[int]:
    """Return 0 or 1 for each gap between gold's blocks: whether ingest found a heading after it."""
    headings = [passage for passage in fit.bundle.passages if passage.kind == "heading"]
    return _gaps(fit, {_starting_block(fit, passage.start) for passage in headings})


def _heading_rows(scorer: Scorer, headings: Sequence[Pairs]) -> Iterator[Row]:
    units = [
        unit
        for document, (fit, pairs) in enumerate(zip(scorer.fits, headings, strict=True))
        for unit in _heading_units(document, fit, pairs)
    ]
    yield scorer.prf("headings", units, "gold headings")
    for name, agree in _AGREEMENTS.items():
        found = [
            Unit(document, fit.gold.start(gold), (agree(gold, segment), 1))
            for document, (fit, pairs) in enumerate(zip(scorer.fits, headings, strict=True))
            for i, j in pairs
            for gold, segment in [(fit.gold.segments[i], fit.bundle.segments[j])]
        ]
        yield scorer.share(name, found, "found headings")
    blocks = [unit for document, fit in enumerate(scorer.fits) for unit in _kind_units(document, fit)]
    yield scorer.share("kind right, by block", blocks, "blocks")


_AGREEMENTS: dict[str, Callable[[GoldSegment, Segment], bool]] = {
    "level right": lambda gold, segment: gold.level == segment.level,
    "kind right": lambda gold, segment: gold.kind == segment.kind,
}


def _heading_units(document: int, fit: Fit, pairs: Pairs) -> Iterator[Unit]:
    found, used = {i for i, _ in pairs}, {j for _, j in pairs}
    for i, gold in enumerate(fit.gold.segments):
        if gold.heading is not None:
            yield Unit(document, fit.gold.number[gold.heading], (i in found, i in found, 1))
    for j, segment in enumerate(fit.bundle.segments):
        if segment.heading is not None and j not in used:
            yield Unit(document, _starting_block(fit, segment.start), (0, 1, 0))


def _kind_units(document: int, fit: Fit) -> Iterator[Unit]:
    predicted = _segment_of_block(fit)
    for gold in fit.gold.segments:
        for block in fit.gold.members(gold):
            segment = predicted.get(block)
            yield Unit(document, block, (segment is not None and segment.kind == gold.kind, 1))


def _problem_rows(scorer: Scorer, problems: Sequence[Pairs]) -> Iterator[Row]:
    units = [
        unit
        for document, (fit, pairs) in enumerate(zip(scorer.fits, problems, strict=True))
        for unit in _problem_units(document, fit, pairs)
    ]
    yield scorer.prf("problems of practice", units, "gold problems of practice")
    sites = [
        Unit(document, fit.gold.start(fit.gold.segments[i]), _site_counts(fit.gold.segments[i], fit.bundle.segments[j]))
        for document, (fit, pairs) in enumerate(zip(scorer.fits, problems, strict=True))
        for i, j in pairs
    ]
    yield scorer.prf("sites of found problems", sites, "sites of found problems")


def _problem_units(document: int, fit: Fit, pairs: Pairs) -> Iterator[Unit]:
    found, used = {i for i, _ in pairs}, {j for _, j in pairs}
    for i, gold in enumerate(fit.gold.segments):
        if gold.kind == PROBLEM:
            yield Unit(document, fit.gold.start(gold), (i in found, i in found, 1))
    for j, segment in enumerate(fit.bundle.segments):
        if segment.kind == PROBLEM and j not in used:
            yield Unit(document, _starting_block(fit, segment.start), (0, 1, 0))


def _site_counts(gold: GoldSegment, segment: Segment) -> tuple[float, ...]:
    wanted, names = _merged(gold.sites), _merged(site.name for site in segment.sites)
    likeness = {(i, j): 1.0 for i, one in enumerate(wanted) for j, name in enumerate(names) if same_site(one, name)}
    right = matched(likeness, 1.0)
    used = {j for _, j in right}
    # Disputed sites are neither right nor wrong.
    beside = [*gold.sites, *gold.sites_disputed]
    wrong = [
        name for j, name in enumerate(names) if j not in used and not any(same_site(known, name) for known in beside)
    ]
    return len(right), len(right) + len(wrong), len(wanted)


def _merged(names: Iterable[str]) -> list[str]:
    """Return the names without those that mean a site named before, such as a school and its district."""
    kept: list[str] = []
    for name in names:
        if not any(same_site(known, name) for known in kept):
            kept.append(name)
    return kept


def _boundary_rows(scorer: Scorer) -> Iterator[Row]:
    makers: dict[str, Callable[[Fit], list[int]]] = {
        "": predicted_boundaries,
        "no boundary": lambda fit: [0] * (len(fit.gold.blocks) - 1),
        "every heading": heading_boundaries,
    }
    for name, make in makers.items():
        label = f"  {name}" if name else "boundaries"
        yield scorer.prf(label, _boundary_units(scorer.fits, make), "gold boundaries")
    for place, measure in enumerate(("Pk", "WindowDiff")):
        for name, make in makers.items():
            label = f"  {name}" if name else f"{measure} (0 is best)"
            yield scorer.share(label, _window_units(scorer.fits, make, place), "windows")


def _boundary_units(fits: Sequence[Fit], make: Callable[[Fit], list[int]]) -> list[Unit]:
    return [
        Unit(document, gap + 1, (one and other, other, one))
        for document, fit in enumerate(fits)
        for gap, (one, other) in enumerate(zip(gold_boundaries(fit), make(fit), strict=True))
        if one or other
    ]


def _window_units(fits: Sequence[Fit], make: Callable[[Fit], list[int]], place: int) -> list[Unit]:
    return [
        Unit(document, gap, (wrong[place], 1))
        for document, fit in enumerate(fits)
        for gold in [gold_boundaries(fit)]
        for gap, wrong in enumerate(disagreements(gold, make(fit), window_size(gold)))
    ]


def _gaps(fit: Fit, starts: set[int]) -> list[int]:
    return [int(block in starts) for block in range(1, len(fit.gold.blocks))]


def _starting_block(fit: Fit, offset: int) -> int:
    """Return the block that a segment starts with: the one at its first letter that gold holds."""
    after = fit.owner[fit.letters.place(offset) :]
    known = after[after >= 0]
    return int(known[0]) if known.size else len(fit.gold.blocks)


def _heading_span(fit: Fit, segment: Segment) -> tuple[int, int]:
    first = next((passage for passage in fit.bundle.passages if passage.id in segment.passage_ids), None)
    if first is not None and first.kind == "heading":
        return first.start, first.end
    return segment.start, min(segment.end, segment.start + len(segment.heading or ""))


def _block_sets(fit: Fit, segment: Segment) -> list[set[int]]:
    innermost = segment_of_passage(fit.bundle)
    held = [passage for passage in fit.bundle.passages if passage.id in set(segment.passage_ids)]
    own = [passage for passage in held if innermost[passage.id].id == segment.id]
    return [_blocks(fit, held), _blocks(fit, own)]


def _blocks(fit: Fit, passages: Sequence[Passage]) -> set[int]:
    return {block for passage in passages for block in fit.members(passage)}


def _segment_of_block(fit: Fit) -> dict[int, Segment]:
    """Return the segment of each block, that of its first passage."""
    innermost = segment_of_passage(fit.bundle)
    found: dict[int, Segment] = {}
    for passage in fit.bundle.passages:
        for block in fit.members(passage) if passage.id in innermost else []:
            found.setdefault(block, innermost[passage.id])
    return found


def _distinctive(name: str) -> frozenset[str]:
    words = frozenset(word.casefold() for word in _WORD.findall(name))
    return words - _GENERIC or words
