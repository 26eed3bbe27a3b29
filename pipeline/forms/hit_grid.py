"""Hits as a grid: whatever fields a hit has, and a column of 0 and 1 for every theme."""

from collections.abc import Sequence
from typing import Final

from pipeline.forms.grid import Column, ColumnType, Grid, Value, column_types, plain
from pipeline.hits import Hit

_FIRST: Final = (
    "unit", "id", "title", "date_start", "date_end", "heading", "speaker", "text", "snippet", "path", "document_kind",
    "segment_kind", "page", "start", "end", "document_id", "segment_id", "passage_id",
)  # fmt: skip
"""The fields that a reader looks at, in this order; others follow as they stand in the record."""
_SPREAD: Final = ("schema_version", "sites", "themes", "practices")
_LISTS: Final = ("sites", "themes", "themes_to_review", "practices", "practices_to_review")
_WIDTHS: Final = {"text": 80, "snippet": 50, "before": 50, "after": 50, "title": 34, "heading": 34, "speaker": 30}
_LIST_WIDTH: Final = 30


def hit_grid(hits: Sequence[Hit], themes: Sequence[str]) -> Grid:
    """Return a row for each hit.

    Args:
        hits: the rows.
        themes: all themes of the codebook, so that the columns are the same for every query; 1 = decided, not merely
            up for review.
    """
    types = _plain_types()
    columns = (
        *(Column(name, kind, _WIDTHS.get(name, 14)) for name, kind in types.items()),
        *(Column(name, "texts", _LIST_WIDTH) for name in _LISTS),
        *(Column(f"theme_{theme}", "flag", 10) for theme in themes),
    )
    rows = [(*(plain(getattr(hit, name)) for name in types), *_spread(hit, themes)) for hit in hits]
    return Grid(columns, rows, "hits")


def _plain_types() -> dict[str, ColumnType]:
    types = column_types(Hit)
    order = [*_FIRST, *(name for name in types if name not in _FIRST and name not in _SPREAD)]
    return {name: types[name] for name in order if name in types}


def _spread(hit: Hit, themes: Sequence[str]) -> tuple[Value, ...]:
    decided = [entry.theme for entry in hit.themes if entry.decision == "yes"]
    return (
        list(hit.sites),
        decided,
        [entry.theme for entry in hit.themes if entry.decision == "review"],
        [entry.indicator for entry in hit.practices if entry.decision == "match"],
        [entry.indicator for entry in hit.practices if entry.decision == "review"],
        *(theme in decided for theme in themes),
    )
