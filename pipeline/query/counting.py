"""Counts of themes and of the practices of the rubric, among the passages or quotes that a query asks for."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.counts import coverage as roll_up
from pipeline.query.conditions import Condition, all_of
from pipeline.query.connection import connected
from pipeline.query.filters import Filter, named_practices
from pipeline.query.values import invalid, known, one_of
from pipeline.stages.index.schema import RUBRIC_IN_USE

if TYPE_CHECKING:
    from pipeline.rubric import Row


def coverage(database: Path, wanted: Filter, by: str, *, indicators: bool = False) -> roll_up.Matrix:
    """Return how many quotes speak for each practice of the rubric, by site, date, problem of practice or document.

    Args:
        database: corpus.db.
        wanted: which quotes are counted. `practice`, `indicator`, `area` and `level` choose the lines instead, `min_p`
            also what counts for them.
        by: what the columns are: "site", "date", "problem" or "document".
        indicators: a line for each indicator instead of each practice.

    Raises:
        PipelineError: as `search`; a `decision` without a theme that it could apply to.
    """
    one_of("coverage", by, roll_up.DIMENSIONS)
    if wanted.decision and not wanted.themes:
        raise invalid(
            f"decision {wanted.decision} with coverage",
            "no decision, as matches and those to review are counted apart",
            "leave it out, or name the theme that was decided so",
        )
    from pipeline.query import facts  # noqa: PLC0415 - no query that looks for words needs numbers

    dimension = roll_up.DIMENSIONS[roll_up.DIMENSIONS.index(by)]
    with connected(database) as connection:
        lines = roll_up.lines_of(rubric_rows(connection, wanted), indicators=indicators)
        quotes = facts.QuoteFacts(connection, wanted)
        counted = facts.covered(quotes, dimension, lines)
        return roll_up.matrix(dimension, lines, counted, len(quotes.units), indicators=indicators)


def theme_coders(database: Path) -> list[str]:
    """Return the versions of the theme models whose tags the index holds."""
    with connected(database) as connection:
        return known(
            connection, "SELECT DISTINCT coalesce(model_version, coder) FROM tags WHERE source = 'model' ORDER BY 1"
        )


def chosen_by(wanted: Filter) -> str:
    """Say why the model's errors are not known among such passages; empty if they are chosen by where they stand."""
    named = (
        *(wanted.practice, wanted.indicator, wanted.area, wanted.level, wanted.decision, wanted.min_p),
        *(wanted.source, wanted.coder),
    )
    if wanted.themes or any(value is not None for value in named):
        return "the passages were chosen by what the models decided of them"
    if wanted.text or wanted.speaker or wanted.role or wanted.organization:
        return "the passages were chosen by their words, on which the model’s errors depend"
    return ""


def undated(database: Path) -> int:
    """Return how many documents have no date, and so never pass a filter by date."""
    with connected(database) as connection:
        return int(connection.execute("SELECT count(*) FROM documents WHERE date_start IS NULL").fetchone()[0])


def theme_ids(database: Path) -> list[str]:
    """Return the themes of the codebook, in its order."""
    with connected(database) as connection:
        return known(connection, "SELECT id FROM themes ORDER BY n")


def rubric_rows(connection: sqlite3.Connection, wanted: Filter) -> "list[Row]":
    """Return the indicators of the rubric in use that are asked for; those that only old mappings name have no text."""
    from pipeline.rubric import Row  # noqa: PLC0415

    asked = replace(wanted, level=None)
    conditions = all_of([Condition(f"e.rubric = {RUBRIC_IN_USE}"), *named_practices(connection, asked)])
    sql = f"""SELECT e.area, e.practice, e.practice_text, e.indicator FROM (
        SELECT i.n, i.rubric, p.area, p.id AS practice, p.text AS practice_text, i.id AS indicator
        FROM indicators AS i JOIN practices AS p ON p.rubric = i.rubric AND p.id = i.practice
        WHERE i.id IN (SELECT indicator FROM indicator_levels)) AS e
        WHERE {conditions.sql} ORDER BY e.n"""
    return [Row(**dict(row), levels={}) for row in connection.execute(sql, conditions.values)]
