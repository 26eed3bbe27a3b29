"""Every record that crosses a stage boundary.

All records are frozen. Offsets are half-open, count Unicode code points, and point into `Document.text`, so that
`document.text[record.start:record.end]` reproduces the words exactly. Ids are made from the document's path and content
alone: the same input always gives the same ids.
"""

import enum
from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from msgspec import Meta

from pipeline.version import __version__

SCHEMA_VERSION: Final = 1

PROGRAM: Final = f"pop-{__version__}"
"""The coder of what rules have found."""

_FEWEST_WORDS_OF_ITEM = 5
"""A shorter list item is an entry ("Teacher Leadership" under "Related Topics"), not a statement."""

Offset = Annotated[int, Meta(ge=0, description="Unicode code points from the start of the document's text")]
Share = Annotated[float, Meta(ge=0, le=1)]
Name = Annotated[str, Meta(min_length=1)]
HeadingLevel = Annotated[int, Meta(ge=1, le=6)]
PageNumber = Annotated[int, Meta(ge=1)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Date = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", description="ISO 8601 calendar date")]

DocumentKind = Literal["meeting_summary", "minutes", "transcript", "program", "news", "report", "rubric", "other"]
PassageKind = Literal["heading", "paragraph", "list_item", "quote", "table", "turn", "note"]
SegmentKind = Literal["front_matter", "discussion", "problem_of_practice", "program", "synthesis", "next_steps"]
BoundaryReason = Literal["heading", "topic_shift", "speaker", "project_header", "document"]
AnatomyRole = Literal["problem", "approach", "challenge", "result"]
ANATOMY_ROLES: tuple[AnatomyRole, ...] = get_args(AnatomyRole)
Source = Literal["model", "human"]
QuoteForm = Literal["inline", "block", "testimonial", "turn"]
TagDecision = Literal["yes", "review", "no"]
MappingDecision = Literal["match", "review", "reject"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that names a stretch of the document's text."""

    def __post_init__(self) -> None:
        start, end = getattr(self, "start", 0), getattr(self, "end", 0)
        if end < start:
            raise ValueError(f"`end` {end} lies before `start` {start}")


class Span(Part, frozen=True, kw_only=True):
    """A stretch of the document's text, from `start` to just before `end`."""

    start: Offset
    end: Offset


class Site(Part, frozen=True, kw_only=True):
    """A district, school, network or programme, where the text names it."""

    name: Name
    start: Offset
    end: Offset


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """Why a segment begins where it begins. `score`: how sure, 0–1."""

    reason: BoundaryReason
    score: Share


class AnatomyPart(Part, frozen=True, kw_only=True):
    """A sentence of a problem of practice and the role that it plays."""

    role: AnatomyRole
    passage_id: Name
    start: Offset
    end: Offset
    score: Share


class Speaker(Part, frozen=True, kw_only=True):
    """Who speaks: the words of the text, and what they say of the person. `None`: the text does not tell.

    `text` is empty where a person knows the speaker and the text does not name them.
    """

    text: str
    start: Offset
    end: Offset
    name: str | None = None
    role: str | None = None
    organization: str | None = None


class Cue(Part, frozen=True, kw_only=True):
    """The word that introduces a quotation, such as "explained"."""

    text: Name
    start: Offset
    end: Offset


class Evidence(Part, frozen=True, kw_only=True):
    """A stretch of text that spoke for a tag. `weight`: its share of the evidence shown, 0–1.

    `words`: those of its words without which p would be lowest; only in the weightiest stretch.
    """

    start: Offset
    end: Offset
    weight: Share
    words: list[Span] = []


class Record(Part, frozen=True, kw_only=True):
    """What all stage files share."""

    id: Name
    schema_version: Literal[1] = SCHEMA_VERSION


class Document(Record, frozen=True, kw_only=True):
    """One file as a person would read it. `text` is the canonical text that all offsets refer to.

    `date_start` and `date_end` enclose the time that the document names; a month, season or year is widened to its
    first and last day, and `metadata["date_text"]` keeps the words.
    """

    path: Name
    sha256: Sha256
    media_type: Name
    kind: DocumentKind
    title: str | None
    date_start: Date | None
    date_end: Date | None
    place: str | None
    authors: list[str]
    text: str
    n_passages: Annotated[int, Meta(ge=0)]
    metadata: dict[str, Any]


class Passage(Record, frozen=True, kw_only=True):
    """The smallest unit that is coded. `page`: 1-based, PDF only. `level`: 1–6, headings only."""

    document_id: Name
    index: Annotated[int, Meta(ge=0)]
    kind: PassageKind
    level: HeadingLevel | None
    text: str
    start: Offset
    end: Offset
    page: PageNumber | None
    speaker: str | None
    duplicate_of: str | None


class Segment(Record, frozen=True, kw_only=True):
    """A run of passages on one topic. `score`: how sure the kind is, 0–1. `coder`: who said so, a person or a program.

    `linked`: ids of the segments of other documents that present the same problem of the same site, in date order.
    """

    document_id: Name
    parent_id: str | None
    level: HeadingLevel
    heading: str | None
    kind: SegmentKind
    score: Share
    start: Offset
    end: Offset
    passage_ids: list[str]
    boundary: Boundary
    sites: list[Site]
    anatomy: list[AnatomyPart]
    linked: list[str] = []
    source: Source = "model"
    coder: Name = PROGRAM


class Quote(Record, frozen=True, kw_only=True):
    """The words of a person. `parts`: one stretch, or several where the speaker phrase interrupts.

    `text` joins the parts by " … "; with one part it equals `document.text[start:end]`. `coder`: who found it, a
    person or a program.
    """

    document_id: Name
    segment_id: str | None
    passage_id: Name
    text: Name
    start: Offset
    end: Offset
    parts: Annotated[list[Span], Meta(min_length=1)]
    form: QuoteForm
    speaker: Speaker | None
    cue: Cue | None
    confidence: Share
    source: Source = "model"
    coder: Name = PROGRAM


class Tag(Record, frozen=True, kw_only=True):
    """One theme on one passage by one coder, human or model.

    `grade`: 2 = substantially about it, 1 = touched on; `None` where it is not decided. `threshold`: from which p
    upwards it is worth having (yes or review).
    """

    document_id: Name
    segment_id: str | None
    passage_id: Name
    theme: Name
    p: Share
    threshold: Share
    decision: TagDecision
    grade: Literal[1, 2] | None = None
    source: Source
    coder: Name
    model_version: str | None
    codebook_sha256: Sha256
    evidence: list[Evidence]


class Mapping(Record, frozen=True, kw_only=True):
    """One indicator of a rubric as a candidate for one quote.

    `rank`: 1 is the best. `level`: one of the rubric's levels, or `None` where the quote does not tell. `evidence`: the
    sentence of the rubric that is nearest. `words`: those of the quote that spoke most for the indicator. `coder`: the
    model, or a person, whose mappings stand beside the model's.
    """

    document_id: Name
    quote_id: Name
    rubric: Name
    area: Name
    practice: Name
    indicator: Name
    level: Name | None
    rank: Annotated[int, Meta(ge=1)]
    p: Share
    decision: MappingDecision
    evidence: str
    words: list[Span] = []
    source: Source = "model"
    coder: str | None = None
    model_version: str | None


class SegmentMapping(Record, frozen=True, kw_only=True):
    """One indicator of a rubric as a candidate for one problem of practice, by its passages. `rank`: 1 is the best.

    `passage_id`: the passage with the highest p, from which p and decision come. `evidence`: the sentence of the rubric
    that is nearest to it.
    """

    document_id: Name
    segment_id: Name
    passage_id: Name
    rubric: Name
    area: Name
    practice: Name
    indicator: Name
    rank: Annotated[int, Meta(ge=1)]
    p: Share
    decision: MappingDecision
    evidence: str
    model_version: str | None


class Severity(enum.StrEnum):
    """Whether an input was left out, or used with a doubt."""

    REFUSED = "refused"
    WARNING = "warning"


class Refusal(Record, frozen=True, kw_only=True):
    """An input that was left out, or used with a doubt, and why."""

    path: Name
    stage: Name
    error: Name
    message: Name
    severity: Severity


RECORD_TYPES: dict[str, type[Record]] = {
    "documents": Document,
    "passages": Passage,
    "segments": Segment,
    "quotes": Quote,
    "tags": Tag,
    "mappings": Mapping,
    "errors": Refusal,
}


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """One document with all that is known of it so far: what a stage receives."""

    document: Document
    passages: list[Passage] = []
    segments: list[Segment] = []
    quotes: list[Quote] = []
    tags: list[Tag] = []
    mappings: list[Mapping] = []


def is_coded(passage: Passage) -> bool:
    """Tell what a coder reads for themes: running text, no headings, tables, or bare entries of a list."""
    return is_coded_text(passage.kind, passage.text)


def is_coded_text(kind: str, text: str) -> bool:
    """Tell the same of a kind of passage and its words."""
    if kind == "list_item":
        return len(text.split()) >= _FEWEST_WORDS_OF_ITEM
    return kind not in {"heading", "table"}


def segment_of_passage(bundle: Bundle) -> dict[str, Segment]:
    """Map the id of each passage to its innermost segment."""
    return {passage_id: segment for segment in bundle.segments for passage_id in segment.passage_ids}


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of the records in `name`.jsonl.

    Raises:
        KeyError: there is no such record.
    """
    return msgspec.json.schema(RECORD_TYPES[name])
