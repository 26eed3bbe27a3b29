"""Turns the records of one document into what the page shows of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.counts.coverage import By, MappedQuote
from pipeline.records import (
    ANATOMY_ROLES,
    Bundle,
    Mapping,
    Passage,
    Quote,
    Refusal,
    Segment,
    Severity,
    Span,
    Tag,
    is_coded,
    segment_of_passage,
)
from pipeline.rubric import Row, Rubric
from pipeline.settling import settle_mappings, settle_tags
from pipeline.stages.report.views import (
    Anatomy,
    Coded,
    Decision,
    DocumentView,
    Mapped,
    PassageView,
    ProblemView,
    QuoteView,
)
from pipeline.stages.report.words import (
    anchor,
    clip,
    probability,
    quality_in_words,
    readable,
    span_of_dates,
    speaker_details,
    speaker_name,
    title_of,
    without_folders,
)

SENTENCES_PER_ROLE = 2

_DECISIONS: dict[str, Decision] = {"match": "yes", "review": "review"}


@dataclass(frozen=True)
class Context:
    """What holds for all documents: the order of the themes, the rubric and its rows."""

    themes: Sequence[str]
    rubric: str
    rows: dict[str, Row]


def context(themes: Sequence[str], rubric: Rubric) -> Context:
    """Prepare what every document is shown with."""
    return Context(themes, rubric.name, {row.indicator: row for row in rubric.rows()})


def warnings_of(errors: Iterable[Refusal]) -> dict[str, list[str]]:
    """Return the doubts about each file."""
    warnings: dict[str, list[str]] = defaultdict(list)
    for error in errors:
        if error.severity == Severity.WARNING:
            warnings[error.path].append(without_folders(error.message, error.path))
    return dict(warnings)


def view_document(bundle: Bundle, known: Context, columns: dict[str, MappedQuote] | None = None) -> DocumentView:
    """Show one document. `columns`: in which coverage counts its quotes."""
    document = bundle.document
    passages = _passages(bundle, known)
    quotes = _quotes(bundle, passages, known, columns or {})
    return DocumentView(
        anchor=anchor("document", document.id),
        title=title_of(document),
        path=document.path,
        kind=readable(document.kind),
        date=span_of_dates(document.date_start, document.date_end),
        iso=document.date_start or document.date_end,
        place=document.place,
        authors=document.authors,
        passages=list(passages.values()),
        quotes=quotes,
        problems=[
            _problem(segment, bundle, list(passages.values()), quotes)
            for segment in bundle.segments
            if segment.kind == "problem_of_practice"
        ],
        quality=quality_in_words(document.metadata.get("quality", {})),
    )


def _passages(bundle: Bundle, known: Context) -> dict[str, PassageView]:
    tags: dict[str, list[Tag]] = defaultdict(list)
    for tag in bundle.tags:
        tags[tag.passage_id].append(tag)
    sites = _sites_of_passages(bundle)
    problems = [segment for segment in bundle.segments if segment.kind == "problem_of_practice"]
    return {
        passage.id: _passage(
            passage,
            tags[passage.id],
            known.themes,
            sites.get(passage.id, []),
            tuple(problem.id for problem in problems if _within(passage, problem)),
        )
        for passage in bundle.passages
    }


def _passage(
    passage: Passage, tags: Sequence[Tag], order: Sequence[str], sites: list[str], problems: tuple[str, ...]
) -> PassageView:
    decided = settle_tags(tags)
    themes = _coded(decided, order)
    repeated = passage.duplicate_of is not None
    return PassageView(
        anchor=anchor("passage", passage.id),
        id=passage.id,
        kind=readable(passage.kind),
        text=passage.text,
        page=passage.page,
        speaker=passage.speaker,
        start=passage.start,
        end=passage.end,
        repeated=repeated,
        counted=not repeated and (is_coded(passage) or bool(themes)),
        themes=themes,
        sites=sites,
        settled=frozenset(tag.theme for tag in decided if tag.source == "human" and tag.decision != "review"),
        problems=problems,
    )


def _coded(tags: Sequence[Tag], order: Sequence[str]) -> list[Coded]:
    decided = {tag.theme: tag for tag in tags if tag.decision != "no"}
    names = [theme for theme in order if theme in decided] + sorted(set(decided) - set(order))
    return [_code(decided[name]) for name in names]


def _code(tag: Tag) -> Coded:
    decision: Decision = "yes" if tag.decision == "yes" else "review"
    return Coded(tag.theme, decision, tag.p, tag.coder if tag.source == "human" else "")


def _sites_of_passages(bundle: Bundle) -> dict[str, list[str]]:
    """Give each passage the sites of its innermost segment that names any."""
    segments = {segment.id: segment for segment in bundle.segments}
    return {passage_id: _sites(segment, segments) for passage_id, segment in segment_of_passage(bundle).items()}


def _sites(segment: Segment, segments: dict[str, Segment]) -> list[str]:
    seen: set[str] = set()
    here: Segment | None = segment
    while here is not None and not here.sites and here.id not in seen:
        seen.add(here.id)
        here = segments.get(here.parent_id or "")
    return [] if here is None else list(dict.fromkeys(" ".join(site.name.split()) for site in here.sites))


def _quotes(
    bundle: Bundle, passages: dict[str, PassageView], known: Context, columns: dict[str, MappedQuote]
) -> list[QuoteView]:
    mappings: dict[str, list[Mapping]] = defaultdict(list)
    for mapping in sorted(settle_mappings(bundle.mappings), key=lambda one: (one.source != "human", one.rank)):
        if mapping.decision != "reject":
            mappings[mapping.quote_id].append(mapping)
    return [
        _quote(quote, passages[quote.passage_id], mappings[quote.id], known, columns.get(quote.id))
        for quote in bundle.quotes
        if quote.passage_id in passages
    ]


def _quote(
    quote: Quote, passage: PassageView, mappings: Sequence[Mapping], known: Context, columns: MappedQuote | None
) -> QuoteView:
    return QuoteView(
        anchor=anchor("quote", quote.id),
        id=quote.id,
        text=quote.text,
        speaker=speaker_name(quote.speaker),
        details=speaker_details(quote.speaker),
        form=readable(quote.form),
        confidence=probability(quote.confidence),
        start=quote.start,
        end=quote.end,
        passage=passage,
        practices=[_mapped(mapping, quote, known) for mapping in mappings],
        sites=_keys(columns, "site"),
        problems=_keys(columns, "problem"),
        by=quote.coder if quote.source == "human" else "",
    )


def _keys(columns: MappedQuote | None, by: By) -> tuple[str, ...]:
    return tuple(column.key for column in columns.columns[by]) if columns else ()


def _mapped(mapping: Mapping, quote: Quote, known: Context) -> Mapped:
    row = known.rows.get(mapping.indicator) if mapping.rubric == known.rubric else None
    return Mapped(
        indicator=mapping.indicator,
        practice=row.practice if row else mapping.practice,
        practice_text=row.practice_text if row else "",
        anchor=anchor("practice", row.practice) if row else "",
        level=readable(mapping.level or ""),
        p=mapping.p,
        decision=_DECISIONS[mapping.decision],
        evidence=mapping.evidence,
        by=(mapping.coder or "") if mapping.source == "human" else "",
        words=tuple(_in_quote(span, quote) for span in mapping.words),
    )


def _in_quote(span: Span, quote: Quote) -> tuple[int, int]:
    """Return where words of the document stand in the text of a quote; (0, 0) where they are none of its own."""
    before = 0
    for part in quote.parts:
        if part.start <= span.start and span.end <= part.end:
            return before + span.start - part.start, before + span.end - part.start
        before += part.end - part.start + len(" … ")
    return 0, 0


def _problem(
    segment: Segment, bundle: Bundle, passages: Sequence[PassageView], quotes: Sequence[QuoteView]
) -> ProblemView:
    inside = [passage for passage in passages if _within(passage, segment)]
    body = [passage for passage in inside if passage.kind != "Heading"]
    return ProblemView(
        anchor=anchor("problem", segment.id),
        id=segment.id,
        heading=" ".join((segment.heading or "").split()),
        sites=_sites(segment, {other.id: other for other in bundle.segments}),
        sureness=probability(segment.score),
        anatomy=_anatomy(segment, bundle.document.text),
        opening=clip(body[0].text, 360) if body else "",
        repeated=bool(body) and all(passage.repeated for passage in body),
        passages=[passage for passage in inside if passage.themes and not passage.repeated],
        quotes=[quote for quote in quotes if _within(quote, segment)],
        linked=segment.linked,
        by=segment.coder if segment.source == "human" else "",
        extent=(segment.start, segment.end),
    )


def _within(part: Passage | PassageView | QuoteView, segment: Segment) -> bool:
    return segment.start <= part.start and part.end <= segment.end


def _anatomy(segment: Segment, text: str) -> list[Anatomy]:
    parts = sorted(segment.anatomy, key=lambda part: part.start)
    sentences = {
        role: [" ".join(text[p.start : p.end].split()) for p in parts if p.role == role] for role in ANATOMY_ROLES
    }
    return [Anatomy(readable(role), found[:SENTENCES_PER_ROLE]) for role, found in sentences.items() if found]
