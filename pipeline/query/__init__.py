"""Questions to the index: filters in; quotes, passages, segments, problems of practice or documents out.

Worked example: `Filter(themes=("equity and not succession",), practice="12", date_from="2014")` finds the quotes that
stand in a passage about equity and not about succession, are evidence for practice 12, and come from a document of 2014
or later.

What a person types is looked up among the values that the database holds, or bound as a parameter; no SQL is made of
it. The database is opened so that nothing can change it.
"""

from pipeline.query.counting import (
    chosen_by,
    coverage,
    rubric_rows,
    theme_coders,
    theme_ids,
    undated,
)
from pipeline.query.filters import DECISIONS, KINDS, ORIGINS, Filter
from pipeline.query.like import nearest
from pipeline.query.searching import SORTS, count, search
from pipeline.query.statements import Answer, read_statement, sql, tables
from pipeline.query.units import UNITS
from pipeline.query.values import check_text, one_of

__all__ = [
    "DECISIONS",
    "KINDS",
    "ORIGINS",
    "SORTS",
    "UNITS",
    "Answer",
    "Filter",
    "check_text",
    "chosen_by",
    "count",
    "coverage",
    "nearest",
    "one_of",
    "read_statement",
    "rubric_rows",
    "search",
    "sql",
    "tables",
    "theme_coders",
    "theme_ids",
    "undated",
]
