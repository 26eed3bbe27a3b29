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

from pipeline.records import AnatomyPart, Boundary, Bundle, DocumentKind, Segment, Site
from pipeline.stages.segment import anatomy, kinds, topics
from pipeline.stages.segment.outline import Cut, Section, outline, with_topics
from pipeline.stages.segment.sites import SiteName, find_site_names, mentions

if TYPE_CHECKING:
    from spacy.language import Language

    from pipeline.encoder import Encoder

_UNCUT: frozenset[DocumentKind] = frozenset({"program", "rubric"})
_BOUNDARY_SCORES = {"heading": 0.95, "project_header": 0.9, "document": 1.0}


def find_segments(bundle: Bundle, sentencizer: "Language", encoder: "Encoder") -> list[Segment]:
    """Cut a document into segments and judge them.

    Args:
        bundle: a document with its passages.
        sentencizer: a spaCy pipeline that sets sentence boundaries.
        encoder: the sentence encoder; only long texts without headings need it.
    """
    names = find_site_names(bundle.passages)
    sections = outline(bundle.passages, bundle.document.kind)
    sections = with_topics(sections, _cuts(bundle, sections, names, sentencizer, encoder))
    ids = [f"{bundle.document.id}:s{index:03d}" for index in range(len(sections))]
    segments: list[Segment] = []
    judgements: list[kinds.Judgement] = []
    for index, section in enumerate(sections):
        found = [site for passage in section.passages for site in mentions(passage.text, passage.start, names)]
        above = None if section.parent is None else judgements[section.parent]
        judgement = kinds.inherit(kinds.judge(section, index, found, bundle.document.kind), above)
        judgements.append(judgement)
        is_problem = judgement.kind == "problem_of_practice"
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
                sites=_first_mentions(found, judgement.sites) or _inherited_sites(segments, ids, section, is_problem),
                anatomy=_anatomy(section, sentencizer) if is_problem else [],
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
    return is_case or kinds.judge(section, index, [], kind).kind in {"next_steps", "synthesis"}


def _boundary(section: Section) -> Boundary:
    score = _BOUNDARY_SCORES[section.reason] if section.boundary is None else section.boundary
    return Boundary(reason=section.reason, score=score)


def _first_mentions(found: Sequence[Site], names: Sequence[str]) -> list[Site]:
    """Return the first mention of each site, in the order of the names."""
    first: dict[str, Site] = {}
    for site in found:
        first.setdefault(site.name, site)
    return [first[name] for name in names if name in first]


def _inherited_sites(segments: Sequence[Segment], ids: Sequence[str], section: Section, is_problem: bool) -> list[Site]:
    """Return the sites of the case above, for a part of it that does not name them again."""
    if not is_problem or section.parent is None:
        return []
    return next(segment.sites for segment in segments if segment.id == ids[section.parent])


def _anatomy(section: Section, sentencizer: "Language") -> list[AnatomyPart]:
    prose = [passage for passage in section.body if passage.kind not in {"table", "quote"}]
    docs = sentencizer.pipe(passage.text for passage in prose)
    spans = [[(sentence.start_char, sentence.end_char) for sentence in doc.sents] for doc in docs]
    return anatomy.find_anatomy(anatomy.sentences_of(prose, spans))
