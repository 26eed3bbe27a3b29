"""Puts findings into the page: one file that needs no network and no other file.

Everything stands in the page as HTML; its only script filters what is there, so that it reads in full without it.
"""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.counts.coverage_forms import NOTES
from pipeline.stages.report import methods
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.figures import BY_IN_WORDS
from pipeline.stages.report.findings import Findings
from pipeline.stages.report.tables import top_of
from pipeline.stages.report.words import anchor, clip, percent, probability, readable, span, visible
from pipeline.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
MAX_ROWS = 60
"""Rows that a table of the page shows; the CSV of the figure has all of them."""
MAX_DOCUMENTS = 1_000
"""Documents that the list of documents shows."""
MAX_WORDS = 2_000
"""Characters of a passage or quote that the page shows."""


def render(found: Findings, drawn: frozenset[str], basis: Basis) -> Iterator[str]:
    """Yield the page piece by piece. `drawn`: names of the figures that lie beside it."""
    from markupsafe import Markup  # noqa: PLC0415 - slow to import

    script = (HERE / "find.js").read_text("utf-8").replace("\r\n", "\n")
    labels = {view.theme.id: view.theme.name for view in found.themes}
    facts: dict[str, Any] = {
        "found": found,
        "drawn": drawn,
        "css": Markup((HERE / "style.css").read_text("utf-8")),
        "script": Markup(script),
        "script_sha256": _csp_hash(script),
        "codebook": basis.codebook,
        "rubric": basis.rubric,
        "basis": basis,
        "skills": methods.skills(basis.known.held_out if basis.known else None),
        "methods": methods,
        "version": __version__,
        "max_rows": MAX_ROWS,
        "max_documents": MAX_DOCUMENTS,
        "max_words": MAX_WORDS,
        "notes": NOTES,
        "by_in_words": BY_IN_WORDS,
        "names": labels,
        "held": _held(found),
    }
    return _environment().get_template("template.html.j2").generate(facts)


def _held(found: Findings) -> frozenset[str]:
    """Return the anchors of the words that the page holds."""
    said = (quote.anchor for reading in found.readings for quote in reading.quotes)
    read = (passage.anchor for reading in found.readings for passage in reading.passages)
    cards = (card.problem.anchor for card in found.cards)
    documents = (reading.document.anchor for reading in found.readings)
    return frozenset([*said, *read, *cards, *documents])


def _csp_hash(script: str) -> str:
    """Return what the page's security policy names its script by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow to import

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters.update(
        anchor=_anchor,
        clip=clip,
        cut=_cut,
        percent=percent,
        p=probability,
        readable=readable,
        short=_short,
        span=_span,
        many=_many,
        share=_share,
        top_of=top_of,
    )
    return environment


def _visible(value: object) -> object:
    """Make signs of commands in what comes from documents; what is markup already went through here."""
    return visible(value) if type(value) is str else value


def _anchor(record_id: str, prefix: str) -> str:
    """Return the anchor of a record, the other way round: for a filter."""
    return anchor(prefix, record_id)


def _cut(text: str, limit: int) -> str:
    """Shorten a text that is longer than the page can bear; line breaks stay."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " … (the rest is in passages.jsonl)"


def _span(interval: tuple[float, float]) -> str:
    return span(*interval)


def _short(sha256: str) -> str:
    return sha256[:12] or "unknown"


def _share(value: float) -> str:
    """Write a share for a drawing."""
    return f"{value:.3f}".rstrip("0").rstrip(".") or "0"


def _many(n: int, one: str, several: str = "") -> str:
    """Write a number with its noun: "1 quote", "1,200 quotes"."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"
