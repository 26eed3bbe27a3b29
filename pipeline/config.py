"""Every setting once, with its meaning, unit and range; and where the shipped files lie."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

HOME = Path(__file__).parent.parent
"""The project's folder, with the shipped codebook, rubric, labels and models."""

RESERVED = ("codebook.yaml", "rubric.yaml", "DATACARD.md", "labels", "roster.csv")
"""What lies at the top of a corpus folder without being a document."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a result depends on besides inputs, instruments and models. The manifest records all of them."""

    max_file_bytes: Annotated[int, Meta(gt=0, description="bytes; a larger file is refused")] = 200_000_000
    max_text_bytes: Annotated[
        int, Meta(gt=0, description="bytes; a larger file of plain text, Markdown, HTML or captions is refused")
    ] = 20_000_000
    max_unpacked_bytes: Annotated[
        int, Meta(gt=0, description="bytes; a Word document or PDF from which more comes out is refused")
    ] = 1_000_000_000
    max_seconds: Annotated[
        float,
        Meta(gt=0, description="seconds of the processor for a document in a stage; more is refused"),
    ] = 1200.0
    max_memory_bytes: Annotated[
        int, Meta(gt=0, description="bytes; a document that fills more of the memory is refused")
    ] = 4_000_000_000
    min_duplicate_words: Annotated[
        int, Meta(ge=1, description="words; shorter passages are never linked as duplicates")
    ] = 8
    write_rejected: Annotated[bool, Meta(description="whether tags decided no are written too (pop tag --all)")] = False
    precision: Annotated[
        float, Meta(gt=0, lt=1, description="share of the tags decided yes that are to be right, on held-out documents")
    ] = 0.9
    candidates: Annotated[int, Meta(ge=1, description="mappings kept per quote")] = 5
    evidence_sentences: Annotated[int, Meta(ge=1, description="stretches of evidence kept per tag")] = 2
    confidence: Annotated[float, Meta(gt=0, lt=1, description="level of every interval")] = 0.95
    bootstrap: Annotated[int, Meta(ge=100, description="resamples behind every bootstrap interval")] = 2000
    report_quotes: Annotated[int, Meta(ge=0, description="quotes that the report shows; of more, a sample")] = 1500
    report_passages: Annotated[int, Meta(ge=0, description="passages that the report shows; of more, a sample")] = 1500
    report_problems: Annotated[int, Meta(ge=0, description="problems of practice that the report shows")] = 200
    report_portraits: Annotated[int, Meta(ge=0, description="documents that the report shows in portrait")] = 40
    seed: Annotated[int, Meta(ge=0, description="seed of everything that is drawn at random")] = 13


def shipped(corpus: Path, name: str) -> Path:
    """Return the corpus folder's own instrument where it has one, otherwise the project's."""
    own = corpus / name
    return own if own.is_file() else HOME / "corpus" / name
