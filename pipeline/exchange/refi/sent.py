"""What is sent of a document, and how to tell later whether that is still what the outputs hold."""

from collections.abc import Sequence
from typing import Final, Literal

from pipeline.exchange.codings import Coding, codings
from pipeline.exchange.refi.names import mark, marks
from pipeline.files import sha256_text
from pipeline.records import Bundle

KINDS: Final = ("documents", "passages", "segments", "quotes", "tags", "mappings")

Extent = Literal["all", "certain"]
EXTENTS: Final[tuple[Extent, ...]] = ("all", "certain")

_LENGTH: Final = 12


def sent(bundle: Bundle, extent: Extent) -> list[Coding]:
    """Return the codings of a document that are sent; those on no words stay here, as programs refuse them."""
    return [one for one in codings(bundle, review=extent == "all") if one.start < one.end]


def fingerprint(made: Sequence[Coding]) -> str:
    """Return what tells these codings from others, whichever version of a model or of the program made them."""
    facts = (f"{one.id} {one.code} {one.start} {one.end} {one.source}" for one in made)
    return sha256_text(*facts)[:_LENGTH]


def source_marks(bundle: Bundle, made: Sequence[Coding], extent: Extent) -> str:
    """Return the lines below the description of a source."""
    return "\n".join([mark("document", bundle.document.id), mark("sent", f"{extent} {fingerprint(made)}")])


def extent_in(description: str) -> tuple[Extent, str] | None:
    """Return what the description of a source says of what was sent: how much, and its fingerprint."""
    for name, kind in marks(description).items():
        extent, _, print_ = name.partition(" ")
        if kind == "sent" and extent in EXTENTS:
            return ("certain" if extent == "certain" else "all"), print_
    return None


def document_in(description: str) -> str | None:
    """Return the id of the document that a description names."""
    return next((name for name, kind in marks(description).items() if kind == "document"), None)
