"""Puts findings and figures into the page: one file that needs no network, no script and no other file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.codebook import Codebook
from pipeline.coverage_forms import NOTES
from pipeline.rubric import Rubric
from pipeline.stages.report.figures import BY_IN_WORDS, Figure
from pipeline.stages.report.findings import Findings
from pipeline.stages.report.words import anchor, clip, percent, probability, readable
from pipeline.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
MAX_SITES = 40
"""Sites that a table of the page shows; the CSV of the figure has all of them."""
MAX_LINKS = 40
"""Quotes that a cell of a table leads to; the list of the practice has all of them."""


def render(findings: Findings, figures: Sequence[Figure], codebook: Codebook, rubric: Rubric) -> Iterator[str]:
    """Yield the page piece by piece."""
    from markupsafe import Markup  # noqa: PLC0415 - slow to import

    template = _environment().get_template("template.html.j2")
    facts: dict[str, Any] = {
        "found": findings,
        "figures": {figure.name: figure for figure in figures},
        "drawings": {figure.name: Markup(figure.inline) for figure in figures},
        "css": Markup((HERE / "style.css").read_text("utf-8")),
        "codebook": codebook,
        "rubric": rubric,
        "version": __version__,
        "max_sites": MAX_SITES,
        "max_links": MAX_LINKS,
        "notes": NOTES,
        "by_in_words": BY_IN_WORDS,
        "names": {theme.id: theme.name for theme in findings.codebook.themes},
        "filters": frozenset(codebook.ids),
    }
    return template.generate(facts)


def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow to import

    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        anchor=_anchor,
        clip=clip,
        percent=percent,
        whole=_whole,
        p=probability,
        readable=readable,
        short=_short,
        many=_many,
    )
    environment.filters["anchor"] = _anchor
    return environment


def _anchor(record_id: str, prefix: str) -> str:
    """Return the anchor of a record, the other way round: for a filter."""
    return anchor(prefix, record_id)


def _whole(share: float) -> str:
    """Write a share of one as a number of hundredths, for the beginning of a range."""
    return percent(share).removesuffix("%")


def _short(sha256: str) -> str:
    return sha256[:12] or "unknown"


def _many(n: int, one: str, several: str = "") -> str:
    """Write a number with its noun: "1 quote", "1,200 quotes"."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"
