"""segment: documents, passages → segments.jsonl.

A segment is a heading with the passages below it, up to the next heading of any level; `parent_id` gives the outline. A
text without headings is one segment, or one for each programme that it describes, or, if it is long, one for each
topic; so is a long transcript below a heading. Each segment is judged: front
matter, discussion, problem of practice, program, synthesis or next steps; a problem of practice has its sites and its
anatomy.

    # Losing Principals in Castor Creek       → Segment(kind="problem_of_practice", level=2,
    Castor Creek has filled seven jobs …          sites=[Site("Castor Creek", …)], anatomy=[problem, approach, …])
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.records import Boundary, Bundle, DocumentKind, Passage, Segment, Site
from pipeline.stages.segment import kinds, topics
from pipeline.stages.segment.anatomy import find_anatomy, strengths
from pipeline.stages.segment.cast import cast_of, host_of
from pipeline.stages.segment.clauses import read_sections, read_sentences
from pipeline.stages.segment.outline import Cut, Section, outline, with_topics
from pipeline.stages.segment.sites import SiteName, find_site_names, mentions

if TYPE_CHECKING:
    from spacy.language import Language

    from pipeline.encoder import Encoder
    from pipeline.learning.anatomy import AnatomyModel

_UNCUT: frozenset[DocumentKind] = frozenset({"program", "rubric"})
_BOUNDARY_SCORES = {"heading": 0.95, "project_header": 0.9, "document": 1.0}


def find_segments(
    bundle: Bundle, nlp: "Language", sentencizer: "Language", encoder: "Encoder", model: "AnatomyModel"
) -> list[Segment]:
    """Cut a document into segments and judge them.

    Args:
        bundle: a document with its passages.
        nlp: a spaCy pipeline with parser and named entities; it is shown only the sections that may be somebody's case.
        sentencizer: a spaCy pipeline that sets sentence boundaries.
        encoder: the sentence encoder, for problems of practice and for long texts without headings.
        model: tells which sentences of a problem of practice state what.
    """
    names = find_site_names(bundle.passages, nlp)
    host = host_of(bundle.passages, bundle.document.title, names)
    sections = outline(bundle.passages, bundle.document.kind)
    sections = with_topics(sections, _cuts(bundle, sections, names, sentencizer, encoder))
    ids = [f"{bundle.document.id}:s{index:03d}" for index in range(len(sections))]
    casts = [cast_of(section, names, host) for section in sections]
    told = [kinds.by_heading(section, index, bundle.document.kind) for index, section in enumerate(sections)]
    may_be = [i for i, section in enumerate(sections) if told[i] is None and kinds.may_be_case(section, casts[i])]
    read = dict(zip(may_be, read_sections([_running_text(sections[i]) for i in may_be], nlp), strict=True))
    segments: list[Segment] = []
    judgements: list[kinds.Judgement] = []
    for index, (section, cast) in enumerate(zip(sections, casts, strict=True)):
        above = None if section.parent in {None, 0} else judgements[section.parent or 0]
        if told[index] is None and index not in read and above is not None and above.kind == "problem_of_practice":
            read[index] = read_sentences(_running_text(section), nlp)
        sentences = read.get(index, [])
        judgement = told[index] or kinds.judge(section, cast, strengths(sentences), bundle.document.kind)
        judgement = kinds.inherit(judgement, above)
        judgements.append(judgement)
        is_problem = judgement.kind == "problem_of_practice"
        found = _first_mentions([*cast.named, *cast.meant, *host.first], judgement.sites)
        segments.append(
            Segment(
                id=ids[index],
                document_id=bundle.document.id,
                parent_id=None if section.parent is None else ids[section.parent],
                level=section.level,
                heading=section.heading.text if section.heading is not None else None,
                kind=judgement.kind,
                score=judgement.score,
                start=section.passages[0].start,
                end=section.passages[-1].end,
                passage_ids=[passage.id for passage in section.passages],
                boundary=_boundary(section),
                sites=found or (_inherited_sites(segments, section) if is_problem else []),
                anatomy=find_anatomy(sentences, model, encoder) if is_problem else [],
            )
        )
    return segments


def _cuts(
    bundle: Bundle, sections: Sequence[Section], names: Sequence[SiteName], sentencizer: "Language", encoder: "Encoder"
) -> dict[int, Cut]:
    """Return where the sections that are long, and have no outline of their own, turn to another topic."""
    cuts: dict[int, Cut] = {}
    for index, section in enumerate(sections):
        start = topics.first_spoken(section.passages)
        if start is None or _is_whole(section, index, names, bundle.document.kind):
            continue
        shifts = topics.topics_of(section.passages[start:], encoder, sentencizer)
        if shifts:
            cuts[index] = Cut(start, [replace(shift, index=shift.index + start) for shift in shifts])
    return cuts


def _is_whole(section: Section, index: int, names: Sequence[SiteName], kind: DocumentKind) -> bool:
    """Tell a section that its heading holds together: next steps, a synthesis, prose about the site that it names."""
    if kind in _UNCUT:
        return True
    heading = section.heading
    if index == 0 or heading is None:
        return False
    spoken = any(passage.kind == "turn" for passage in section.passages)
    is_case = not spoken and bool(mentions(heading.text, heading.start, names))
    return is_case or _told(section, index, kind) in {"next_steps", "synthesis"}


def _boundary(section: Section) -> Boundary:
    score = _BOUNDARY_SCORES[section.reason] if section.boundary is None else section.boundary
    return Boundary(reason=section.reason, score=score)


def _told(section: Section, index: int, kind: DocumentKind) -> str | None:
    judgement = kinds.by_heading(section, index, kind)
    return judgement.kind if judgement else None


def _running_text(section: Section) -> list[Passage]:
    return [passage for passage in section.body if passage.kind not in {"heading", "table", "quote"}]


def _first_mentions(found: Sequence[Site], names: Sequence[str]) -> list[Site]:
    """Return the first mention of each site, in the order of the names.

    Args:
        found: where sites are named in a section, then meant ("the district"), then named elsewhere in the document: a
            section about the site of its whole document may never say so.
        names: the sites of the section.
    """
    first: dict[str, Site] = {}
    for site in found:
        first.setdefault(site.name, site)
    return [first[name] for name in names if name in first]


def _inherited_sites(segments: Sequence[Segment], section: Section) -> list[Site]:
    """Return the sites of the case above, for a part of it that does not name them again."""
    return [] if section.parent is None else segments[section.parent].sites
