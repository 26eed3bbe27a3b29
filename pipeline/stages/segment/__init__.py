"""segment: documents, passages → segments.jsonl.

A segment is a heading with the passages below it, up to the next heading of any level; `parent_id` gives the outline. A
text without headings is one segment, or one for each programme that it describes. Each segment is judged: front
matter, discussion, problem of practice, program, synthesis or next steps; a problem of practice has its sites and its
anatomy.

    # Losing Principals in Castor Creek       → Segment(kind="problem_of_practice", level=2,
    Castor Creek has filled seven jobs …          sites=[Site("Castor Creek", …)], anatomy=[problem, approach, …])
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.records import AnatomyPart, Boundary, Bundle, Segment, Site
from pipeline.stages.segment import kinds
from pipeline.stages.segment.anatomy import find_anatomy, strengths
from pipeline.stages.segment.cast import Cast, cast_of, host_of
from pipeline.stages.segment.clauses import Sentence, read_sentences
from pipeline.stages.segment.outline import Section, outline
from pipeline.stages.segment.sites import find_site_names

if TYPE_CHECKING:
    from spacy.language import Language

_BOUNDARY_SCORES = {"heading": 0.95, "project_header": 0.9, "document": 1.0}


def find_segments(bundle: Bundle, nlp: "Language") -> list[Segment]:
    """Cut a document into segments and judge them.

    Args:
        bundle: a document with its passages.
        nlp: a spaCy pipeline with parser and named entities; it is shown only the sections that may be somebody's case.
    """
    names = find_site_names(bundle.passages, nlp)
    host = host_of(bundle.passages, bundle.document.title, names)
    sections = outline(bundle.passages, bundle.document.kind)
    ids = [f"{bundle.document.id}:s{index:03d}" for index in range(len(sections))]
    segments: list[Segment] = []
    judgements: list[kinds.Judgement] = []
    for index, section in enumerate(sections):
        cast = cast_of(section, names, host)
        above = None if section.parent in {None, 0} else judgements[section.parent or 0]
        judgement, parts = _judged(section, index, cast, above, bundle, nlp)
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
                boundary=Boundary(reason=section.reason, score=_BOUNDARY_SCORES[section.reason]),
                sites=_first_mentions(cast, judgement.sites) or _inherited_sites(segments, ids, section, is_problem),
                anatomy=parts if is_problem else [],
            )
        )
    return segments


def _judged(
    section: Section, index: int, cast: Cast, above: kinds.Judgement | None, bundle: Bundle, nlp: "Language"
) -> tuple[kinds.Judgement, list[AnatomyPart]]:
    """Judge a section; read its sentences only where they can matter."""
    told = kinds.by_heading(section, index, bundle.document.kind)
    in_case = above is not None and above.kind == "problem_of_practice"
    if told is not None:
        return kinds.inherit(told, above), []
    sentences = _sentences(section, nlp) if in_case or kinds.may_be_case(section, cast) else []
    judgement = kinds.judge(section, cast, strengths(sentences), bundle.document.kind)
    return kinds.inherit(judgement, above), find_anatomy(sentences, section.heading.text if section.heading else "")


def _sentences(section: Section, nlp: "Language") -> list[Sentence]:
    return read_sentences(
        [passage for passage in section.body if passage.kind not in {"heading", "table", "quote"}], nlp
    )


def _first_mentions(cast: Cast, names: Sequence[str]) -> list[Site]:
    """Return where each site is named first, or first meant ("the district"), in the order of the names."""
    first: dict[str, Site] = {}
    for site in [*cast.named, *cast.meant]:
        first.setdefault(site.name, site)
    return [first[name] for name in names if name in first]


def _inherited_sites(segments: Sequence[Segment], ids: Sequence[str], section: Section, is_problem: bool) -> list[Site]:
    """Return the sites of the case above, for a part of it that does not name them again."""
    if not is_problem or section.parent is None:
        return []
    return next(segment.sites for segment in segments if segment.id == ids[section.parent])
