"""The rubric: areas → practices → indicators → levels, that quotes are mapped to."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_text
from pipeline.instruments import load_yaml, require_unique
from pipeline.records import Name


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """What a practice looks like at each level, from the first steps to mastery."""

    id: Name
    levels: dict[str, Name]


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that leaders do."""

    id: Name
    text: Name
    indicators: Annotated[list[Indicator], Meta(min_length=1)]


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A group of practices."""

    name: Name
    practices: Annotated[list[Practice], Meta(min_length=1)]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator with all that stands above it."""

    area: str
    practice: str
    practice_text: str
    indicator: str
    levels: dict[str, str]


class Rubric(msgspec.Struct, frozen=True, kw_only=True):
    """A whole rubric; `levels` in ascending order."""

    name: Name
    levels: Annotated[list[Name], Meta(min_length=1)]
    areas: Annotated[list[Area], Meta(min_length=1)]
    version: str = ""
    sha256: str = ""

    def rows(self) -> list[Row]:
        """Return one row per indicator, in the order of the file."""
        return [
            Row(
                area=area.name,
                practice=practice.id,
                practice_text=practice.text,
                indicator=indicator.id,
                levels=indicator.levels,
            )
            for area in self.areas
            for practice in area.practices
            for indicator in practice.indicators
        ]

    @property
    def indicators(self) -> list[str]:
        """The ids of the indicators, in order."""
        return [row.indicator for row in self.rows()]


def load(path: Path) -> Rubric:
    """Read a rubric.

    Raises:
        PipelineError: missing, malformed, with a duplicate id or without the text of a level.
    """
    rubric = load_yaml(path, Rubric, ErrorCode.INVALID_RUBRIC)
    check(rubric, path)
    return with_sha256(rubric)


def with_sha256(rubric: Rubric) -> Rubric:
    """Set the hash of what a rubric says; comments and layout of its file make no difference."""
    content = msgspec.json.encode([rubric.levels, rubric.areas]).decode()
    return msgspec.structs.replace(rubric, sha256=sha256_text(content))


def check(rubric: Rubric, path: Path) -> None:
    """Refuse a rubric with a duplicate id or without the text of a level.

    Raises:
        PipelineError: names the practice, indicator or level.
    """
    practices = [practice.id for area in rubric.areas for practice in area.practices]
    require_unique(practices, "practice id", path, ErrorCode.INVALID_RUBRIC)
    require_unique(rubric.indicators, "indicator id", path, ErrorCode.INVALID_RUBRIC)
    for row in rubric.rows():
        if list(row.levels) != rubric.levels:
            raise PipelineError(
                ErrorCode.INVALID_RUBRIC,
                found=f"{path}: indicator {row.indicator} has the levels {', '.join(row.levels) or 'none'}",
                expected=f"a text for each of the levels {', '.join(rubric.levels)}, in this order",
                do="add the missing level, or correct its name",
            )
