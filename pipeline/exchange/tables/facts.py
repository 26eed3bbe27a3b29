"""The columns that tell what a row is about: its document, segment, passage and speaker."""

from typing import Final

from pipeline.forms.grid import Column, Value
from pipeline.records import Document, Passage, Quote, Segment

DOCUMENT: Final = (
    Column("document_id", width=0, label="Id of the document"),
    Column("document", width=28, label="File in the corpus"),
    Column("title", width=28, label="Title of the document"),
    Column("kind", label="Kind of document"),
    Column("date_start", "date", 11, label="First day that the document names"),
    Column("date_end", "date", 11, label="Last day that the document names"),
    Column("place", label="Place of the meeting"),
)
SEGMENT: Final = (
    Column("segment_id", width=0, label="Id of the segment"),
    Column("segment_heading", width=28, label="Heading of the segment"),
    Column("segment_kind", label="Kind of segment"),
    Column("sites", "texts", 20, label="Districts, schools and programmes that the segment names"),
)
PASSAGE: Final = (
    Column("passage_id", width=0, label="Id of the passage"),
    Column("passage_index", "integer", 9, label="Number of the passage in its document, from 0"),
    Column("passage_kind", label="Kind of passage"),
    Column("page", "integer", 6, label="Page, of a PDF"),
)
SPEAKER: Final = (
    Column("speaker", width=20, label="Who speaks"),
    Column("speaker_role", width=18, label="Role of the speaker"),
    Column("speaker_organization", width=18, label="Organization of the speaker"),
)
SPAN: Final = (
    Column("start", "integer", 8, label="First character, from 0 in the document's text"),
    Column("end", "integer", 8, label="After the last character"),
)
TEXT: Final = Column("text", width=70, label="Words")


def of_document(document: Document) -> tuple[Value, ...]:
    """Return the cells of DOCUMENT."""
    return (
        document.id,
        document.path,
        document.title,
        document.kind,
        document.date_start,
        document.date_end,
        document.place,
    )


def of_segment(segment: Segment | None) -> tuple[Value, ...]:
    """Return the cells of SEGMENT."""
    if segment is None:
        return (None, None, None, [])
    return (segment.id, segment.heading, segment.kind, [site.name for site in segment.sites])


def of_passage(passage: Passage | None) -> tuple[Value, ...]:
    """Return the cells of PASSAGE."""
    return (passage.id, passage.index, passage.kind, passage.page) if passage else (None, None, None, None)


def of_speaker(quote: Quote | None, passage: Passage | None) -> tuple[Value, ...]:
    """Return the cells of SPEAKER: who says the quote, or whose turn the passage is."""
    speaker = quote.speaker if quote else None
    if speaker is not None:
        return (speaker.name or speaker.text or None, speaker.role, speaker.organization)
    return (passage.speaker if passage else None, None, None)
