"""The outline of a document: where each section begins, under which other section, and why it begins there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.records import BoundaryReason, DocumentKind, Passage
from pipeline.stages.ingest.metadata import begins_project
from pipeline.stages.segment.topics import Shift

_OPENING_SCORE = 0.9


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the passages below it, up to the next heading of any level.

    `heading` is `None` where the text has none. `parent`: index of the section above it in the list, or `None`.
    `boundary`: how sure it is that a section begins here, 0–1; `None`: as sure as its reason always is.
    """

    heading: Passage | None
    passages: list[Passage]
    level: int
    parent: int | None
    reason: BoundaryReason
    boundary: float | None = None

    @property
    def body(self) -> list[Passage]:
        """The passages without the heading."""
        return self.passages[1:] if self.heading is not None else self.passages


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a section is cut. `start`: index of the passage with which its first topic begins; `shifts`: the others."""

    start: int
    shifts: Sequence[Shift]


def outline(passages: Sequence[Passage], kind: DocumentKind) -> list[Section]:
    """Cut a document at its headings and, in programme descriptions, where the next programme begins."""
    sections: list[Section] = []
    above: list[tuple[int, int]] = []  # (level, index) of the sections that are still open
    in_project = False
    runs = _runs(passages, kind)
    sunk = _are_below_projects(runs)
    for starts, run in runs:
        heading = run[0] if run[0].kind == "heading" else None
        starts_project = starts == "project_header"
        in_project = in_project or starts_project
        level = 1 if starts_project or heading is None else (heading.level or 1) + (in_project and not sunk)
        level = min(level, 6)
        while above and above[-1][0] >= level:
            above.pop()
        sections.append(Section(heading, run, level, above[-1][1] if above else None, starts))
        above.append((level, len(sections) - 1))
    return sections


def _are_below_projects(runs: Sequence[tuple[BoundaryReason, list[Passage]]]) -> bool:
    """Tell whether the headings of programmes without titles were put below them when the file was read."""
    first = next((i for i, (starts, _) in enumerate(runs) if starts == "project_header"), len(runs))
    return all(run[0].level != 1 for _, run in runs[first:])


def with_topics(sections: Sequence[Section], cuts: Mapping[int, Cut]) -> list[Section]:
    """Replace sections by their head and their topics.

    What stands before a topic in the section, its heading above all, is its parent; a topic without anything above it
    keeps the section's own place.

    Args:
        sections: the outline.
        cuts: the cuts of the sections that have any, by their index.
    """
    found: list[Section] = []
    place: dict[int, int] = {}  # old index → new index
    for old, section in enumerate(sections):
        parent = None if section.parent is None else place[section.parent]
        place[old] = len(found)
        pieces = _pieces(section, cuts[old]) if old in cuts else [section]
        head = len(found) if section.heading is not None else parent
        found.append(replace(pieces[0], parent=parent))
        found += [replace(piece, parent=head) for piece in pieces[1:]]
    return found


def _pieces(section: Section, cut: Cut) -> list[Section]:
    level = section.level + (section.heading is not None)
    opening = Shift(
        cut.start, _OPENING_SCORE, "speaker" if section.passages[cut.start].kind == "turn" else "topic_shift"
    )
    shifts = [*([opening] if cut.start else []), *cut.shifts]
    ends = [*(shift.index for shift in shifts), len(section.passages)]
    first = replace(section, passages=section.passages[: ends[0]])
    return [
        first,
        *(
            Section(None, section.passages[shift.index : end], min(level, 6), None, shift.reason, shift.score)
            for shift, end in zip(shifts, ends[1:], strict=True)
        ),
    ]


def _runs(passages: Sequence[Passage], kind: DocumentKind) -> list[tuple[BoundaryReason, list[Passage]]]:
    projects = {i for i in range(len(passages)) if kind == "program" and _starts_project(passages, i)}
    if len(projects) < 2:
        projects = set()  # the page of one programme: its headings are its outline
    runs: list[tuple[BoundaryReason, list[Passage]]] = []
    for i, passage in enumerate(passages):
        reason: BoundaryReason | None = "project_header" if i in projects else _heading_reason(passage, kind)
        if reason is not None or not runs:
            runs.append((reason or "document", []))
        runs[-1][1].append(passage)
    return runs


def _starts_project(passages: Sequence[Passage], i: int) -> bool:
    """Tell the first of the labelled lines above a programme's description."""
    return begins_project(passages[i].text) and not (i > 0 and begins_project(passages[i - 1].text))


def _heading_reason(passage: Passage, kind: DocumentKind) -> BoundaryReason | None:
    if passage.kind != "heading":
        return None
    # In a programme's description the bare labels of a scraped page ("Related News:") head nothing.
    is_label = kind == "program" and passage.text.endswith(":")
    return None if is_label else "heading"
